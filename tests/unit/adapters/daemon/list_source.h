// SPDX-License-Identifier: Apache-2.0
// A source that holds its records in memory, for tests.
#ifndef KINSTILE_TESTS_UNIT_ADAPTERS_DAEMON_LIST_SOURCE_H_
#define KINSTILE_TESTS_UNIT_ADAPTERS_DAEMON_LIST_SOURCE_H_

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "adapters/sources/source.h"

namespace kinstile::daemon {

struct ListedRecord {
  std::string id;
  std::string family;
  bool shielded = false;
  std::map<std::string, std::string> items;
  std::vector<sources::RecordFact> facts = {};
  std::map<std::string, absl::CivilDay> days = {};  // of the items
  std::map<std::string, std::string> groups = {};   // by which they are counted
};

class ListSource final : public sources::RecordSource {
 public:
  explicit ListSource(std::vector<ListedRecord> records)
      : records(std::move(records)) {}

  absl::Status ForEach(absl::FunctionRef<absl::Status(sources::SourceRecord)> f,
                       std::vector<sources::RowIssue>&) override {
    size_t row = 1;
    for (const ListedRecord& r : records) {
      sources::SourceRecord out;
      out.local_id = identity::Pii<>(r.id);
      out.local_family = identity::Pii<>(r.family);
      out.shielded = r.shielded;
      out.row = ++row;
      if (absl::Status s = f(std::move(out)); !s.ok()) return s;
    }
    return status;
  }

  absl::StatusOr<std::vector<sources::ItemValue>> ReadItems(
      const identity::Pii<>& id,
      const std::vector<std::string>& items) override {
    if (!status.ok()) return status;
    for (const ListedRecord& r : records) {
      if (r.id != id.Reveal(identity::PiiAccess())) continue;
      std::vector<sources::ItemValue> out;
      for (const std::string& item : items) {
        asked.push_back(item);
        if (auto it = r.items.find(item); it != r.items.end())
          out.push_back({item, identity::Pii<>(it->second),
                         absl::FromUnixSeconds(1'700'000'000), DayOf(r, item),
                         GroupOf(r, item)});
      }
      return out;
    }
    return absl::NotFoundError("record: is gone");
  }

  absl::StatusOr<std::vector<sources::RecordFact>> ReadFacts(
      const identity::Pii<>& id, const std::vector<std::string>& conditions,
      absl::CivilDay) override {
    if (!status.ok()) return status;
    std::vector<sources::RecordFact> out;
    for (const ListedRecord& r : records)
      if (r.id == id.Reveal(identity::PiiAccess()))
        for (const sources::RecordFact& fact : r.facts)
          if (std::find(conditions.begin(), conditions.end(), fact.condition) !=
              conditions.end())
            out.push_back(fact);
    return out;
  }

  std::vector<std::string> ItemNames() const override { return {}; }

  static std::optional<absl::CivilDay> DayOf(const ListedRecord& record,
                                             const std::string& item) {
    const auto found = record.days.find(item);
    if (found == record.days.end()) return std::nullopt;
    return found->second;
  }

  static std::optional<identity::Pii<>> GroupOf(const ListedRecord& record,
                                                const std::string& item) {
    const auto found = record.groups.find(item);
    if (found == record.groups.end()) return std::nullopt;
    return identity::Pii<>(found->second);
  }

  std::vector<ListedRecord> records;
  std::vector<std::string> asked;
  absl::Status status;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_TESTS_UNIT_ADAPTERS_DAEMON_LIST_SOURCE_H_
