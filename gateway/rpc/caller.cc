// SPDX-License-Identifier: Apache-2.0
// Callers are known by the SPKI pin of their certificate.
#include "gateway/rpc/caller.h"

#include <grpc/support/time.h>

#include <algorithm>

#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"
#include "gateway/wire/tls.h"

namespace kinstile::rpc {
namespace {

constexpr size_t kMaxCached = 1000;
// An enrolment of millions takes hours; nothing takes longer.
constexpr int64_t kLongestHours = 12;

absl::Status UnknownParty() {
  return share::Refuse(absl::StatusCode::kUnauthenticated,
                       share::Reason::kUnknownParty,
                       "certificate: is no agency's of the manifest in force");
}

}  // namespace

absl::StatusOr<Digest> Callers::PinOf(const grpc::ServerContextBase& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return UnknownParty();
  const auto certs = auth->FindPropertyValues("x509_pem_cert");
  if (certs.empty()) return UnknownParty();
  const std::string pem(certs[0].data(), certs[0].size());
  std::lock_guard lock(mutex_);
  if (auto it = pins_.find(pem); it != pins_.end()) return it->second;
  KS_ASSIGN_OR_RETURN(const Digest pin, wire::SpkiPin(pem));
  if (pins_.size() >= kMaxCached) pins_.clear();
  pins_.emplace(pem, pin);
  return pin;
}

absl::StatusOr<AgencyId> Callers::Identify(
    const grpc::ServerContextBase& context) {
  KS_ASSIGN_OR_RETURN(const Digest pin, PinOf(context));
  const auto consortium = directory_.Current();
  const share::Agency* agency = consortium->FindAgencyByPin(pin);
  if (agency == nullptr) return UnknownParty();
  return agency->id;
}

absl::Status Callers::CheckParty(const grpc::ServerContextBase& context) {
  KS_ASSIGN_OR_RETURN(const Digest pin, PinOf(context));
  const auto consortium = directory_.Current();
  const auto has = [&](const std::vector<Digest>& pins) {
    return std::find(pins.begin(), pins.end(), pin) != pins.end();
  };
  bool known = consortium->FindAgencyByPin(pin) != nullptr;
  for (const share::Daemon& g : consortium->gateways)
    known = known || has(g.tls_pins);
  for (const share::KeyHolder& k : consortium->key_holders)
    known = known || has(k.daemon.tls_pins);
  return known ? absl::OkStatus() : UnknownParty();
}

absl::Status CheckDeadline(const grpc::ServerContextBase& context) {
  const gpr_timespec deadline =
      gpr_convert_clock_type(context.raw_deadline(), GPR_CLOCK_MONOTONIC);
  const gpr_timespec left =
      gpr_time_sub(deadline, gpr_now(GPR_CLOCK_MONOTONIC));
  if (gpr_time_cmp(left, gpr_time_from_hours(kLongestHours, GPR_TIMESPAN)) <= 0)
    return absl::OkStatus();
  return share::Refuse(
      absl::StatusCode::kInvalidArgument, share::Reason::kMalformed,
      "deadline: every call must set one, of at most 12 hours");
}

grpc::Status HandleCall(Callers& callers, const grpc::ServerContext& context,
                        const CallBody& body) {
  return HandleUngatedCall(callers, context,
                           [&](const AgencyId& caller) -> absl::Status {
                             KS_RETURN_IF_ERROR(callers.CheckGate());
                             return body(caller);
                           });
}

grpc::Status HandleUngatedCall(Callers& callers,
                               const grpc::ServerContext& context,
                               const CallBody& body) {
  // Who asks comes first: to a stranger every question looks the same.
  const auto caller = callers.Identify(context);
  if (!caller.ok()) return wire::ToGrpc(caller.status());
  if (absl::Status s = CheckDeadline(context); !s.ok()) return wire::ToGrpc(s);
  return wire::ToGrpc(body(*caller));
}

}  // namespace kinstile::rpc
