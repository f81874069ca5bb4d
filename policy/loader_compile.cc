// SPDX-License-Identifier: Apache-2.0
// From a checked message to the plain structs that decisions read.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "kinstile/v1/agreement.pb.h"
#include "kinstile/v1/law.pb.h"
#include "policy/loader_agreement.h"

namespace kinstile::policy::internal {
namespace {

// The numbers of the two vocabularies are the same; a test holds them so.
template <class To, class List>
std::vector<To> Enums(const List& list) {
  std::vector<To> out;
  for (int value : list) out.push_back(static_cast<To>(value));
  return out;
}

template <class List>
std::vector<std::string> Strings(const List& list) {
  return {list.begin(), list.end()};
}

Basis CompileBasis(const v1::Agreement::LegalBasis& in,
                   const v1::Gateway& gateway) {
  Basis out;
  out.id = in.id();
  out.gateway = gateway.id();
  out.gateway_title = gateway.title();
  out.provision = in.provision();
  out.article6_sender = static_cast<Article6>(in.article6_sender());
  out.article6_receiver = static_cast<Article6>(in.article6_receiver());
  if (in.recognised_interest() != v1::RECOGNISED_INTEREST_UNSPECIFIED) {
    out.recognised_interest =
        static_cast<RecognisedInterest>(in.recognised_interest());
  }
  out.article9 = static_cast<Article9>(in.article9());
  out.schedule1 = static_cast<Schedule1>(in.schedule1());
  if (in.criminal_offence_data() != v1::SCHEDULE1_UNSPECIFIED) {
    out.criminal_offence_data =
        static_cast<Schedule1>(in.criminal_offence_data());
  }
  out.confidence = static_cast<Confidence>(in.confidence());
  for (const auto& bar : in.bar()) {
    out.bars.push_back(
        {static_cast<StatutoryBar>(bar.bar()), bar.answered_by()});
  }
  out.necessity = in.necessity();
  return out;
}

Governance CompileGovernance(const v1::Agreement::Governance& in) {
  Governance out;
  out.dpia_ref = in.dpia_ref();
  absl::CivilDay reviewed;
  if (ParseDay(in.dpia_reviewed(), &reviewed)) out.dpia_reviewed = reviewed;
  out.privacy_notice_url = in.privacy_notice_url();
  out.rights_contact = in.rights_contact();
  out.breach_contact = in.breach_contact();
  out.breach_hours = in.breach_hours();
  out.appropriate_policy_document = in.appropriate_policy_document();
  out.public_register_ref = in.public_register_ref();
  out.dpo_advice = in.dpo_advice();
  out.security_standard = in.security_standard();
  out.complaints = in.complaints();
  out.ending = in.ending();
  out.accuracy = in.accuracy();
  out.owner_post = in.owner_post();
  return out;
}

template <class Nations>
Party CompileParty(const v1::Agreement::Party& in, const Nations& nations,
                   const Agencies* agencies) {
  Party out;
  out.id = in.id();
  out.type = static_cast<AgencyType>(in.type());
  out.name = in.name();
  out.public_authority = in.public_authority();
  out.role = static_cast<Party::Role>(in.role());
  out.signatory_post = in.signatory_post();
  out.dpo_contact = in.dpo_contact();
  out.ico_registration = in.ico_registration();
  out.caldicott_guardian = in.caldicott_guardian();
  const Agency* agency = agencies ? agencies->Find(in.id()) : nullptr;
  out.carries_out = agencies == nullptr ? ObligationKinds::All()
                    : agency != nullptr ? agency->carries_out
                                        : ObligationKinds();
  if (agency != nullptr) out.nations = agency->nations;
  // Without a register nobody is known to work anywhere else.
  if (agencies == nullptr) out.nations = Enums<Jurisdiction>(nations);
  return out;
}

// What is not met when the condition is not shown: what the gateway itself
// requires is part of the power, what answers confidence is confidence.
Layer LayerOf(v1::ConditionKind kind, const v1::Agreement::LegalBasis& basis,
              const v1::Gateway& gateway) {
  switch (kind) {
    case v1::CONSENT_RECORDED:
    case v1::CAG_REFERENCE_CURRENT:
    case v1::NATIONAL_DATA_OPT_OUT_CHECKED:
    case v1::CALDICOTT_APPROVED:
      if (basis.confidence() != v1::NO_DUTY_OF_CONFIDENCE) {
        return Layer::kConfidence;
      }
      break;
    case v1::DPIA_CURRENT:
    case v1::PRIVACY_NOTICE_GIVEN:
    case v1::APPROPRIATE_POLICY_DOCUMENT:
      return Layer::kDataProtection;
    default:
      break;
  }
  const auto& required = gateway.always_requires();
  if (std::find(required.begin(), required.end(), kind) != required.end()) {
    return Layer::kPower;
  }
  return Layer::kCondition;
}

Flow CompileFlow(const v1::Agreement& agreement,
                 const v1::Agreement::ShareRule& in, const Law& law) {
  Flow out;
  out.id = in.id();
  out.plain = in.plain();
  out.plain_cy = in.plain_cy();
  out.from = in.from();
  out.to = in.to();
  out.roles = Strings(in.to_roles());
  out.purposes = Enums<Purpose>(in.purpose());
  out.mode = static_cast<Mode>(in.mode());
  out.about = in.about();
  for (const auto& item : in.item()) {
    out.items.push_back(
        {item.item(), static_cast<DataCategory>(item.category()),
         static_cast<Granularity>(item.as()),
         item.has_look_back_days()
             ? std::optional<int64_t>(item.look_back_days())
             : std::nullopt,
         item.why_needed(), static_cast<Nature>(item.nature())});
  }
  const auto basis =
      std::find_if(agreement.basis().begin(), agreement.basis().end(),
                   [&](const auto& b) { return b.id() == in.basis(); });
  const v1::Gateway& gateway = *law.gateways.at(basis->gateway());
  out.basis = CompileBasis(*basis, gateway);
  for (const auto& condition : in.only_if()) {
    out.conditions.push_back(
        {static_cast<ConditionKind>(condition.kind()),
         condition.has_number() ? std::optional<int64_t>(condition.number())
                                : std::nullopt,
         condition.text(),
         condition.decided_by() == v1::Agreement::Condition::SOURCE,
         LayerOf(condition.kind(), *basis, gateway)});
  }
  for (const auto& obligation : in.then()) {
    out.obligations.push_back({static_cast<ObligationKind>(obligation.kind()),
                               obligation.has_number()
                                   ? std::optional<int64_t>(obligation.number())
                                   : std::nullopt,
                               obligation.text()});
  }
  out.keep_days = in.keep_days();
  out.may_pass_on_to = Strings(in.may_pass_on_to());
  out.max_people = in.max_people_per_request();
  if (in.has_max_requests_per_day()) {
    out.max_requests_per_day = in.max_requests_per_day();
  }
  return out;
}

}  // namespace

Agreement Compile(const v1::Agreement& in, const Law& law,
                  const Agencies* agencies, std::string digest) {
  Agreement out;
  out.id = in.id();
  out.version = in.version();
  out.title = in.title();
  out.title_cy = in.title_cy();
  out.plain_summary = in.plain_summary();
  out.plain_summary_cy = in.plain_summary_cy();
  out.programme = in.programme();
  out.kind = static_cast<Agreement::Kind>(in.kind());
  out.area = in.lifecycle().area();
  out.nations = Enums<Jurisdiction>(in.jurisdiction());
  out.catalogue_version = in.catalogue_version();
  out.supersedes = in.lifecycle().supersedes_sha256();
  out.digest = std::move(digest);
  out.draft = in.lifecycle().status() == v1::Agreement::Lifecycle::DRAFT;
  ParseDay(in.lifecycle().effective_from(), &out.effective_from);
  ParseDay(in.lifecycle().review_due(), &out.review_due);
  ParseDay(in.lifecycle().expires(), &out.expires);
  for (const auto& party : in.party()) {
    out.parties.push_back(CompileParty(party, in.jurisdiction(), agencies));
  }
  for (const auto& basis : in.basis()) {
    out.bases.push_back(CompileBasis(basis, *law.gateways.at(basis.gateway())));
  }
  for (const auto& flow : in.share()) {
    out.flows.push_back(CompileFlow(in, flow, law));
  }
  for (const auto& never : in.never()) {
    out.prohibitions.push_back(
        {never.id(), never.plain(), never.plain_cy(), Strings(never.to()),
         Enums<Purpose>(never.purpose()), Enums<DataCategory>(never.category()),
         Strings(never.item()), static_cast<Layer>(never.layer())});
  }
  out.governance = CompileGovernance(in.governance());
  const v1::Agreement::DisclosureControl& counts = in.disclosure_control();
  out.disclosure = {counts.suppress_below(), counts.round_to(),
                    counts.secondary_suppression(), counts.show_zero()};
  for (const auto& change : in.change()) {
    out.changes.push_back(
        {change.version(), change.on(), change.who(), change.what()});
  }
  // Decisions must not depend on the order in which rules were written.
  auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(out.flows.begin(), out.flows.end(), by_id);
  std::sort(out.prohibitions.begin(), out.prohibitions.end(), by_id);
  return out;
}

}  // namespace kinstile::policy::internal
