// SPDX-License-Identifier: Apache-2.0
// A first mapping from a table's header and some of its rows.
#ifndef KINSTILE_ADAPTERS_SOURCES_PROPOSE_H_
#define KINSTILE_ADAPTERS_SOURCES_PROPOSE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "adapters/sources/record.h"

namespace kinstile::sources {

// What there is to guess from.
struct TableSample {
  std::vector<std::string> header;
  std::vector<Fields> rows;
  std::string encoding = "utf-8";
  char delimiter = ',';
  // The source is this table of a database, and no CSV file.
  std::optional<std::string> sql_table;
};

// One guess: which column is which field of the mapping, and from what.
struct Guess {
  std::string field;  // "person.forename"
  std::string column;
  std::string why;  // "its name", "its name and 98 % of its values"
};

struct Proposal {
  // Protobuf text that parses, unless no id or no person was found: then it
  // says in a comment what is missing. Each guess ends in kGuessMark and why.
  std::string text;
  std::vector<Guess> guesses;
  std::vector<std::string> unmapped;  // columns, in the table's order
  bool complete = false;
};

inline constexpr char kGuessMark[] = "# GUESS: ";

// Pure. By the columns' names, and by what their values look like (dates,
// postcodes, check digits): a column whose values contradict its name is not
// taken. Values of the rows never get into the text, except the usual words for
// yes and no, male and female. `today` decides what is a date of birth.
Proposal ProposeMapping(const TableSample& sample, absl::CivilDay today);

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_PROPOSE_H_
