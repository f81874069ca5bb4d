// SPDX-License-Identifier: Apache-2.0
// Minimising and releasing.
#include "gateway/share/release.h"

#include <algorithm>

#include "gateway/base/status_macros.h"
#include "policy/obligations.h"

namespace kinstile::share {
namespace {

absl::Status CheckReceipt(const audit::AuditReceipt& receipt,
                          const Digest& request_digest) {
  if (receipt.type() != audit::EntryType::kRelease ||
      !receipt.Covers(request_digest))
    return absl::InternalError("receipt: is not a release of this request");
  return absl::OkStatus();
}

policy::ObligationTotals StatedIn(const SourceAnswer& answer) {
  policy::ObligationTotals stated;
  for (const std::string& word : answer.obligations) stated.AddWord(word);
  return stated;
}

bool Permitted(const policy::Permit& permit,
               const std::vector<MatchedMember>& matched,
               const policy::ObligationTotals& stated, const ItemLabel& label) {
  const policy::GrantedItem* grant = permit.Find(label.item);
  if (grant == nullptr || policy::Name(grant->granularity) != label.granularity)
    return false;
  // An obligation that the source left out, or made easier, would be lost on
  // the requester.
  if (!stated.Cover(grant->owed)) return false;
  // Counts are about no member, and nothing else is a count.
  const bool count = grant->granularity == policy::Granularity::kAggregateOnly;
  if (permit.terms().mode == policy::Mode::kAskCounts)
    return count && label.member == 0;
  if (count) return false;
  return std::any_of(
      matched.begin(), matched.end(),
      [&](const MatchedMember& m) { return m.member == label.member; });
}

}  // namespace

Minimised Minimise(const policy::Permit& permit,
                   const std::vector<MatchedMember>& matched,
                   SourceAnswer answer) {
  const policy::ObligationTotals stated = StatedIn(answer);
  for (SealedItem& item : answer.items)
    if (!Permitted(permit, matched, stated, item.label)) item.sealed.clear();
  return Minimised(std::move(answer));
}

absl::StatusOr<ReleasedShare> Release(const policy::Permit& permit,
                                      const audit::AuditReceipt& receipt,
                                      const Digest& request_digest,
                                      Minimised minimised) {
  KS_RETURN_IF_ERROR(CheckReceipt(receipt, request_digest));
  std::vector<WithheldItem> withheld;
  for (const policy::WithheldItem& w : permit.withheld())
    withheld.push_back({w.item, w.rule, std::string(policy::Name(w.layer)),
                        w.reason_for_asker});
  return ReleasedShare(minimised.answer(), std::move(withheld));
}

absl::StatusOr<ReleasedMatch> Release(const policy::Permit& permit,
                                      const audit::AuditReceipt& receipt,
                                      const Digest& request_digest,
                                      const AgencyId& source,
                                      const linkage::FamilyLink& link) {
  KS_RETURN_IF_ERROR(CheckReceipt(receipt, request_digest));
  const bool linkage_mode =
      permit.terms().mode == policy::Mode::kLinkForEvaluation &&
      permit.Find(kRecordHandleItem) != nullptr;
  std::vector<MemberMatch> members;
  for (size_t i = 0; i < link.members.size(); ++i) {
    const linkage::MemberLink& m = link.members[i];
    MemberMatch match{static_cast<uint32_t>(i), m.grade, {}, {}};
    if (linkage_mode) {
      match.handle = m.handle;
      match.family = m.family;
    } else if (m.grade != linkage::Grade::kMatch) {
      match.grade = linkage::Grade::kNoMatch;
    }
    members.push_back(match);
  }
  return ReleasedMatch(source, std::move(members));
}

}  // namespace kinstile::share
