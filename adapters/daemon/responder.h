// SPDX-License-Identifier: Apache-2.0
// The source's side of a share: decides again, reads, coarsens, seals, signs.
#ifndef KINSTILE_ADAPTERS_DAEMON_RESPONDER_H_
#define KINSTILE_ADAPTERS_DAEMON_RESPONDER_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/daemon/comparison_store.h"
#include "adapters/daemon/consent_book.h"
#include "adapters/daemon/own_decisions.h"
#include "adapters/daemon/register.h"
#include "adapters/sources/source.h"
#include "gateway/base/clock.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/sign.h"
#include "gateway/share/answer.h"
#include "gateway/share/consortium.h"
#include "gateway/share/daily_use.h"
#include "gateway/share/granted_answer.h"
#include "gateway/share/in_force.h"
#include "gateway/share/policy_in_force.h"
#include "gateway/share/replay.h"
#include "gateway/share/request.h"
#include "gateway/share/sources.h"
#include "gateway/storage/database.h"
#include "policy/active_set.h"
#include "policy/engine.h"
#include "policy/permit.h"

namespace kinstile::daemon {

// Believes the gateway nothing but who was matched, one record a member: the
// requester's signature, expiry, versions and the fresh request id are checked
// here too, and the decision is taken again with this agency's own copy of the
// agreements, so a gateway that was given wider ones gets no more. What it
// decided is in its own record before it answers. Thread-safe.
class Responder {
 public:
  // All outlive the responder.
  struct Parts {
    AgencyId agency;
    const crypto::SigningKey& key;
    const share::Directory& directory;
    share::PolicyInForce& policy;
    const share::InForce<Register>& records;
    sources::RecordSource& source;
    ConsentBook& consents;
    share::ReplayGuard& replays;
    share::DailyUse& daily_use;
    const Handles& handles;
    storage::Database& state;
    const Clock& clock;
    // Stage 2 of matching. Compared once, answered once: ids are claimed apart.
    const crypto::BoxSecretKey& comparison_key;
    ComparisonStore& comparisons;
    share::ReplayGuard& compare_replays;
  };
  explicit Responder(const Parts& parts) : p_(parts) {}

  // Stage 2: tokens of the families of which a wrap opens, under the
  // comparison key inside it; nothing of anybody else. Nothing at all when our
  // own copy of the agreements refuses the request. Whether somebody is
  // shielded changes nothing here: the gateway must not see it in what is
  // compared. Errors as Answer.
  absl::StatusOr<std::vector<share::ComparedFamily>> Compare(
      const share::SignedRequest& request,
      const std::vector<share::CandidateHit>& hits);

  // The signed reply. DENIED only by what can be decided without looking at
  // anybody; whatever is refused after that (a shield, a fact of the record, a
  // record that is gone) is NO_MATCH in the same bytes, with the truth in
  // late_refusal for this agency's own trail. An error when the request is not
  // admitted or this agency's systems cannot be read: the gateway then reports
  // the source as unreachable.
  absl::StatusOr<share::SourceReply> Answer(
      const share::SignedRequest& request,
      const std::vector<share::MatchedMember>& matched);

 private:
  struct Question;
  struct Giving;
  struct Counted;

  // Durable before anybody is looked at: that the request was here, what it
  // uses of the day, and what could be said without looking.
  absl::Status KeepEarly(const Question& q, const policy::Ask& ask,
                         const policy::Decision& early);
  OwnDecision Record(const Question& q, std::optional<uint32_t> member,
                     const policy::Ask& ask, policy::Deciding deciding,
                     const policy::Decision& decision) const;
  absl::StatusOr<share::SourceReply> Decide(const Question& q);
  share::SourceReply Denied(const Question& q,
                            const policy::Refusal& refusal) const;
  share::SourceReply Late(const Question& q, share::LateRefusal why) const;
  // `early` is what the gateway could grant: nobody gets more.
  absl::StatusOr<share::SourceReply> Fetch(const Question& q,
                                           const policy::Ask& ask,
                                           const policy::Permit& early);
  // A question for counts (responder_count.cc): over all records here, whose
  // number is the cohort that the source decides by. Nobody is named or found.
  absl::StatusOr<share::SourceReply> Count(const Question& q, policy::Ask ask,
                                           const policy::Permit& early);
  absl::StatusOr<Counted> CountEverybody(
      const std::vector<std::string>& items) const;
  // NO_MATCH in the same bytes, with the truth for our own trail.
  share::SourceReply NotCounted(const Question& q,
                                share::LateRefusal why) const;
  // Decides about one person and puts into `giving` what they may be told of.
  // NOT_FOUND when the record is gone.
  absl::Status Give(const share::MatchedMember& member,
                    const Register::Entry& entry, const policy::Ask& ask,
                    Giving& giving);
  absl::Status GiveItems(const policy::Permit& permit,
                         const share::MatchedMember& member,
                         const Register::Entry& entry, Giving& giving);
  // The value as the permit lets it go; or why it does not, without the value.
  absl::StatusOr<identity::Pii<>> Coarsened(
      const Question& q, const policy::GrantedItem& grant,
      const sources::ItemValue& value) const;

  const Parts p_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_RESPONDER_H_
