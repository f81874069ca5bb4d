// SPDX-License-Identifier: Apache-2.0
// What an officer looks for in the trail, and what an entry is found by.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_QUERY_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_QUERY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/record.h"
#include "gateway/base/ids.h"

namespace kinstile::cli {

// All that is set must hold. Times are Unix milliseconds, `from` included,
// `to` not.
struct Query {
  std::optional<Handle> subject = {};  // the agency's own handle
  std::string practitioner = {};
  std::string agency = {};  // asked or was asked
  std::string purpose = {};
  std::string agreement = {};
  std::string outcome = {};  // an entry's type or a leg's status, "RELEASE"
  std::optional<int64_t> from_ms = {};
  std::optional<int64_t> to_ms = {};
};

// One thing that an entry can be found by.
struct Term {
  std::string field;  // of Query
  std::string value;  // bytes of a handle, or text
  friend auto operator<=>(const Term&, const Term&) = default;
};
// Without repeats.
std::vector<Term> TermsOf(const audit::Record& record);
// What `query` asks of terms; times are not terms.
std::vector<Term> TermsOf(const Query& query);
bool Matches(const Query& query, const audit::Record& record);
// INVALID_ARGUMENT for what can find nothing: an outcome that is none, an end
// before the beginning.
absl::Status CheckQuery(const Query& query);

// The query as the SEARCH entry has it.
std::vector<audit::Criterion> CriteriaOf(const Query& query);

// 32 hex digits. INVALID_ARGUMENT otherwise.
absl::StatusOr<Handle> ParseHandle(absl::string_view hex);
// "2026-11-24" (its start, UTC) or "2026-11-24T09:30:00Z". INVALID_ARGUMENT
// naming `option` otherwise.
absl::StatusOr<int64_t> ParseTime(absl::string_view option,
                                  absl::string_view text);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_QUERY_H_
