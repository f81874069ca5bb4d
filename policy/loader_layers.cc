// SPDX-License-Identifier: Apache-2.0
// Holds a flow's answers on data protection, confidence and bars against the
// law: one check for every answer, and one for every layer.

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "kinstile/v1/agreement.pb.h"
#include "kinstile/v1/law.pb.h"
#include "policy/loader_agreement.h"

namespace kinstile::policy::internal {
namespace {

using v1::Agreement;
using v1::Provision;

class Layers {
 public:
  Layers(const FlowContext& c, const LoadOptions& options, Report* report)
      : c_(c), options_(options), report_(report) {}

  void Run() {
    Answers();
    Article6(c_.from, c_.basis.article6_sender(), "article6_sender");
    Article6(c_.to, c_.basis.article6_receiver(), "article6_receiver");
    SpecialCategories();
    ConfidenceLayer();
    Bars();
  }

 private:
  template <class... Parts>
  void Error(const char* code, Place place, const Parts&... parts) {
    report_->Error(code, place,
                   absl::StrCat("rule ", c_.flow.id(), ": ", parts...));
  }

  const Provision* Find(int field, int value) const {
    const auto found = c_.law.provisions.find({field, value});
    return found == c_.law.provisions.end() ? nullptr : found->second;
  }

  // Each answer that the basis gives, by what the catalogue says of it.
  void Answers() {
    const Agreement::LegalBasis& b = c_.basis;
    Answer(Provision::kArticle6FieldNumber, b.article6_sender(),
           v1::Article6_Name(b.article6_sender()), "article6_sender");
    Answer(Provision::kArticle6FieldNumber, b.article6_receiver(),
           v1::Article6_Name(b.article6_receiver()), "article6_receiver");
    Answer(Provision::kRecognisedInterestFieldNumber, b.recognised_interest(),
           v1::RecognisedInterest_Name(b.recognised_interest()),
           "recognised_interest");
    Answer(Provision::kArticle9FieldNumber, b.article9(),
           v1::Article9_Name(b.article9()), "article9");
    Answer(Provision::kSchedule1FieldNumber, b.schedule1(),
           v1::Schedule1_Name(b.schedule1()), "schedule1");
    Answer(Provision::kSchedule1FieldNumber, b.criminal_offence_data(),
           v1::Schedule1_Name(b.criminal_offence_data()),
           "criminal_offence_data");
    Answer(Provision::kConfidenceFieldNumber, b.confidence(),
           v1::Confidence_Name(b.confidence()), "confidence");
    for (int i = 0; i < b.bar_size(); ++i) {
      Answer(Provision::kBarFieldNumber, b.bar(i).bar(),
             v1::StatutoryBar_Name(b.bar(i).bar()), "bar", i);
    }
  }

  void Answer(int field, int value, const std::string& name, const char* at,
              int index = -1) {
    if (value == 0) return;  // missing, or not needed: told elsewhere
    const Place place = c_.basis_at.At(at, index);
    const Provision* law = Find(field, value);
    if (law == nullptr) {
      Error("LP101", place, "no provision ", name, " in the catalogue");
      return;
    }
    InForce(*law, name, place);
    for (int kind : law->always_requires()) {
      if (c_.Requires(kind)) continue;
      Error("LP124", c_.at.here(), "rests on ", name, " without ",
            v1::ConditionKind_Name(static_cast<v1::ConditionKind>(kind)),
            kind == v1::CONSENT_RECORDED
                ? "; agreeing to a programme is not consent to disclosure"
                : "");
    }
    if (law->needs_policy_document() &&
        c_.agreement.governance().appropriate_policy_document().empty()) {
      Error("LP114", place, law->title(),
            " needs an appropriate policy document: say which in "
            "`appropriate_policy_document`");
    }
    if (!options_.demo_mode && law->verified().certainty() != v1::SIGNED_OFF) {
      Error("LP109", place, "no lawyer has signed provision ", name,
            ": it loads in demo mode only");
    }
  }

  void InForce(const Provision& law, const std::string& name, Place place) {
    absl::CivilDay first, last;
    if (!ParseDay(c_.agreement.lifecycle().effective_from(), &first) ||
        !ParseDay(c_.agreement.lifecycle().expires(), &last)) {
      return;  // reported as a missing date
    }
    for (int nation : c_.agreement.jurisdiction()) {
      bool ever = false;
      if (InForceThroughout(law.in_force(), nation, first, last, &ever)) {
        continue;
      }
      Error("LP102", place, name,
            ever ? " is not in force for the whole life of the agreement in "
                 : " is not in force in ",
            v1::Jurisdiction_Name(static_cast<v1::Jurisdiction>(nation)));
    }
  }

  void Article6(const Agreement::Party& party, v1::Article6 article,
                const char* field) {
    const Provision* law = Find(Provision::kArticle6FieldNumber, article);
    if (article == v1::A6_1_EA_RECOGNISED_LEGITIMATE_INTEREST &&
        c_.basis.recognised_interest() == v1::RECOGNISED_INTEREST_UNSPECIFIED) {
      Error("LP110", c_.basis_at.At(field), "basis ", c_.basis.id(),
            " does not say which `recognised_interest`");
    }
    if (!party.public_authority()) return;
    if (law != nullptr && law->not_for_public_authority()) {
      Error("LP110", c_.basis_at.At(field), "public authority ", party.id(),
            " cannot rely on ", v1::Article6_Name(article));
    } else if (article == v1::A6_1_A_CONSENT) {
      report_->Warn(
          "LP111", c_.basis_at.At(field),
          absl::StrCat("rule ", c_.flow.id(), ": public authority ", party.id(),
                       " relies on consent under Article 6"));
    }
  }

  void SpecialCategories() {
    bool special = false, offences = false;
    for (int i = 0; i < c_.flow.item_size(); ++i) {
      const v1::DataCategory category = c_.flow.item(i).category();
      const auto term = c_.law.categories.find(category);
      if (term == c_.law.categories.end()) {
        if (category == v1::DATA_CATEGORY_UNSPECIFIED) continue;
        Error("LP101", c_.at.Child("item", i).At("category"), "no category ",
              v1::DataCategory_Name(category), " in the catalogue");
        continue;
      }
      special |= term->second->sensitivity() == v1::SPECIAL_CATEGORY;
      offences |= term->second->sensitivity() == v1::CRIMINAL_OFFENCE;
    }
    if (c_.basis.article9() == v1::A9_NOT_SPECIAL_CATEGORY && special) {
      Error("LP112", c_.at.At("item"),
            "shares special category data, but basis ", c_.basis.id(),
            " names no Article 9 condition");
    }
    if (offences && c_.basis.criminal_offence_data() <= v1::S1_NOT_NEEDED) {
      Error("LP113", c_.at.At("item"), "shares offence data, but basis ",
            c_.basis.id(), " names no Schedule 1 condition for it in ",
            "`criminal_offence_data`");
    }
  }

  void ConfidenceLayer() {
    const v1::Confidence answer = c_.basis.confidence();
    if (answer == v1::NO_DUTY_OF_CONFIDENCE &&
        OwesHealthConfidence(c_.from.type())) {
      Error("LP122", c_.basis_at.At("confidence"),
            "a health body owes confidence, and basis ", c_.basis.id(),
            " does not answer it");
    }
    if (answer == v1::STATUTE_OVERRIDES && !c_.gateway.overrides_confidence()) {
      Error("LP123", c_.basis_at.At("confidence"), "gateway ", c_.gateway.id(),
            " does not override confidence");
    }
  }

  void Bars() {
    for (int i = 0; i < c_.basis.bar_size(); ++i) {
      const v1::StatutoryBar bar = c_.basis.bar(i).bar();
      const Provision* law = Find(Provision::kBarFieldNumber, bar);
      const bool by_law = std::count(c_.gateway.satisfies_bar().begin(),
                                     c_.gateway.satisfies_bar().end(), bar) > 0;
      const bool by_keeping = law != nullptr && law->kept_by_not_passing_on() &&
                              c_.flow.may_pass_on_to().empty() &&
                              c_.Obliges(v1::NO_ONWARD_SHARING);
      if (by_law || by_keeping) continue;
      Error("LP121", c_.basis_at.Child("bar", i).here(), "gateway ",
            c_.gateway.id(), " does not answer ", v1::StatutoryBar_Name(bar));
    }
    for (const auto& [key, law] : c_.law.provisions) {
      if (key.first != Provision::kBarFieldNumber) continue;
      const bool binds = std::count(law->binds().begin(), law->binds().end(),
                                    c_.from.type()) > 0;
      const bool answered = std::any_of(
          c_.basis.bar().begin(), c_.basis.bar().end(),
          [bar = key.second](const auto& b) { return b.bar() == bar; });
      if (!binds || answered) continue;
      Error("LP120", c_.at.At("basis"), v1::StatutoryBar_Name(law->bar()),
            " binds ", c_.from.id(), ", and basis ", c_.basis.id(),
            " does not answer it");
    }
  }

  const FlowContext& c_;
  const LoadOptions& options_;
  Report* report_;
};

}  // namespace

bool OwesHealthConfidence(int type) {
  switch (type) {
    case v1::NHS_TRUST:
    case v1::GENERAL_PRACTICE:
    case v1::INTEGRATED_CARE_BOARD:
    case v1::LOCAL_HEALTH_BOARD:
    case v1::SCOTTISH_HEALTH_BOARD:
      return true;
    default:
      return false;
  }
}

void CheckLayers(const FlowContext& context, const LoadOptions& options,
                 Report* report) {
  Layers(context, options, report).Run();
}

}  // namespace kinstile::policy::internal
