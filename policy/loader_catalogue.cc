// SPDX-License-Identifier: Apache-2.0
// From checked messages to the catalogue that analyses and documents read.

#include <algorithm>

#include "kinstile/v1/law.pb.h"
#include "policy/loader_law.h"

namespace kinstile::policy::internal {
namespace {

template <class To, class List>
std::vector<To> CatalogueEnums(const List& list) {
  std::vector<To> out;
  for (int value : list) out.push_back(static_cast<To>(value));
  return out;
}

std::optional<absl::CivilDay> DayOf(const std::string& text) {
  absl::CivilDay day;
  if (!ParseDay(text, &day)) return std::nullopt;
  return day;
}

std::vector<InForce> Spans(
    const google::protobuf::RepeatedPtrField<v1::InForce>& in) {
  std::vector<InForce> out;
  for (const v1::InForce& span : in) {
    out.push_back({static_cast<Jurisdiction>(span.where()),
                   DayOf(span.from()).value_or(absl::CivilDay::max()),
                   DayOf(span.to()), span.note()});
  }
  return out;
}

Provision CompileProvision(absl::string_view answer, const v1::Provision& in) {
  Provision out;
  out.answer = std::string(answer);
  out.title = in.title();
  out.citation_url = in.citation_url();
  out.plain = in.plain();
  out.in_force = Spans(in.in_force());
  out.not_for_public_authority = in.not_for_public_authority();
  out.needs_policy_document = in.needs_policy_document();
  out.binds = CatalogueEnums<AgencyType>(in.binds());
  out.kept_by_not_passing_on = in.kept_by_not_passing_on();
  out.always_requires = CatalogueEnums<ConditionKind>(in.always_requires());
  out.offence = in.offence();
  out.verified_on = DayOf(in.verified().on()).value_or(absl::CivilDay::min());
  out.certainty = static_cast<Certainty>(in.verified().certainty());
  return out;
}

Gateway CompileGateway(const v1::Gateway& in) {
  Gateway out;
  out.id = in.id();
  out.title = in.title();
  out.citation_url = in.citation_url();
  out.plain = in.plain();
  out.strength = static_cast<GatewayStrength>(in.strength());
  out.in_force = Spans(in.in_force());
  out.may_disclose = CatalogueEnums<AgencyType>(in.may_disclose());
  out.may_receive = CatalogueEnums<AgencyType>(in.may_receive());
  out.purposes = CatalogueEnums<Purpose>(in.purposes());
  out.never_covers = CatalogueEnums<DataCategory>(in.never_covers());
  out.satisfies_bar = CatalogueEnums<StatutoryBar>(in.satisfies_bar());
  out.always_requires = CatalogueEnums<ConditionKind>(in.always_requires());
  out.overrides_confidence = in.overrides_confidence();
  out.offence_for_misuse = in.offence_for_misuse();
  for (const v1::Fate& fate : in.became()) {
    out.became.push_back({static_cast<Jurisdiction>(fate.where()),
                          fate.now(),
                          {fate.instead().begin(), fate.instead().end()}});
  }
  out.verified_on = DayOf(in.verified().on()).value_or(absl::CivilDay::min());
  out.verified_by = in.verified().by();
  out.certainty = static_cast<Certainty>(in.verified().certainty());
  out.source = in.verified().source();
  return out;
}

ItemTerm CompileItem(const v1::ItemTerm& in) {
  ItemTerm out;
  out.item = in.item();
  out.category = static_cast<DataCategory>(in.category());
  out.label = in.label();
  out.plain = in.plain();
  out.free_text = in.free_text();
  out.grains = CatalogueEnums<Granularity>(in.as());
  out.retired = DayOf(in.retired());
  return out;
}

}  // namespace

Catalogue CompileCatalogue(const Law& law) {
  Catalogue out;
  out.version = law.version;
  for (const auto& file : law.files) {
    for (const v1::Gateway& each : file->gateway()) {
      out.gateways.push_back(CompileGateway(each));
    }
    for (const v1::Provision& each : file->provision()) {
      out.provisions.push_back(CompileProvision(AnswerName(each), each));
    }
    for (const v1::ItemTerm& each : file->item()) {
      out.items.push_back(CompileItem(each));
    }
    for (const v1::CategoryTerm& each : file->category()) {
      out.categories.push_back({static_cast<DataCategory>(each.category()),
                                each.label(), each.plain(),
                                static_cast<Sensitivity>(each.sensitivity())});
    }
    for (const v1::PurposeTerm& each : file->purpose()) {
      out.purposes.push_back(
          {static_cast<Purpose>(each.purpose()), each.label(), each.plain()});
    }
    for (const v1::AgencyTerm& each : file->agency()) {
      out.agencies.push_back(
          {static_cast<AgencyType>(each.type()), each.label(), each.plain()});
    }
  }
  std::sort(out.gateways.begin(), out.gateways.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  std::sort(out.items.begin(), out.items.end(),
            [](const auto& a, const auto& b) { return a.item < b.item; });
  return out;
}

}  // namespace kinstile::policy::internal
