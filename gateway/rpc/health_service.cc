// SPDX-License-Identifier: Apache-2.0
// HealthService: look, convert.
#include "gateway/rpc/health_service.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace kinstile::rpc {
namespace {

// Partners are told of a lag well before it stops anything.
constexpr absl::Duration kAlarm = absl::Minutes(1);

uint64_t AgeSeconds(absl::Time now, absl::Time then) {
  return static_cast<uint64_t>(
      std::max<int64_t>(0, absl::ToInt64Seconds(now - then)));
}

void ToProto(const share::WitnessReport& in, absl::Time now,
             v1::GetHealthResponse::Witnessing* out) {
  out->set_quorum_needed(in.quorum_needed);
  out->set_sensitive_answers(in.sensitive.ok());
  out->set_ordinary_answers(in.ordinary.ok());
  if (in.quorum_at) out->set_quorum_age_seconds(AgeSeconds(now, *in.quorum_at));
  out->set_sensitive_limit_seconds(absl::ToInt64Seconds(in.sensitive_limit));
  out->set_ordinary_limit_seconds(absl::ToInt64Seconds(in.ordinary_limit));
  for (const share::WitnessView& w : in.witnesses) {
    auto* witness = out->add_witnesses();
    witness->set_agency(w.agency);
    witness->set_presented(w.presented);
    witness->set_size(w.size);
    if (w.cosigned_at)
      witness->set_age_seconds(AgeSeconds(now, *w.cosigned_at));
  }
}

}  // namespace

grpc::Status HealthService::GetHealth(grpc::ServerContext* context,
                                      const v1::GetHealthRequest*,
                                      v1::GetHealthResponse* response) {
  if (absl::Status s = callers_.CheckParty(*context); !s.ok())
    return wire::ToGrpc(s);
  const absl::Time now = clock_.Now();
  const share::WitnessReport report = witnesses_.Report();
  const bool healthy = healthy_();
  response->set_party(party_);
  response->set_stores_ok(healthy);
  response->set_trail_size(report.size);
  const storage::DiskLevel disk = log_.disk_level();
  response->set_serving(healthy && disk < storage::DiskLevel::kShort &&
                        report.serving.ok() && report.ordinary.ok());
  if (!healthy)
    response->add_problems("a write to the stores was lost; restart it");
  if (log_.scrub_due())
    response->add_problems(
        "what was erased is not overwritten on the disk yet, because somebody "
        "reads the store");
  if (disk != storage::DiskLevel::kFine)
    response->add_problems(std::string(storage::DiskLevelMeaning(disk)));
  for (const absl::Status* s :
       {&report.serving, &report.ordinary, &report.sensitive}) {
    if (s->ok()) continue;
    response->add_problems(std::string(s->message()));
    break;  // each of them is why of those after it
  }
  for (const share::WitnessView& w : report.witnesses)
    if (report.quorum_needed && w.cosigned_at && now - *w.cosigned_at > kAlarm)
      response->add_problems(
          absl::StrCat(w.agency, "'s adapter last cosigned the trail ",
                       AgeSeconds(now, *w.cosigned_at), " seconds ago"));
    else if (report.quorum_needed && !w.cosigned_at)
      response->add_problems(absl::StrCat(
          w.agency, "'s adapter has not cosigned the trail since the start"));
  ToProto(report, now, response->mutable_witnessing());
  return grpc::Status::OK;
}

}  // namespace kinstile::rpc
