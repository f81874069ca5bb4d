// SPDX-License-Identifier: Apache-2.0
// RegistryService: the enrolment stream and the small calls.
#include "gateway/rpc/registry_service.h"

#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/convert.h"

namespace kinstile::rpc {
namespace {

constexpr int kMaxRecordsPerMessage = 2000;

absl::StatusOr<Handle> ParseHandle(const std::string& raw) {
  auto handle = Handle::FromBytes(raw);
  if (!handle.ok())
    return absl::InvalidArgumentError("handle: must be 16 bytes");
  return handle;
}

absl::StatusOr<std::vector<index::EnrolledRecord>> ParseRecords(
    const v1::EnrolRecords& in) {
  if (in.records_size() > kMaxRecordsPerMessage)
    return absl::InvalidArgumentError("records: a message takes at most 2,000");
  std::vector<index::EnrolledRecord> out;
  out.reserve(in.records_size());
  for (const v1::EnrolRecord& r : in.records()) {
    index::EnrolledRecord record;
    KS_ASSIGN_OR_RETURN(record.handle, ParseHandle(r.handle()));
    auto family = FamilyHandle::FromBytes(r.family());
    if (!family.ok())
      return absl::InvalidArgumentError("records.family: must be 16 bytes");
    record.family = *family;
    record.shielded = r.shielded();
    KS_ASSIGN_OR_RETURN(record.tokens, wire::FromProto(r.tokens()));
    out.push_back(std::move(record));
  }
  return out;
}

}  // namespace

absl::Status RegistryService::AddUntilFinish(
    const index::EnrolmentId& id, grpc::ServerReader<v1::EnrolRequest>& reader,
    v1::EnrolResponse& response) {
  v1::EnrolRequest message;
  uint64_t added = 0;
  while (reader.Read(&message)) {
    if (message.has_finish()) {
      KS_ASSIGN_OR_RETURN(const index::RegisterStatus status,
                          registry_.Finish(id, message.finish().records()));
      response.set_records(status.records);
      response.set_families(status.families);
      return absl::OkStatus();
    }
    if (!message.has_records())
      return absl::InvalidArgumentError("part: records or finish expected");
    KS_ASSIGN_OR_RETURN(const auto records, ParseRecords(message.records()));
    KS_RETURN_IF_ERROR(registry_.Add(id, added, records));
    added += records.size();
  }
  return absl::CancelledError("the stream ended before its finish");
}

absl::Status RegistryService::EnrolAll(
    const AgencyId& caller, grpc::ServerReader<v1::EnrolRequest>& reader,
    v1::EnrolResponse& response) {
  v1::EnrolRequest message;
  if (!reader.Read(&message) || !message.has_header())
    return absl::InvalidArgumentError("part: the header comes first");
  KS_ASSIGN_OR_RETURN(
      const index::EnrolmentId id,
      registry_.Start(caller, message.header().identity_spec_version(),
                      message.header().key_epoch()));
  absl::Status status = AddUntilFinish(id, reader, response);
  if (!status.ok()) registry_.Abandon(id);
  return status;
}

grpc::Status RegistryService::Enrol(
    grpc::ServerContext* context, grpc::ServerReader<v1::EnrolRequest>* reader,
    v1::EnrolResponse* response) {
  return HandleCall(callers_, *context, [&](const AgencyId& caller) {
    const OnePerAgency::Turn turn(enrolling_, caller, context);
    return EnrolAll(caller, *reader, *response);
  });
}

grpc::Status RegistryService::Withdraw(grpc::ServerContext* context,
                                       const v1::WithdrawRequest* request,
                                       v1::WithdrawResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        std::vector<Handle> handles;
        for (const std::string& raw : request->handles()) {
          KS_ASSIGN_OR_RETURN(const Handle handle, ParseHandle(raw));
          handles.push_back(handle);
        }
        KS_ASSIGN_OR_RETURN(const uint64_t n,
                            registry_.Withdraw(caller, handles));
        response->set_withdrawn(n);
        return absl::OkStatus();
      });
}

grpc::Status RegistryService::SetShield(grpc::ServerContext* context,
                                        const v1::SetShieldRequest* request,
                                        v1::SetShieldResponse*) {
  // A shield is set even while nobody is served; lifting one waits.
  return HandleUngatedCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        if (!request->has_shielded())
          return absl::InvalidArgumentError("shielded: is not set");
        if (!request->shielded()) KS_RETURN_IF_ERROR(callers_.CheckGate());
        KS_ASSIGN_OR_RETURN(const Handle handle,
                            ParseHandle(request->handle()));
        return registry_.SetShield(caller, handle, request->shielded());
      });
}

grpc::Status RegistryService::GetRegistryStatus(
    grpc::ServerContext* context, const v1::GetRegistryStatusRequest*,
    v1::GetRegistryStatusResponse* response) {
  return HandleCall(
      callers_, *context, [&](const AgencyId& caller) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const index::RegisterStatus status,
                            registry_.Status(caller));
        response->set_records(status.records);
        response->set_families(status.families);
        response->set_identity_spec_version(status.spec_version);
        response->set_key_epoch(status.key_epoch);
        if (status.records > 0)
          response->set_enrolled_at_ms(ToMillis(status.enrolled_at));
        return absl::OkStatus();
      });
}

}  // namespace kinstile::rpc
