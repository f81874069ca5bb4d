// SPDX-License-Identifier: Apache-2.0
// From a copy of the trail to entries found: record, verify, index, look.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_SEARCH_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_SEARCH_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "adapters/cli/audit/index.h"
#include "adapters/cli/audit/notice.h"
#include "adapters/cli/audit/report.h"
#include "adapters/cli/audit/trail.h"
#include "adapters/cli/output.h"

namespace kinstile::cli {

// One search, from options to results.
class Search {
 public:
  Trail trail;
  std::string subject;
  std::string case_ref;

  void AddTo(CLI::App* command);
  // Subject or case, practitioner, agency, purpose, agreement, outcome, from,
  // to.
  void AddFiltersTo(CLI::App* command);

  // In this order, so that each step is there before the next may happen:
  // the SEARCH entry is durable (`more` are criteria beside the filters'); the
  // copy is verified, with the index's own last head as evidence; the index has
  // all of the copy. UNAUTHENTICATED when the trail does not hold: nothing is
  // then searched.
  absl::Status Prepare(std::vector<audit::Criterion> more);
  absl::Status ForEach(
      absl::FunctionRef<absl::Status(const Found& found)> f) const;

  const std::string& audience() const { return audience_; }
  const Query& query() const { return query_; }
  // What was verified, what could not be opened, and what the copy lacks of
  // the searches that your officers had recorded: it is older then.
  std::string Summary() const;
  Json TrailJson() const;
  Json NotOpened() const;
  // Prints the error; gives the exit code.
  int Complain(const absl::Status& status) const;

 private:
  absl::StatusOr<Handle> HandleOfCase() const;
  absl::Status MakeQuery();
  absl::Status VerifyAndIndex();
  absl::Status CheckAgency() const;
  absl::Status CheckOwnSearches(audit::LogCopy& copy);
  std::string IndexPath() const;

  Officer officer_;
  Query query_;
  std::string from_, to_, index_file_;
  std::string audience_;
  std::unique_ptr<SearchIndex> index_;
  Recorded recorded_;
  uint64_t own_missing_ = 0;  // searches recorded that the copy has not
  audit::VerifyReport report_;
  SearchIndex::Updated updated_;
};

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_SEARCH_H_
