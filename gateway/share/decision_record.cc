// SPDX-License-Identifier: Apache-2.0
// The decision's canonical bytes, and taking it again from them.
#include "gateway/share/decision_record.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"

namespace kinstile::share {
namespace {

constexpr char kDecisionLabel[] = "kinstile/v1/decision";
constexpr char kOutcomeLabel[] = "kinstile/v1/decision-outcome";
constexpr int kFirstKind = 1;
constexpr int kLastKind = 63;

using policy::ConditionKind;

int64_t DaysSince1970(absl::CivilDay day) { return day - absl::CivilDay(1970); }

void PutFacts(const policy::Facts& facts, Encoder& e) {
  std::vector<int> known;
  for (int kind = kFirstKind; kind <= kLastKind; ++kind)
    if (facts.Get(static_cast<ConditionKind>(kind)).truth !=
        policy::Truth::kUnknown)
      known.push_back(kind);
  e.Count(known.size());
  for (int kind : known) {
    const policy::Fact& fact = facts.Get(static_cast<ConditionKind>(kind));
    e.U8(static_cast<uint8_t>(kind)).U8(static_cast<uint8_t>(fact.truth));
    e.Bool(fact.number.has_value()).I64(fact.number.value_or(0));
  }
}

absl::Status GetFacts(Decoder& d, policy::Facts& facts) {
  for (size_t n = d.Count(11); n > 0; --n) {
    const int kind = d.U8();
    const int truth = d.U8();
    const bool numbered = d.Bool();
    const int64_t number = d.I64();
    if (kind < kFirstKind || kind > kLastKind ||
        truth > static_cast<int>(policy::Truth::kAtSource))
      return absl::InvalidArgumentError("decision: facts: malformed");
    policy::Fact fact{static_cast<policy::Truth>(truth), {}};
    if (numbered) fact.number = number;
    facts.Set(static_cast<ConditionKind>(kind), fact);
  }
  return absl::OkStatus();
}

void PutAsk(const policy::Ask& ask, Encoder& e) {
  e.Bytes(ask.agreement).Bytes(ask.flow).Bytes(ask.from).Bytes(ask.to);
  e.Bytes(ask.role).U8(static_cast<uint8_t>(ask.purpose));
  e.U8(static_cast<uint8_t>(ask.mode)).Strings(ask.items);
  e.Count(ask.grains.size());
  for (policy::Granularity grain : ask.grains)
    e.U8(static_cast<uint8_t>(grain));
  e.U8(ask.nation ? static_cast<uint8_t>(*ask.nation) : 0);
  e.I64(ask.people).I64(ask.requests_today).I64(DaysSince1970(ask.today));
  PutFacts(ask.facts, e);
}

absl::Status GetAsk(Decoder& d, policy::Ask& ask) {
  ask.agreement = d.Bytes();
  ask.flow = d.Bytes();
  ask.from = d.Bytes();
  ask.to = d.Bytes();
  ask.role = d.Bytes();
  ask.purpose = static_cast<policy::Purpose>(d.U8());
  ask.mode = static_cast<policy::Mode>(d.U8());
  ask.items = d.Strings();
  ask.grains.resize(d.Count(1));
  for (policy::Granularity& grain : ask.grains)
    grain = static_cast<policy::Granularity>(d.U8());
  if (const uint8_t nation = d.U8(); nation != 0)
    ask.nation = static_cast<policy::Jurisdiction>(nation);
  ask.people = d.I64();
  ask.requests_today = d.I64();
  const int64_t day = d.I64();
  if (day < -1'000'000 || day > 10'000'000)
    return absl::InvalidArgumentError("decision: today: malformed");
  ask.today = absl::CivilDay(1970) + day;
  return GetFacts(d, ask.facts);
}

// By the digest of what was in force, what went in.
std::string EncodeInput(const DecisionInput& in) {
  Encoder e(kDecisionLabel);
  e.Bytes(in.set_digest).Bytes(in.catalogue_digest).Bytes(in.agreement_digest);
  e.U8(in.deciding == policy::Deciding::kGateway ? 1 : 2);
  PutAsk(in.ask, e);
  e.Count(in.suspended.size());
  for (const policy::Suspension& s : in.suspended)
    e.Bytes(s.party).Bytes(s.agreement).Strings(s.flows);
  e.Bytes(in.context.practitioner).Bytes(in.context.received);
  return std::move(e).Take();
}

absl::StatusOr<DecisionInput> GetInput(Decoder& d) {
  DecisionInput in;
  in.set_digest = d.Bytes();
  in.catalogue_digest = d.Bytes();
  in.agreement_digest = d.Bytes();
  in.deciding =
      d.U8() == 1 ? policy::Deciding::kGateway : policy::Deciding::kSource;
  KS_RETURN_IF_ERROR(GetAsk(d, in.ask));
  in.suspended.resize(d.Count(12));
  for (policy::Suspension& s : in.suspended) {
    s.party = d.Bytes();
    s.agreement = d.Bytes();
    s.flows = d.Strings();
  }
  in.context.practitioner = d.Bytes();
  in.context.received = d.Bytes();
  return in;
}

std::string EncodeForm(const std::vector<policy::FormField>& form) {
  Encoder e(kOutcomeLabel);
  e.Count(form.size());
  for (const policy::FormField& field : form)
    e.Bytes(field.heading).Bytes(field.text);
  return std::move(e).Take();
}

// Only what bears on the ask: the same bytes whatever else is suspended.
std::vector<policy::Suspension> SuspendedBetween(const policy::ActiveSet& set,
                                                 const policy::Ask& ask) {
  std::vector<policy::Suspension> out;
  for (const policy::Agreement& agreement : set.agreements())
    for (const policy::Flow& flow : agreement.flows)
      if (flow.from == ask.from && flow.to == ask.to &&
          !flow.suspended_by.empty())
        out.push_back({flow.suspended_by, agreement.id, {flow.id}});
  return out;
}

std::string AgreementDigest(const policy::ActiveSet& set,
                            const policy::Decision& decision) {
  const auto* permit = std::get_if<policy::Permit>(&decision);
  const policy::Agreement* agreement = set.Find(
      permit != nullptr ? permit->terms().agreement
                        : std::get<policy::Refusal>(decision).agreement);
  return agreement == nullptr ? "" : agreement->digest;
}

}  // namespace

std::string RecordDecision(const policy::ActiveSet& set, const policy::Ask& ask,
                           policy::Deciding deciding,
                           const policy::Decision& decision,
                           const policy::FormContext& context) {
  const std::string input = EncodeInput(
      {set.digest(), set.catalogue().digest, AgreementDigest(set, decision),
       ask, deciding, SuspendedBetween(set, ask), context});
  const std::string form =
      EncodeForm(policy::FillForm(set, ask, deciding, decision, context));
  const bool whole = input.size() + form.size() <= kMaxDecision;
  Encoder e(kDecisionLabel);
  e.Bytes(input).Bool(whole);
  e.Bytes(whole ? form : crypto::Sha256(form).str());
  return std::move(e).Take();
}

absl::StatusOr<RecordedDecision> ReadDecision(absl::string_view bytes) {
  Decoder d(bytes, kDecisionLabel);
  const std::string input_bytes = d.Bytes();
  const bool whole = d.Bool();
  const std::string rest = d.Bytes();
  KS_RETURN_IF_ERROR(d.Finish());
  RecordedDecision out;
  Decoder input(input_bytes, kDecisionLabel);
  KS_ASSIGN_OR_RETURN(out.input, GetInput(input));
  KS_RETURN_IF_ERROR(input.Finish());
  if (!whole) return out;
  Decoder form(rest, kOutcomeLabel);
  out.form.resize(form.Count(8));
  for (auto& [heading, text] : out.form) {
    heading = form.Bytes();
    text = form.Bytes();
  }
  KS_RETURN_IF_ERROR(form.Finish());
  return out;
}

absl::StatusOr<std::string> Replay(std::shared_ptr<const policy::ActiveSet> set,
                                   absl::string_view bytes) {
  KS_ASSIGN_OR_RETURN(const RecordedDecision recorded, ReadDecision(bytes));
  const DecisionInput& in = recorded.input;
  if (in.set_digest != set->digest())
    return absl::FailedPreconditionError(absl::StrCat(
        "policy: these are not the agreements and law that were in force then; "
        "the entry names the set ",
        in.set_digest));
  set = policy::Suspend(std::move(set), in.suspended);
  return RecordDecision(*set, in.ask, in.deciding,
                        policy::Decide(*set, in.ask, in.deciding), in.context);
}

}  // namespace kinstile::share
