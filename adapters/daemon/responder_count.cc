// SPDX-License-Identifier: Apache-2.0
// A question for counts: about nobody in particular, over everybody here.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "adapters/daemon/own_shields.h"
#include "adapters/daemon/responder.h"
#include "adapters/daemon/responder_question.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/needs.h"
#include "policy/counts.h"
#include "policy/engine.h"

namespace kinstile::daemon {
namespace {

using policy::ConditionKind;
using policy::Truth;

// Whose family is shielded is in no count, nor who is new since the register
// was read.
class Everybody {
 public:
  Everybody(const Register& records, absl::flat_hash_set<Handle> by_hand)
      : records_(records), by_hand_(std::move(by_hand)) {}

  bool Counts(const Handle& handle) const {
    if (records_.Find(handle) == nullptr || records_.FamilyShielded(handle))
      return false;
    if (by_hand_.empty()) return true;
    const std::vector<Handle> family = records_.FamilyMembers(handle);
    return std::none_of(family.begin(), family.end(),
                        [&](const Handle& h) { return by_hand_.contains(h); });
  }

 private:
  const Register& records_;
  const absl::flat_hash_set<Handle> by_hand_;
};

// What the asker says of conditions that only the source can show counts as
// little here as about one person.
void ShowCohort(const policy::ActiveSet& set, int64_t people,
                policy::Ask& ask) {
  for (ConditionKind kind : share::DecidedBySource(set, ask))
    ask.facts.Set(kind, policy::Fact{});
  ask.facts.Set(ConditionKind::kCohortAtLeast, {Truth::kYes, people});
  // An ask about nobody at all is none.
  ask.people = std::max(people, int64_t{1});
}

int64_t LeastCohort(const policy::Permit& early) {
  int64_t least = 1;
  for (const policy::Condition& c : early.terms().deferred)
    if (c.kind == ConditionKind::kCohortAtLeast)
      least = std::max(least, c.number.value_or(1));
  return least;
}

// Decided without looking at anybody.
policy::Refusal AboutSomebody(const policy::Permit& permit) {
  policy::Refusal refusal;
  refusal.agreement = permit.terms().agreement;
  refusal.flow = refusal.rule = permit.granted().front().flow;
  refusal.layer = policy::Layer::kAgreement;
  refusal.reason_for_asker = refusal.reason_for_record =
      "the rule gives no counts, and a question for counts is about nobody";
  return refusal;
}

}  // namespace

// Of how many people, and the counts by item.
struct Responder::Counted {
  int64_t people = 0;
  std::map<std::string, policy::Counts> items;
};

absl::StatusOr<Responder::Counted> Responder::CountEverybody(
    const std::vector<std::string>& items) const {
  const auto records = p_.records.Current();
  KS_ASSIGN_OR_RETURN(auto by_hand, OwnShields(p_.state).All());
  const Everybody everybody(*records, std::move(by_hand));
  Counted out;
  KS_RETURN_IF_ERROR(p_.source.ForEachItems(
      items, [&](const identity::Pii<>& local_id,
                 const std::vector<sources::ItemValue>& values) {
        if (!everybody.Counts(p_.handles.ForRecord(local_id)))
          return absl::OkStatus();
        ++out.people;
        for (const sources::ItemValue& v : values) {
          // Not known where they belong: in no group.
          if (v.counted_by && v.counted_by->empty()) continue;
          out.items[v.item].Add(
              v.counted_by ? v.counted_by->Reveal(identity::PiiAccess()) : "",
              v.value.Reveal(identity::PiiAccess()));
        }
        return absl::OkStatus();
      }));
  return out;
}

absl::StatusOr<share::SourceReply> Responder::Count(
    const Question& q, policy::Ask ask, const policy::Permit& early) {
  std::vector<std::string> items;
  for (const policy::GrantedItem& g : early.granted())
    if (g.granularity == policy::Granularity::kAggregateOnly)
      items.push_back(g.item);
  if (items.empty()) return Denied(q, AboutSomebody(early));
  KS_ASSIGN_OR_RETURN(Counted counted, CountEverybody(items));
  ShowCohort(*q.set, counted.people, ask);
  const policy::Decision decision =
      policy::Decide(*q.set, ask, policy::Deciding::kSource);
  // No record, no answer.
  const OwnDecision own =
      Record(q, std::nullopt, ask, policy::Deciding::kSource, decision);
  KS_RETURN_IF_ERROR(p_.state.Write([&](storage::Transaction& tx) {
    return KeepOwnDecisions(tx, p_.key, {q.request.agency, q.request.id, q.now},
                            {own});
  }));
  if (const auto* refusal = std::get_if<policy::Refusal>(&decision))
    return NotCounted(q, ToLate(*refusal));
  const auto& permit = std::get<policy::Permit>(decision);
  auto rules = policy::CountRulesOf(
      permit, q.set->Find(permit.terms().agreement)->disclosure);
  if (!rules.ok())
    return NotCounted(
        q, {"", "", std::string(policy::Name(policy::Layer::kAgreement)),
            std::string(rules.status().message())});
  rules->least_people = LeastCohort(early);
  share::GrantedAnswer answer(early, q.digest, p_.agency, q.AgreementDigest());
  answer.Oblige(permit);
  for (const policy::GrantedItem& g : permit.granted()) {
    const auto found = counted.items.find(g.item);
    const policy::GrantedItem* first = early.Find(g.item);
    if (found == counted.items.end() || found->second.empty() ||
        first == nullptr || first->granularity != g.granularity) {
      answer.Withhold({g.item, g.flow,
                       std::string(policy::Name(policy::Layer::kAgreement)),
                       "the source has no counts of it"});
      continue;
    }
    share::ItemLabel label{0, g.item, std::string(policy::Name(g.granularity)),
                           ToMillis(q.now)};
    KS_ASSIGN_OR_RETURN(
        share::SealedItem sealed,
        share::SealItem(q.request.sealing_key, {q.digest, p_.agency},
                        std::move(label), found->second.Text(*rules)));
    KS_RETURN_IF_ERROR(answer.Add(permit, std::move(sealed)));
  }
  share::SourceReply reply;
  reply.answer = std::move(answer).Sign(p_.key);
  return reply;
}

share::SourceReply Responder::NotCounted(const Question& q,
                                         share::LateRefusal why) const {
  share::SourceReply reply;
  reply.answer = share::NoMatch(q.digest, p_.agency, q.AgreementDigest());
  share::SignEmpty(p_.key, reply.answer);
  reply.late_refusal = std::move(why);
  return reply;
}

}  // namespace kinstile::daemon
