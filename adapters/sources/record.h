// SPDX-License-Identifier: Apache-2.0
// From a row of mapped columns to a record, its items and its facts.
#ifndef KINSTILE_ADAPTERS_SOURCES_RECORD_H_
#define KINSTILE_ADAPTERS_SOURCES_RECORD_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "adapters/sources/mapping.h"
#include "adapters/sources/source.h"

namespace kinstile::sources {

// A row's columns as text, blanks dropped as the mapping says. Not checked to
// be UTF-8 yet: a field that is not is left out and reported.
using Fields = std::vector<identity::Pii<>>;

// The mapped columns as positions in a row.
struct Layout {
  size_t count = 0;
  size_t id = 0;
  std::optional<size_t> family, shielded, nhs_verified;
  std::vector<size_t> person, items, facts;  // as in the mapping
  // Of the items, where they have one.
  std::vector<std::optional<size_t>> item_days, item_groups;
};

// FAILED_PRECONDITION, "WHERE: column ...", for a column that the mapping names
// and the header lacks, or has twice.
absl::StatusOr<Layout> FindColumns(const SourceMapping& mapping,
                                   const std::vector<std::string>& header,
                                   absl::string_view where);

// Whether the row says that its person is shielded.
bool IsShielded(const SourceMapping& mapping, const Layout& layout,
                const Fields& fields);

// Nothing, and an issue, when the id is blank or no text. A field that cannot
// be what it should be (a digit in a name, a formula, a sex that the mapping
// does not know) is left out and reported. Pure.
std::optional<SourceRecord> MakeRecord(const SourceMapping& mapping,
                                       const Layout& layout,
                                       const Fields& fields, size_t row,
                                       IssueList& issues);

// The asked items that the row has; those that are no text are left out.
std::vector<ItemValue> MakeItems(const SourceMapping& mapping,
                                 const Layout& layout, const Fields& fields,
                                 const std::vector<std::string>& items,
                                 absl::Time as_of);

// A value and what stands beside it. `day` empty: none is known. A day that is
// no whole date or month, or lies after `as_of`, is not known.
ItemValue MakeItem(const SourceMapping& mapping, const ItemColumn& item,
                   identity::Pii<> value, const identity::Pii<>& day,
                   absl::Time as_of);

// What the row shows of the asked conditions.
std::vector<RecordFact> MakeFacts(const SourceMapping& mapping,
                                  const Layout& layout, const Fields& fields,
                                  const std::vector<std::string>& conditions,
                                  absl::CivilDay today);

// Sorted.
std::vector<std::string> MappedItems(const SourceMapping& mapping);

// Leaves out, and reports, what cannot be a name, a house or a street. For
// sources that make persons themselves.
void CheckPerson(identity::RawPerson& person, size_t row, IssueList& issues);

// A date as databases and people write it with the month's name (5-MAR-1987,
// "March 5, 1987"), or with the month first, as YYYY-MM-DD; anything else as it
// is. A year of two digits stays: nobody knows the century.
std::string CanonicalDate(absl::string_view text, bool month_first);

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_RECORD_H_
