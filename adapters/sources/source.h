// SPDX-License-Identifier: Apache-2.0
// What an adapter asks of an agency's own system: its people, and items of one.
#ifndef KINSTILE_ADAPTERS_SOURCES_SOURCE_H_
#define KINSTILE_ADAPTERS_SOURCES_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "adapters/identity/person.h"
#include "adapters/identity/pii.h"

namespace kinstile::sources {

// One person of the source.
struct SourceRecord {
  identity::Pii<> local_id;      // never empty, unique in the source
  identity::Pii<> local_family;  // empty: a family of one
  bool shielded = false;         // never found, never confirmed
  identity::RawPerson person;
  size_t row = 0;  // for reports: where the source keeps it, from 1
};

// Something wrong with one row, for the people who keep the source. Never
// holds a value. `field` is empty when it concerns the whole row.
struct RowIssue {
  size_t row = 0;
  std::string field;
  std::string problem;
  // The record is there all the same: the field is left out, or made safe.
  bool kept = false;
  // The joined file that the row is in; empty: that of the people.
  std::string table = {};
};

// One item about one person as the source holds it now.
struct ItemValue {
  std::string item;
  identity::Pii<> value;
  // When the source last changed: a file's modification time for CSV.
  absl::Time as_of;
  // The day that it is about, where the source keeps one beside the value. An
  // agreement may look back only so far: a value that is no date itself and has
  // no day here is then withheld.
  std::optional<absl::CivilDay> day = {};
  // Where counts are made apart: by what. Blank: not known for this person.
  std::optional<identity::Pii<>> counted_by = {};
};

// What the source's record shows of a condition of the agreements, by its name.
struct RecordFact {
  std::string condition;
  bool holds = false;
  std::optional<int64_t> number;  // an age, a count
};

// An agency's own system. Reads only. Implementations are thread-safe.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // Calls `fn` once per readable record, in source order, holding one record
  // at a time. What is wrong is added to `issues` (IssueList): a row that was
  // left out, or a field of a row that was kept. An error of `fn` stops and is
  // returned. UNAVAILABLE: the source cannot be read, or changed under the
  // reading; FAILED_PRECONDITION: it does not fit its mapping.
  virtual absl::Status ForEach(absl::FunctionRef<absl::Status(SourceRecord)> fn,
                               std::vector<RowIssue>& issues) = 0;

  // The named items of one record, as they are now. An item that the source
  // does not have, or has blank for this record, is absent from the answer.
  // NOT_FOUND when the record is gone, or is shielded now; else as for ForEach.
  virtual absl::StatusOr<std::vector<ItemValue>> ReadItems(
      const identity::Pii<>& local_id,
      const std::vector<std::string>& items) = 0;

  // The same of every record that is not shielded, as ForEach gives them: for
  // counts. What is wrong with a row is not said. By default one record is read
  // after the other.
  virtual absl::Status ForEachItems(
      const std::vector<std::string>& items,
      absl::FunctionRef<absl::Status(const identity::Pii<>& local_id,
                                     const std::vector<ItemValue>&)>
          fn);

  // What the record shows today of these conditions. What it does not show
  // is absent, and so not known. Errors as ReadItems.
  virtual absl::StatusOr<std::vector<RecordFact>> ReadFacts(
      const identity::Pii<>& local_id,
      const std::vector<std::string>& conditions, absl::CivilDay today) = 0;

  // The names of all items this source can give, sorted.
  virtual std::vector<std::string> ItemNames() const = 0;
};

inline constexpr size_t kMaxRowIssues = 1000;

// Collects issues up to kMaxRowIssues of each kind; the rest is counted, so
// that a source that is wrong from end to end costs no memory.
class IssueList {
 public:
  // `out` outlives the list.
  explicit IssueList(std::vector<RowIssue>& out) : out_(out) {}

  void Add(RowIssue issue) {
    size_t& n = issue.kept ? fields_ : rows_;
    if (++n <= kMaxRowIssues) out_.push_back(std::move(issue));
  }
  // One last issue of row 0 for each kind that had more.
  void Finish();

 private:
  std::vector<RowIssue>& out_;
  size_t rows_ = 0, fields_ = 0;
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_SOURCE_H_
