// SPDX-License-Identifier: Apache-2.0
// A copy of a log in memory, to change byte by byte.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_MEMORY_COPY_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_MEMORY_COPY_H_

#include <optional>
#include <string>
#include <vector>

#include "gateway/audit/copy.h"

namespace kinstile::audit {

class MemoryCopy final : public LogCopy {
 public:
  struct Entry {
    uint64_t index;
    std::string audience, leaf;
    std::optional<std::string> payload;
  };
  struct Head {
    uint64_t size;
    std::string note;
  };
  std::vector<Entry> entries;
  std::vector<Head> heads;

  // Takes all of another copy.
  static absl::StatusOr<MemoryCopy> Of(LogCopy& copy) {
    MemoryCopy out;
    absl::Status s = copy.ForEachEntry(0, [&out](const EntryRow& row) {
      Entry e{row.index, std::string(row.audience), std::string(row.leaf), {}};
      if (row.payload) e.payload = std::string(*row.payload);
      out.entries.push_back(std::move(e));
      return absl::OkStatus();
    });
    s.Update(copy.ForEachCheckpoint([&out](const CheckpointRow& row) {
      out.heads.push_back({row.size, std::string(row.note)});
      return absl::OkStatus();
    }));
    if (!s.ok()) return s;
    return out;
  }

  absl::Status Find() override { return absl::OkStatus(); }
  absl::Status ForEachEntry(uint64_t from, EntryCallback f) override {
    for (const Entry& e : entries) {
      if (e.index < from) continue;
      EntryRow row{e.index, e.audience, e.leaf, {}};
      if (e.payload) row.payload = *e.payload;
      if (absl::Status s = f(row); !s.ok()) return s;
    }
    return absl::OkStatus();
  }
  absl::Status ForEachCheckpoint(
      absl::FunctionRef<absl::Status(const CheckpointRow&)> f) override {
    for (const Head& h : heads)
      if (absl::Status s = f({h.size, h.note}); !s.ok()) return s;
    return absl::OkStatus();
  }
  absl::Status CheckRest(const Contents&, Complaint) override {
    return absl::OkStatus();
  }
};

}  // namespace kinstile::audit

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_MEMORY_COPY_H_
