// SPDX-License-Identifier: Apache-2.0
// Reads what the catalogue says of the answers to layers 2 to 4, and its words.

#include <google/protobuf/descriptor.h>

#include "absl/strings/str_cat.h"
#include "kinstile/v1/law.pb.h"
#include "policy/loader_law.h"

namespace kinstile::policy::internal {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

// The answer that a provision is about, by reflection: which field of the
// oneof, and its value.
const EnumValueDescriptor* AnswerOf(const v1::Provision& provision,
                                    int* field_number) {
  const auto* answer = v1::Provision::descriptor()->FindOneofByName("answer");
  const auto* reflection = provision.GetReflection();
  const FieldDescriptor* field =
      reflection->GetOneofFieldDescriptor(provision, answer);
  if (field == nullptr) return nullptr;
  *field_number = field->number();
  return reflection->GetEnum(provision, field);
}

// A word that a vocabulary explains once.
template <class Term>
void CheckTerm(const Term& term, const EnumValueDescriptor& value,
               const Node& at, std::map<int, const Term*>* seen,
               Report* report) {
  if (value.number() == 0) {
    report->Error("LP008", at.here(), "a term names no word");
    return;
  }
  if (term.label().empty() || term.plain().empty()) {
    report->Error(
        "LP008", at.here(),
        absl::StrCat("term ", value.name(), " needs `label` and `plain`"));
  }
  if (!seen->emplace(value.number(), &term).second) {
    report->Error("LP007", at.here(),
                  absl::StrCat("term ", value.name(), " given twice"));
  }
}

template <class Enum>
const EnumValueDescriptor& Value(const EnumDescriptor* type, Enum value) {
  return *type->FindValueByNumber(value);
}

void CheckItem(const v1::ItemTerm& item, const Node& at, Law* law,
               Report* report) {
  if (item.item().empty()) {
    report->Error("LP008", at.here(), "an item needs `item`");
  }
  if (item.category() == v1::DATA_CATEGORY_UNSPECIFIED ||
      item.label().empty() || item.plain().empty()) {
    report->Error("LP008", at.here(),
                  absl::StrCat("item ", item.item(),
                               " needs `category`, `label` and `plain`"));
  }
  absl::CivilDay retired;
  if (!item.retired().empty() && !ParseDay(item.retired(), &retired)) {
    report->Error("LP008", at.At("retired"),
                  "`retired` is not a day YYYY-MM-DD");
  }
  if (!law->items.emplace(item.item(), &item).second) {
    report->Error("LP007", at.At("item"),
                  absl::StrCat("item ", item.item(), " given twice"));
  }
}

}  // namespace

std::string AnswerName(const v1::Provision& provision) {
  int field = 0;
  const EnumValueDescriptor* answer = AnswerOf(provision, &field);
  return answer == nullptr ? "" : answer->name();
}

void ReadProvisions(const v1::GatewayCatalogue& file, const Node& node,
                    const LoadOptions& options, Law* law, Report* report) {
  for (int i = 0; i < file.provision_size(); ++i) {
    const v1::Provision& provision = file.provision(i);
    const Node at = node.Child("provision", i);
    int field = 0;
    const EnumValueDescriptor* answer = AnswerOf(provision, &field);
    if (answer == nullptr || answer->number() == 0) {
      report->Error("LP008", at.here(),
                    "a provision does not say which answer it is about");
      continue;
    }
    const std::string what = absl::StrCat("provision ", answer->name());
    if (provision.title().empty() || provision.plain().empty()) {
      report->Error("LP008", at.here(),
                    absl::StrCat(what, " needs `title` and `plain`"));
    }
    CheckSpans(provision.in_force(), at, report);
    CheckVerified(what,
                  provision.has_verified() ? &provision.verified() : nullptr,
                  at, options, report);
    if (!law->provisions.emplace(std::pair(field, answer->number()), &provision)
             .second) {
      report->Error("LP007", at.here(), absl::StrCat(what, " given twice"));
    }
  }
}

void ReadTerms(const v1::GatewayCatalogue& file, const Node& node, Law* law,
               Report* report) {
  std::map<int, const v1::PurposeTerm*> purposes;
  for (int i = 0; i < file.purpose_size(); ++i) {
    const v1::PurposeTerm& term = file.purpose(i);
    CheckTerm(term, Value(v1::Purpose_descriptor(), term.purpose()),
              node.Child("purpose", i), &purposes, report);
  }
  std::map<int, const v1::AgencyTerm*> agencies;
  for (int i = 0; i < file.agency_size(); ++i) {
    const v1::AgencyTerm& term = file.agency(i);
    CheckTerm(term, Value(v1::AgencyType_descriptor(), term.type()),
              node.Child("agency", i), &agencies, report);
  }
  for (int i = 0; i < file.category_size(); ++i) {
    const v1::CategoryTerm& term = file.category(i);
    const Node at = node.Child("category", i);
    CheckTerm(term, Value(v1::DataCategory_descriptor(), term.category()), at,
              &law->categories, report);
    if (term.sensitivity() == v1::SENSITIVITY_UNSPECIFIED) {
      report->Error(
          "LP008", at.here(),
          absl::StrCat("term ", v1::DataCategory_Name(term.category()),
                       " needs `sensitivity`"));
    }
  }
  for (int i = 0; i < file.item_size(); ++i) {
    CheckItem(file.item(i), node.Child("item", i), law, report);
  }
}

}  // namespace kinstile::policy::internal
