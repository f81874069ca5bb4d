// SPDX-License-Identifier: Apache-2.0
// Filling audit records; no value of any item ever comes near here.
#include "gateway/share/record.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/base/clock.h"
#include "gateway/base/plain_text.h"
#include "gateway/crypto/secret.h"

namespace kinstile::share {
namespace {

constexpr size_t kMaxLateRefusal = 300;
constexpr size_t kMaxSourceReason = 300;
// Padded sizes of requesters' entries, if they fit.
constexpr size_t kIntentSize = 2048;
constexpr size_t kOutcomeSize = 8192;

FlowId FlowIdOrEmpty(absl::string_view id) {
  auto flow = FlowId::Create(id);
  return flow.ok() ? *flow : FlowId();
}

void AddWithheld(const std::vector<policy::WithheldItem>& from,
                 audit::Leg& to) {
  for (const policy::WithheldItem& w : from)
    to.withheld.push_back({w.item, w.rule, std::string(policy::Name(w.layer)),
                           w.reason_for_record});
}

// At most so many bytes, never a part of a character; plain, whoever wrote it.
std::string Cut(const std::string& words, size_t most) {
  const std::string text = Plain(words);
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<uint8_t>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

// What the source itself kept back, and boxes that the gateway emptied.
// Source and gateway decide by the same agreement: what both say counts once.
void AddWithheld(const SourceAnswer& answer, audit::Leg& to) {
  for (const WithheldItem& w : answer.withheld) {
    const bool said = std::any_of(
        to.withheld.begin(), to.withheld.end(),
        [&w](const audit::WithheldItem& o) {
          return o.item == w.item && o.rule == w.rule && o.layer == w.layer;
        });
    if (!said)
      to.withheld.push_back(
          {w.item, w.rule, w.layer, Cut(w.reason, kMaxSourceReason)});
  }
  std::set<std::string> emptied;
  for (const SealedItem& item : answer.items)
    if (item.sealed.empty()) emptied.insert(item.label.item);
  for (const std::string& item : emptied)
    to.withheld.push_back(
        {item, "", "gateway", "the source gave more than the permit names"});
}

// A holder's entry has one size, so a record that would be larger says less;
// the requester's says all. Each step takes more away.
constexpr int kMostShort = 5;
void JoinReleased(audit::Leg& leg) {
  if (leg.released.empty()) return;
  std::set<uint8_t> who;
  for (const audit::ReleasedItem& i : leg.released)
    who.insert(i.who.begin(), i.who.end());
  leg.released = {{"several items: the requester's entry has them",
                   "",
                   {who.begin(), who.end()}}};
}

void Shorten(int step, audit::Record& r) {
  for (audit::Leg& leg : r.legs) {
    for (audit::WithheldItem& w : leg.withheld)
      w.reason = step < 3 ? Cut(w.reason, 60) : "";
    if (step >= 2)
      for (std::string& basis : leg.basis) basis = Cut(basis, 100);
    if (step >= 4) {
      leg.withheld = {{"", "", "", "too long: the requester's entry has it"}};
      leg.items_asked.clear();
      leg.obligations.clear();
      leg.basis.clear();
      leg.flows.clear();
      leg.decision.clear();
    }
    if (step >= kMostShort) JoinReleased(leg);
  }
  if (step >= kMostShort && r.holder.has_value())
    for (std::string& line : r.holder->keys_agreed) line = Cut(line, 100);
}

void FitHolderEntry(audit::Record& r) {
  for (int step = 1; step <= kMostShort; ++step) {
    auto encoded = audit::EncodeRecord(r);
    const size_t size =
        encoded.ok() ? encoded->size() : audit::kHolderEntrySize;
    if (encoded.ok()) crypto::Wipe(*encoded);
    if (size < audit::kHolderEntrySize) return;
    Shorten(step, r);
  }
}

// Which boxes really went out, by item and granularity, and about which of the
// request's members.
// Counts are about none of them.
void AddReleased(const SourceAnswer& answer, audit::Leg& to) {
  std::map<std::pair<std::string, std::string>, std::set<uint8_t>> people;
  for (const SealedItem& item : answer.items)
    if (!item.sealed.empty()) {
      auto& who = people[{item.label.item, item.label.granularity}];
      if (item.label.granularity !=
          policy::Name(policy::Granularity::kAggregateOnly))
        who.insert(static_cast<uint8_t>(item.label.member));
    }
  for (const auto& [what, members] : people)
    to.released.push_back(
        {what.first, what.second, {members.begin(), members.end()}});
}

// The holder's subjects are not the request's members but those who matched.
std::vector<uint8_t> ToMatched(const std::vector<uint8_t>& members,
                               const std::vector<MatchedMember>& matched) {
  std::vector<uint8_t> places;
  for (size_t i = 0; i < matched.size(); ++i)
    if (std::find(members.begin(), members.end(), matched[i].member) !=
        members.end())
      places.push_back(static_cast<uint8_t>(i));
  return places;
}

void ToMatched(const std::vector<MatchedMember>& matched, audit::Leg& leg) {
  for (audit::ReleasedItem& item : leg.released)
    item.who = ToMatched(item.who, matched);
  leg.confirmed = ToMatched(leg.confirmed, matched);
}

audit::LegStatus StatusOf(const Leg& leg) {
  if (leg.permit() == nullptr) return audit::LegStatus::kDenied;
  if (leg.answer.has_value()) {
    switch (leg.answer->answer().status) {
      case SourceStatus::kAnswered:
        return audit::LegStatus::kAnswered;
      case SourceStatus::kDenied:
        return audit::LegStatus::kDenied;
      default:
        return audit::LegStatus::kNoMatch;
    }
  }
  if (leg.unreachable) return audit::LegStatus::kUnreachable;
  if (!leg.matching.has_value()) return audit::LegStatus::kPending;
  return leg.matching->matched.empty() ? audit::LegStatus::kNoMatch
                                       : audit::LegStatus::kAnswered;
}

audit::Leg ToAudit(const Leg& leg) {
  audit::Leg out;
  out.agency = leg.ask->agency;
  out.items_asked = leg.ask->items;
  out.status = StatusOf(leg);
  out.decision = leg.decided;
  if (const policy::Permit* permit = leg.permit()) {
    const policy::PermitTerms& t = permit->terms();
    for (const std::string& f : t.flows) out.flows.push_back(FlowIdOrEmpty(f));
    for (const std::string& b : t.basis)
      out.basis.push_back(Cut(b, audit::Record::kMaxText));
    AddWithheld(t.withheld, out);
    if (leg.consented.has_value())
      out.withheld.push_back(
          {"everything about the others", t.flows.empty() ? "" : t.flows[0],
           "CONFIDENCE",
           absl::StrCat("only ", leg.consented->size(),
                        " of the people asked about have consented")});
    // Nobody has to do anything with what they did not get.
    if (out.status != audit::LegStatus::kAnswered) return out;
    for (const policy::Obligation& o : t.obligations)
      out.obligations.push_back(absl::StrCat(
          policy::Name(o.kind), o.number ? absl::StrCat(" ", *o.number) : ""));
  }
  if (leg.answer.has_value()) {
    AddReleased(leg.answer->answer(), out);
    AddWithheld(leg.answer->answer(), out);
  } else if (leg.matching.has_value()) {
    for (const MatchedMember& m : leg.matching->matched)
      out.confirmed.push_back(static_cast<uint8_t>(m.member));
    std::sort(out.confirmed.begin(), out.confirmed.end());
  }
  return out;
}

// Bytes of what an answer adds to a leg, as the record is encoded.
size_t AnswerSize(const audit::Leg& leg) {
  size_t n = leg.confirmed.size();
  for (const audit::ReleasedItem& i : leg.released)
    n += 12 + i.item.size() + i.granularity.size() + i.who.size();
  for (const audit::WithheldItem& w : leg.withheld)
    n += 16 + w.item.size() + w.rule.size() + w.layer.size() + w.reason.size();
  for (const std::string& o : leg.obligations) n += 4 + o.size();
  return n;
}

// The most that any answer under the permit adds: every item about everybody,
// and a reason for every item as well.
size_t LargestAnswer(const Leg& leg, const audit::Leg& actual) {
  constexpr size_t kRuleAndLayer = 100, kObligation = 60, kConsentNote = 200;
  const policy::PermitTerms& t = leg.permit()->terms();
  size_t n = kMaxMembers + kConsentNote;
  for (const policy::GrantedItem& g : t.granted)
    n += 12 + g.item.size() + policy::Name(g.granularity).size() + kMaxMembers;
  for (const std::string& item : actual.items_asked)
    n += 16 + item.size() + kRuleAndLayer + kMaxSourceReason;
  for (const policy::WithheldItem& w : t.withheld)
    n += 16 + w.item.size() + w.rule.size() + policy::Name(w.layer).size() +
         w.reason_for_record.size();
  return n + kObligation * t.obligations.size();
}

// Of a request that ended before its answer.
void Interrupt(audit::Leg& leg) {
  leg.status = audit::LegStatus::kPending;
  leg.released.clear();
  leg.confirmed.clear();
}

audit::Refusal ToAudit(const policy::Refusal& refusal) {
  std::vector<std::string> missing;
  for (policy::ConditionKind kind : refusal.missing)
    missing.push_back(std::string(policy::Name(kind)));
  return {FlowIdOrEmpty(refusal.flow), std::string(policy::Name(refusal.layer)),
          absl::StrJoin(missing, ", "), refusal.reason_for_record};
}

// A line for each member that anything can be said of: the grade, and what led
// to it. Then which weights it was done by.
std::vector<std::string> Explanation(const Matching& matching) {
  std::vector<std::string> out;
  const auto& members = matching.link.members;
  for (size_t i = 0; i < members.size(); ++i)
    if (!members[i].why.empty())
      out.push_back(
          Cut(absl::StrCat("member ", i + 1, ": ", GradeName(members[i].grade),
                           ": ", absl::StrJoin(members[i].why, ", ")),
              audit::Record::kMaxText));
  if (!matching.weights.empty()) out.push_back(matching.weights);
  return out;
}

audit::HolderTruth TruthOf(const Leg& leg) {
  audit::HolderTruth truth;
  if (leg.matching.has_value()) {
    truth.candidates = leg.matching->candidates;
    truth.keys_agreed = Explanation(*leg.matching);
    if (!leg.matching->shielded.empty())
      truth.shielded.push_back(
          {"", "", "SHIELD",
           absl::StrCat(leg.matching->shielded.size(),
                        " matched people withheld because of a shield")});
    if (!leg.matching->not_shown.empty())
      truth.shielded.push_back(
          {"", "", "CONDITION",
           absl::StrCat(leg.matching->not_shown.size(),
                        " matched people withheld: a consent, or another "
                        "condition that only the source can show, is not "
                        "shown")});
  }
  // The source's own words: cut, so that they cannot fail the entry, and with
  // it the answers of everybody else.
  if (leg.late_refusal.has_value())
    truth.late_refusal =
        Cut(absl::StrCat(leg.late_refusal->layer, " (", leg.late_refusal->rule,
                         "): ", leg.late_refusal->reason),
            kMaxLateRefusal);
  return truth;
}

const policy::Refusal* FirstRefusal(const std::vector<Leg>& legs) {
  for (const Leg& leg : legs)
    if (const auto* r = std::get_if<policy::Refusal>(&leg.decision)) return r;
  return nullptr;
}

// Zero for what is no digest.
Digest FromHex(absl::string_view hex) {
  auto digest = Digest::FromBytes(absl::HexStringToBytes(hex));
  return digest.ok() ? *digest : Digest{};
}

void AddAgreement(const Leg& leg, audit::Record& record) {
  record.policy_set_digest = FromHex(leg.set_digest);
  record.law_digest = FromHex(leg.law_digest);
  const policy::Permit* permit = leg.permit();
  if (permit == nullptr) return;
  record.agreement_version = static_cast<uint32_t>(permit->terms().version);
  record.agreement_digest = FromHex(permit->terms().agreement_digest);
}

}  // namespace

audit::Record Recorder::Common(audit::EntryType type) const {
  audit::Record r;
  r.type = type;
  r.time_ms = ToMillis(now_);
  r.requester = request_.agency;
  r.practitioner = request_.practitioner;
  r.role = request_.role;
  r.reason = request_.reason;
  r.purpose = request_.purpose;
  r.mode = request_.mode;
  r.agreement = request_.agreement;
  r.manifest_digest = request_.manifest_digest;
  r.request_id = request_.id;
  r.request_digest = digest_;
  return r;
}

audit::Draft Recorder::ForRequester(audit::EntryType type,
                                    const std::vector<Leg>& legs) const {
  audit::Record r = Common(type);
  size_t spare =
      (kMaxMembers - std::min(kMaxMembers, request_.members.size())) *
      (4 + Handle::kSize);
  for (const Leg& leg : legs) {
    r.legs.push_back(ToAudit(leg));
    // Once is enough: with the outcome.
    if (type == audit::EntryType::kIntent) r.legs.back().decision.clear();
    // Nobody was answered about: what the index said stays with the holders.
    if (type == audit::EntryType::kAbort && leg.permit() != nullptr)
      Interrupt(r.legs.back());
    if (type != audit::EntryType::kIntent && leg.permit() != nullptr) {
      const size_t most = LargestAnswer(leg, r.legs.back());
      spare += most - std::min(most, AnswerSize(r.legs.back()));
    }
    AddAgreement(leg, r);
  }
  for (const QueryMember& m : request_.members) r.subjects.push_back(m.handle);
  if (const policy::Refusal* refusal = FirstRefusal(legs))
    r.refusal = ToAudit(*refusal);
  audit::Draft draft;
  draft.audience = request_.agency.str();
  draft.record = std::move(r);
  draft.request_digest = digest_;
  // A leaf says how large its payload is: not to tell found from not found, nor
  // a family of two from one of six.
  draft.at_least =
      type == audit::EntryType::kIntent ? kIntentSize : kOutcomeSize;
  draft.spare = spare;
  return draft;
}

audit::Draft Recorder::ForHolder(const Leg& leg, bool interrupted) const {
  audit::Record r = Common(audit::EntryType::kAsked);
  r.legs.push_back(ToAudit(leg));
  if (interrupted && leg.permit() != nullptr) Interrupt(r.legs.back());
  if (leg.matching.has_value()) ToMatched(leg.matching->matched, r.legs.back());
  AddAgreement(leg, r);
  if (const auto* refusal = std::get_if<policy::Refusal>(&leg.decision))
    r.refusal = ToAudit(*refusal);
  r.holder = TruthOf(leg);
  if (leg.matching.has_value()) {
    for (const MatchedMember& m : leg.matching->matched)
      r.subjects.push_back(m.handle);
    for (const MatchedMember& m : leg.matching->shielded)
      r.subjects.push_back(m.handle);
    for (const MatchedMember& m : leg.matching->not_shown)
      r.subjects.push_back(m.handle);
  }
  FitHolderEntry(r);
  audit::Draft draft;
  draft.audience = leg.ask->agency.str();
  draft.record = std::move(r);
  draft.request_digest = digest_;
  draft.fixed_size = audit::kHolderEntrySize;
  return draft;
}

}  // namespace kinstile::share
