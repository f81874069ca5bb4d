// SPDX-License-Identifier: Apache-2.0
// AuditService: convert, call, convert.
#include "gateway/rpc/audit_service.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/erasure.h"
#include "gateway/share/officer.h"

namespace kinstile::rpc {
namespace {

constexpr uint32_t kMaxPage = 1000;
constexpr uint32_t kDefaultPage = 100;

void ToProto(const audit::StoredEntry& in, v1::AuditEntry* out) {
  out->set_index(in.index);
  out->set_leaf(in.leaf);
  out->set_ciphertext(in.payload);
}

template <class Response>
absl::Status SetHashes(const absl::StatusOr<std::vector<merkle::Hash>>& hashes,
                       Response* response) {
  if (!hashes.ok()) return hashes.status();
  for (const merkle::Hash& h : *hashes) response->add_hashes(h.str());
  return absl::OkStatus();
}

}  // namespace

grpc::Status AuditService::GetCheckpoint(
    grpc::ServerContext* context, const v1::GetCheckpointRequest* request,
    v1::GetCheckpointResponse* response) {
  return HandleCall(callers_, *context, [&](const AgencyId&) {
    if (request->choice() == v1::CHECKPOINT_CHOICE_WITNESSED)
      response->set_checkpoint(witnesses_.Witnessed());
    else if (request->choice() == v1::CHECKPOINT_CHOICE_TO_COSIGN)
      response->set_checkpoint(witnesses_.ToCosign());
    else
      response->set_checkpoint(log_.checkpoint());
    return absl::OkStatus();
  });
}

grpc::Status AuditService::ListEntries(grpc::ServerContext* context,
                                       const v1::ListEntriesRequest* request,
                                       v1::ListEntriesResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        uint64_t from = 0;
        if (!request->page_token().empty() &&
            !absl::SimpleAtoi(request->page_token(), &from))
          return absl::InvalidArgumentError("page_token: is none of ours");
        const uint32_t size =
            request->page_size() == 0 ? kDefaultPage : request->page_size();
        if (size > kMaxPage)
          return absl::InvalidArgumentError("page_size: is over 1,000");
        KS_ASSIGN_OR_RETURN(const audit::EntryPage page,
                            log_.ListEntries(caller.str(), from, size));
        // Key frames come first: they are what opens the rest.
        for (const audit::StoredEntry& e : page.keyframes)
          ToProto(e, response->add_entries());
        for (const audit::StoredEntry& e : page.entries)
          ToProto(e, response->add_entries());
        if (page.next > 0)
          response->set_next_page_token(absl::StrCat(page.next));
        return absl::OkStatus();
      });
}

grpc::Status AuditService::GetInclusionProof(
    grpc::ServerContext* context, const v1::GetInclusionProofRequest* request,
    v1::GetInclusionProofResponse* response) {
  return HandleCall(callers_, *context, [&](const AgencyId&) {
    return SetHashes(
        log_.InclusionProof(request->index(), request->tree_size()), response);
  });
}

grpc::Status AuditService::GetConsistencyProof(
    grpc::ServerContext* context, const v1::GetConsistencyProofRequest* request,
    v1::GetConsistencyProofResponse* response) {
  return HandleCall(callers_, *context, [&](const AgencyId&) {
    return SetHashes(
        log_.ConsistencyProof(request->first_size(), request->second_size()),
        response);
  });
}

grpc::Status AuditService::RecordSearch(grpc::ServerContext* context,
                                        const v1::RecordSearchRequest* request,
                                        v1::RecordSearchResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        share::SearchNotice notice{caller,
                                   request->officer(),
                                   request->purpose(),
                                   request->reason(),
                                   {}};
        for (const v1::SearchCriterion& c : request->criteria())
          notice.criteria.push_back({c.field(), c.value()});
        KS_ASSIGN_OR_RETURN(const audit::AuditReceipt receipt,
                            share::RecordSearch(log_, notice, clock_.Now()));
        response->set_receipt(receipt.Encode());
        return absl::OkStatus();
      });
}

grpc::Status AuditService::Shred(grpc::ServerContext* context,
                                 const v1::ShredRequest* request,
                                 v1::ShredResponse*) {
  return HandleCall(callers_, *context, [&](const AgencyId&) -> absl::Status {
    audit::Shred shred;
    KS_ASSIGN_OR_RETURN(shred.order, audit::DecodeShredOrder(request->order()));
    for (const v1::ShredApproval& a : request->approvals()) {
      KS_ASSIGN_OR_RETURN(const crypto::Signature signature,
                          crypto::Signature::FromBytes(a.signature()));
      shred.approvals.push_back({a.agency(), signature});
    }
    return share::Erase(*directory_.Current(), log_, shred);
  });
}

grpc::Status AuditService::PresentHead(grpc::ServerContext* context,
                                       const v1::PresentHeadRequest* request,
                                       v1::PresentHeadResponse*) {
  return HandleUngatedCall(callers_, *context, [&](const AgencyId& caller) {
    return witnesses_.Present(caller, request->note());
  });
}

grpc::Status AuditService::AddCosignature(
    grpc::ServerContext* context, const v1::AddCosignatureRequest* request,
    v1::AddCosignatureResponse*) {
  return HandleCall(callers_, *context, [&](const AgencyId& caller) {
    return witnesses_.AddCosignature(caller, request->note());
  });
}

}  // namespace kinstile::rpc
