// SPDX-License-Identifier: Apache-2.0
// The only way an answer about people comes to be: permit, entry, answer.
#ifndef KINSTILE_GATEWAY_SHARE_RELEASE_H_
#define KINSTILE_GATEWAY_SHARE_RELEASE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/audit/receipt.h"
#include "gateway/base/ids.h"
#include "gateway/linkage/linkage.h"
#include "gateway/share/answer.h"
#include "gateway/share/sources.h"
#include "policy/permit.h"

namespace kinstile::share {

// A source's answer cut down to what the permit names and to the members who
// matched. The audit entry is written from it, so that what is recorded is what
// is released. Made only by Minimise.
class Minimised {
 public:
  const SourceAnswer& answer() const { return answer_; }

 private:
  friend Minimised Minimise(const policy::Permit& permit,
                            const std::vector<MatchedMember>& matched,
                            SourceAnswer answer);
  explicit Minimised(SourceAnswer answer) : answer_(std::move(answer)) {}
  SourceAnswer answer_;
};

// Empties the box of every item that the permit does not grant at exactly this
// granularity, that is about a member who did not match, or for which the
// answer leaves out an obligation that the permit carries. The signed hash
// stays: the requester sees that a box was taken out.
Minimised Minimise(const policy::Permit& permit,
                   const std::vector<MatchedMember>& matched,
                   SourceAnswer answer);

// One source's part of an answer to RequestShare.
class ReleasedShare {
 public:
  const SourceAnswer& answer() const { return answer_; }
  // What the gateway's decision withheld, for the asker.
  const std::vector<WithheldItem>& withheld() const { return withheld_; }
  const AgencyId& source() const { return answer_.agency; }

 private:
  friend absl::StatusOr<ReleasedShare> Release(
      const policy::Permit& permit, const audit::AuditReceipt& receipt,
      const Digest& request_digest, Minimised answer);
  ReleasedShare(SourceAnswer answer, std::vector<WithheldItem> withheld)
      : answer_(std::move(answer)), withheld_(std::move(withheld)) {}
  SourceAnswer answer_;
  std::vector<WithheldItem> withheld_;
};

// INTERNAL unless `receipt` is a committed RELEASE entry about this request.
// (That it exists at all proves the commit: only audit::Log makes one.)
absl::StatusOr<ReleasedShare> Release(const policy::Permit& permit,
                                      const audit::AuditReceipt& receipt,
                                      const Digest& request_digest,
                                      Minimised answer);

// One member's match, as far as the permit lets the requester know it.
struct MemberMatch {
  uint32_t member = 0;
  linkage::Grade grade = linkage::Grade::kNoMatch;
  // The source's handles: only under a permit that grants record_handle.
  std::optional<Handle> handle;
  std::optional<FamilyHandle> family;
};

// The item that a linkage flow grants to let pseudonymous handles out.
inline constexpr char kRecordHandleItem[] = "record_handle";

// One source's part of an answer to MatchFamily.
class ReleasedMatch {
 public:
  const AgencyId& source() const { return source_; }
  const std::vector<MemberMatch>& members() const { return members_; }

 private:
  friend absl::StatusOr<ReleasedMatch> Release(
      const policy::Permit& permit, const audit::AuditReceipt& receipt,
      const Digest& request_digest, const AgencyId& source,
      const linkage::FamilyLink& link);
  ReleasedMatch(AgencyId source, std::vector<MemberMatch> members)
      : source_(std::move(source)), members_(std::move(members)) {}
  AgencyId source_;
  std::vector<MemberMatch> members_;
};

// POSSIBLE and handles only where the permit is for linkage and grants
// record_handle; everybody else gets a unique MATCH or nothing.
absl::StatusOr<ReleasedMatch> Release(const policy::Permit& permit,
                                      const audit::AuditReceipt& receipt,
                                      const Digest& request_digest,
                                      const AgencyId& source,
                                      const linkage::FamilyLink& link);

// A source that was not asked, because the flow refused: nothing about people.
struct RefusedLeg {
  AgencyId source;
  policy::Refusal refusal;
};
// A source that gave no believable answer in time: nothing about people.
struct UnreachableLeg {
  AgencyId source;
};

struct ShareAnswer {
  // In the order asked.
  std::vector<std::variant<ReleasedShare, RefusedLeg, UnreachableLeg>> legs;
  audit::AuditReceipt receipt;
};
struct MatchAnswer {
  std::vector<std::variant<ReleasedMatch, RefusedLeg, UnreachableLeg>> legs;
  audit::AuditReceipt receipt;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_RELEASE_H_
