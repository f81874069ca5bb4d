// SPDX-License-Identifier: Apache-2.0
// Enrolling the agency's register: read, normalise, evaluate, send.
#ifndef KINSTILE_ADAPTERS_DAEMON_ENROLMENT_H_
#define KINSTILE_ADAPTERS_DAEMON_ENROLMENT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "adapters/client/gateway_client.h"
#include "adapters/client/token_client.h"
#include "adapters/daemon/comparison_store.h"
#include "adapters/daemon/register.h"
#include "adapters/daemon/token_cache.h"
#include "adapters/sources/source.h"
#include "gateway/share/consortium.h"

namespace kinstile::daemon {

struct EnrolmentReport {
  uint64_t read = 0;      // records that the source gave
  uint64_t enrolled = 0;  // as confirmed by the gateway
  uint64_t families = 0;
  uint64_t without_keys = 0;  // enrolled, but nothing can find them
  // Against the last enrolment: of those read, and of those no more there
  // (removed, or merged into others).
  uint64_t fresh = 0, changed = 0, unchanged = 0, gone = 0;
  // Rows that could not be read, and fields that were dropped; no values.
  std::vector<sources::RowIssue> row_issues;
  // "nhs_number: wrong check digit" -> how many records.
  std::map<std::string, uint64_t> field_issues;
};

// Called from one thread now and then with the records read so far, and with
// how many the last enrolment had (0: there was none).
using EnrolmentProgress =
    std::function<void(uint64_t records, uint64_t expected)>;

// One enrolment. The register at the gateway changes as a whole when this
// returns OK, and not at all otherwise: no record is there twice, and none that
// the source does not have. What comparisons need is kept at home, and changes
// right after it. Only what is new or changed since the last enrolment is
// evaluated (TokenCache); after a kill that includes what was done before it.
// Memory: a few batches of records.
class Enrolment {
 public:
  struct Parts {
    const share::Directory& directory;
    const Handles& handles;
    sources::RecordSource& source;
    client::TokenClient& tokens;
    client::GatewayClient& gateway;
    TokenCache& cache;
    absl::CivilDay today;
    // Of the same source, read just before.
    const Register& records;
    ComparisonStore& comparisons;
    // Threads that blind and unblind beside the key holders' work.
    int workers = 2;
  };
  explicit Enrolment(const Parts& parts) : p_(parts) {}

  absl::StatusOr<EnrolmentReport> Run(const EnrolmentProgress& progress);
  // Reads and normalises everything, evaluates and sends nothing.
  absl::StatusOr<EnrolmentReport> DryRun(const EnrolmentProgress& progress);

 private:
  class Pipeline;
  absl::Status ReadAll(
      EnrolmentReport& report, const EnrolmentProgress& progress,
      uint64_t expected,
      absl::FunctionRef<absl::Status(index::EnrolledRecord, identity::Person)>
          take);

  const Parts p_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_ENROLMENT_H_
