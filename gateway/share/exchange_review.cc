// SPDX-License-Identifier: Apache-2.0
// What reviewers have said counts; what they might say becomes a case.
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/share/exchange.h"
#include "gateway/share/exchange_opened.h"
#include "gateway/share/reason.h"
#include "gateway/share/reviews.h"

namespace kinstile::share {

absl::StatusOr<std::vector<KnownVerdict>> Exchange::Verdicts(
    const ShareRequest& request, const Leg& leg) {
  std::vector<KnownVerdict> said;
  std::vector<Handle> handles;
  const AgencyId& source = leg.ask->agency;
  if (!p_.store
           .Read([&](storage::Snapshot& s) -> absl::Status {
             for (uint32_t i = 0; i < request.members.size(); ++i) {
               if (!leg.About(i)) continue;
               const RecordOf own{request.agency, request.members[i].handle};
               KS_ASSIGN_OR_RETURN(const auto verdicts,
                                   ReadVerdicts(s, own, source));
               for (const auto& [handle, verdict] : verdicts) {
                 said.push_back({i, handle, {}, verdict});
                 handles.push_back(handle);
               }
             }
             return absl::OkStatus();
           })
           .ok())
    return Refuse(absl::StatusCode::kUnavailable, Reason::kUnavailable,
                  "corrections: cannot be read now; nothing was answered");
  if (said.empty()) return said;
  const auto known = p_.index.LookUp(source, handles);
  if (!known.ok())
    return Refuse(absl::StatusCode::kUnavailable, Reason::kUnavailable,
                  "index: cannot be read now; nothing was answered");
  std::vector<KnownVerdict> out;
  for (KnownVerdict& v : said)
    if (auto it = known->find(v.handle); it != known->end()) {
      v.record = it->second;
      out.push_back(v);
    }
  return out;
}

std::vector<ReviewCase> Exchange::CasesOf(const Opened& opened,
                                          const Leg& leg) const {
  std::vector<ReviewCase> out;
  const ShareRequest& request = opened.request;
  if (!leg.matching.has_value() || leg.unreachable ||
      !HasReviewFlow(*p_.policy.Current(), request.agreement, request.agency,
                     leg.ask->agency))
    return out;
  const auto& members = leg.matching->link.members;
  for (uint32_t i = 0; i < members.size(); ++i) {
    // Of a shielded family nothing stands here, not even POSSIBLE.
    const linkage::MemberLink& m = members[i];
    if (m.grade != linkage::Grade::kPossible || !m.handle) continue;
    ReviewCase c;
    c.id = crypto::RandomId<ReviewId>();
    c.source = {leg.ask->agency, *m.handle};
    c.requester = {request.agency, request.members[i].handle};
    c.agreement = request.agreement;
    c.purpose = request.purpose;
    c.pattern = m.why;
    c.opened_at_ms = ToMillis(opened.now);
    out.push_back(std::move(c));
  }
  return out;
}

}  // namespace kinstile::share
