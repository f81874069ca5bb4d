// SPDX-License-Identifier: Apache-2.0
// Linking two registers for evaluation: real daemons, pseudonymous pairs.
#ifndef KINSTILE_ADAPTERS_CLI_LINK_H_
#define KINSTILE_ADAPTERS_CLI_LINK_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace kinstile::cli {

struct LinkOptions {
  std::string left_csv;
  std::string left_mapping;
  std::string right_csv;
  std::string right_mapping;
  std::string out;     // folder; pairs.csv and families.csv are replaced
  std::string policy;  // folder with law/ and agreements/
  // Go on from what an interrupted run has left in `out`.
  bool resume = false;
};

// Pairs against the truth.
struct Score {
  size_t right = 0;
  size_t wrong = 0;
  size_t missed = 0;
  double precision() const { return Ratio(right, right + wrong); }
  double recall() const { return Ratio(right, right + missed); }
  double f1() const { return Ratio(2 * right, 2 * right + wrong + missed); }

 private:
  static double Ratio(size_t a, size_t b) {
    return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
  }
};
struct Quality {
  Score match;  // pairs graded MATCH
  Score any;    // MATCH and POSSIBLE
};

struct LinkReport {
  size_t left_records = 0;
  size_t right_records = 0;
  size_t matches = 0;
  size_t possibles = 0;
  size_t family_pairs = 0;
  size_t resumed = 0;  // families that an earlier run had asked about
  double enrol_seconds = 0;
  double match_seconds = 0;
  std::optional<Quality> quality;
};

// Starts a consortium of two ("left" and "right") in a temporary folder under
// the agreement register-link, enrols the right register, asks for every
// family of the left one over one LinkRegister stream, and writes
//   pairs.csv     left_id,right_id,grade       (MATCH, POSSIBLE)
//   families.csv  left_family,right_family,grade
// Until it has ended, what is answered stands in link.journal beside them.
// A right record that several left records would be is POSSIBLE for each. The
// truth, if given, is left_id,right_id with a header. INVALID_ARGUMENT for
// files that cannot be read.
absl::StatusOr<LinkReport> Link(const LinkOptions& options,
                                const std::string& truth);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_LINK_H_
