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
  out.article6_sender = v1::Article6_Name(in.article6_sender());
  out.article6_receiver = v1::Article6_Name(in.article6_receiver());
  out.article9 = v1::Article9_Name(in.article9());
  out.schedule1 = v1::Schedule1_Name(in.schedule1());
  out.confidence = v1::Confidence_Name(in.confidence());
  for (const auto& bar : in.bar()) {
    out.bars.push_back(absl::StrCat(v1::StatutoryBar_Name(bar.bar()), ": ",
                                    bar.answered_by()));
  }
  out.necessity = in.necessity();
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
  out.from = in.from();
  out.to = in.to();
  out.roles = Strings(in.to_roles());
  out.purposes = Enums<Purpose>(in.purpose());
  out.mode = static_cast<Mode>(in.mode());
  out.about = in.about();
  for (const auto& item : in.item()) {
    out.items.push_back({item.item(),
                         static_cast<DataCategory>(item.category()),
                         static_cast<Granularity>(item.as()),
                         item.has_look_back_days()
                             ? std::optional<int64_t>(item.look_back_days())
                             : std::nullopt,
                         item.why_needed()});
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

Agreement Compile(const v1::Agreement& in, const Law& law, std::string digest) {
  Agreement out;
  out.id = in.id();
  out.version = in.version();
  out.title = in.title();
  out.plain_summary = in.plain_summary();
  out.programme = in.programme();
  out.area = in.lifecycle().area();
  for (int nation : in.jurisdiction()) {
    out.nations.push_back(
        v1::Jurisdiction_Name(static_cast<v1::Jurisdiction>(nation)));
  }
  out.digest = std::move(digest);
  out.draft = in.lifecycle().status() == v1::Agreement::Lifecycle::DRAFT;
  ParseDay(in.lifecycle().effective_from(), &out.effective_from);
  ParseDay(in.lifecycle().review_due(), &out.review_due);
  ParseDay(in.lifecycle().expires(), &out.expires);
  for (const auto& party : in.party()) {
    out.parties.push_back({party.id(), static_cast<AgencyType>(party.type()),
                           party.name(), party.public_authority()});
  }
  for (const auto& flow : in.share()) {
    out.flows.push_back(CompileFlow(in, flow, law));
  }
  for (const auto& never : in.never()) {
    out.prohibitions.push_back(
        {never.id(), never.plain(), Strings(never.to()),
         Enums<Purpose>(never.purpose()), Enums<DataCategory>(never.category()),
         Strings(never.item()), static_cast<Layer>(never.layer())});
  }
  // Decisions must not depend on the order in which rules were written.
  auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(out.flows.begin(), out.flows.end(), by_id);
  std::sort(out.prohibitions.begin(), out.prohibitions.end(), by_id);
  return out;
}

}  // namespace kinstile::policy::internal
