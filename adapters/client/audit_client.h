// SPDX-License-Identifier: Apache-2.0
// A witness's calls to one daemon's AuditService.
#ifndef KINSTILE_ADAPTERS_CLIENT_AUDIT_CLIENT_H_
#define KINSTILE_ADAPTERS_CLIENT_AUDIT_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/client/channel.h"
#include "gateway/merkle/tree.h"
#include "kinstile/v1/audit_service.pb.h"

namespace kinstile::client {

// Thread-safe. Every call is made once, waits for the connection, and takes at
// most kPatience: whoever witnesses comes again anyway. Errors are the daemon's
// own, with their Reason.
class AuditClient {
 public:
  static constexpr absl::Duration kPatience = absl::Seconds(5);

  explicit AuditClient(const std::shared_ptr<grpc::Channel>& channel);
  ~AuditClient();

  absl::StatusOr<std::string> GetCheckpoint(
      v1::CheckpointChoice choice = v1::CHECKPOINT_CHOICE_UNSPECIFIED);
  absl::StatusOr<std::vector<merkle::Hash>> GetConsistencyProof(
      uint64_t first_size, uint64_t second_size);
  absl::StatusOr<std::vector<merkle::Hash>> GetInclusionProof(
      uint64_t index, uint64_t tree_size);
  absl::Status PresentHead(const std::string& note);
  absl::Status AddCosignature(const std::string& note);

  // Ends the call that runs, and every later one at once.
  void Cancel();

 private:
  absl::Status Call(absl::FunctionRef<grpc::Status(grpc::ClientContext&)> call);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kinstile::client

#endif  // KINSTILE_ADAPTERS_CLIENT_AUDIT_CLIENT_H_
