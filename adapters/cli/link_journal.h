// SPDX-License-Identifier: Apache-2.0
// What an interrupted linkage run has been answered.
#ifndef KINSTILE_ADAPTERS_CLI_LINK_JOURNAL_H_
#define KINSTILE_ADAPTERS_CLI_LINK_JOURNAL_H_

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace kinstile::cli {

// Two records that are one person, as their own registers call them.
struct LinkedPair {
  std::string left;
  std::string right;
  bool match = false;  // else POSSIBLE
};

// A text file, readable by its owner alone, of what pairs.csv will hold: after
// the pairs of a family, which may be none, a line that closes it. What is not
// closed was interrupted and counts for nothing. A crash of the machine may
// lose the last families; they are asked again.
class LinkJournal {
 public:
  // `resume`: with what is in the file, if it is there; else a new one.
  // INVALID_ARGUMENT naming the line that is no journal's.
  static absl::StatusOr<LinkJournal> Open(const std::string& path, bool resume);

  bool Has(const std::string& family) const {
    return families_.contains(family);
  }
  absl::Status Add(const std::string& family,
                   absl::Span<const LinkedPair> pairs);
  const std::vector<LinkedPair>& pairs() const { return pairs_; }
  // After a run that has ended.
  void Remove();

 private:
  explicit LinkJournal(std::string path) : path_(std::move(path)) {}
  absl::Status Read();

  std::string path_;
  std::ofstream out_;
  std::set<std::string> families_;
  std::vector<LinkedPair> pairs_;
};

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_LINK_JOURNAL_H_
