// SPDX-License-Identifier: Apache-2.0
// AuditService, convert and call.
#include "adapters/client/audit_client.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <mutex>
#include <set>

#include "gateway/base/status_macros.h"
#include "kinstile/v1/audit_service.grpc.pb.h"

namespace kinstile::client {
namespace {

template <class Response>
absl::StatusOr<std::vector<merkle::Hash>> HashesOf(const Response& response) {
  std::vector<merkle::Hash> hashes;
  for (const std::string& h : response.hashes()) {
    KS_ASSIGN_OR_RETURN(merkle::Hash hash, merkle::Hash::FromBytes(h));
    hashes.push_back(hash);
  }
  return hashes;
}

}  // namespace

struct AuditClient::State {
  std::unique_ptr<v1::AuditService::Stub> stub;
  std::mutex mutex;
  bool cancelled = false;
  std::set<grpc::ClientContext*> running;
};

AuditClient::AuditClient(const std::shared_ptr<grpc::Channel>& channel)
    : state_(std::make_unique<State>()) {
  state_->stub = v1::AuditService::NewStub(channel);
}

AuditClient::~AuditClient() = default;

absl::Status AuditClient::Call(
    absl::FunctionRef<grpc::Status(grpc::ClientContext&)> call) {
  return CallOnce(kPatience, [&](grpc::ClientContext& context) {
    context.set_wait_for_ready(true);
    {
      std::lock_guard lock(state_->mutex);
      // Cancelled before it starts, a call ends as soon as it does.
      if (state_->cancelled) context.TryCancel();
      state_->running.insert(&context);
    }
    const grpc::Status status = call(context);
    std::lock_guard lock(state_->mutex);
    state_->running.erase(&context);
    return status;
  });
}

void AuditClient::Cancel() {
  std::lock_guard lock(state_->mutex);
  state_->cancelled = true;
  for (grpc::ClientContext* context : state_->running) context->TryCancel();
}

absl::StatusOr<std::string> AuditClient::GetCheckpoint(
    v1::CheckpointChoice choice) {
  v1::GetCheckpointRequest in;
  v1::GetCheckpointResponse out;
  in.set_choice(choice);
  KS_RETURN_IF_ERROR(Call([&](grpc::ClientContext& context) {
    return state_->stub->GetCheckpoint(&context, in, &out);
  }));
  return out.checkpoint();
}

absl::StatusOr<std::vector<merkle::Hash>> AuditClient::GetConsistencyProof(
    uint64_t first_size, uint64_t second_size) {
  v1::GetConsistencyProofRequest in;
  v1::GetConsistencyProofResponse out;
  in.set_first_size(first_size);
  in.set_second_size(second_size);
  KS_RETURN_IF_ERROR(Call([&](grpc::ClientContext& context) {
    return state_->stub->GetConsistencyProof(&context, in, &out);
  }));
  return HashesOf(out);
}

absl::StatusOr<std::vector<merkle::Hash>> AuditClient::GetInclusionProof(
    uint64_t index, uint64_t tree_size) {
  v1::GetInclusionProofRequest in;
  v1::GetInclusionProofResponse out;
  in.set_index(index);
  in.set_tree_size(tree_size);
  KS_RETURN_IF_ERROR(Call([&](grpc::ClientContext& context) {
    return state_->stub->GetInclusionProof(&context, in, &out);
  }));
  return HashesOf(out);
}

absl::Status AuditClient::PresentHead(const std::string& note) {
  v1::PresentHeadRequest in;
  v1::PresentHeadResponse out;
  in.set_note(note);
  return Call([&](grpc::ClientContext& context) {
    return state_->stub->PresentHead(&context, in, &out);
  });
}

absl::Status AuditClient::AddCosignature(const std::string& note) {
  v1::AddCosignatureRequest in;
  v1::AddCosignatureResponse out;
  in.set_note(note);
  return Call([&](grpc::ClientContext& context) {
    return state_->stub->AddCosignature(&context, in, &out);
  });
}

}  // namespace kinstile::client
