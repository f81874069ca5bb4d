// SPDX-License-Identifier: Apache-2.0
// Minimising and releasing.
#include "gateway/share/release.h"

#include <algorithm>

#include "gateway/base/status_macros.h"
#include "policy/facts.h"

namespace kinstile::share {
namespace {

absl::Status CheckReceipt(const audit::AuditReceipt& receipt,
                          const Digest& request_digest) {
  if (receipt.type() != audit::EntryType::kRelease ||
      !receipt.Covers(request_digest))
    return absl::InternalError("receipt: is not a release of this request");
  return absl::OkStatus();
}

// The kinds that an answer's "KIND" or "KIND NUMBER" name, as bits.
uint32_t KindsOf(const std::vector<std::string>& obligations) {
  policy::ObligationKinds kinds;
  for (absl::string_view words : obligations) {
    const auto kind =
        policy::ObligationKindFromName(words.substr(0, words.find(' ')));
    if (kind) kinds.Add(*kind);
  }
  return kinds.bits();
}

bool Permitted(const policy::Permit& permit,
               const std::vector<MatchedMember>& matched, uint32_t obliged,
               const ItemLabel& label) {
  const policy::GrantedItem* grant = permit.Find(label.item);
  if (grant == nullptr || policy::Name(grant->granularity) != label.granularity)
    return false;
  // An obligation that the source left out would be lost on the requester.
  if ((grant->owed & ~obliged) != 0) return false;
  return std::any_of(
      matched.begin(), matched.end(),
      [&](const MatchedMember& m) { return m.member == label.member; });
}

}  // namespace

Minimised Minimise(const policy::Permit& permit,
                   const std::vector<MatchedMember>& matched,
                   SourceAnswer answer) {
  const uint32_t obliged = KindsOf(answer.obligations);
  for (SealedItem& item : answer.items)
    if (!Permitted(permit, matched, obliged, item.label)) item.sealed.clear();
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
