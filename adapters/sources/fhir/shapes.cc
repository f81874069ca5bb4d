// SPDX-License-Identifier: Apache-2.0
// UK Core profiles of Patient, RelatedPerson and Group (FHIR R4, 4.0.1).
#include "adapters/sources/fhir/shapes.h"

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::RawPerson;

constexpr absl::string_view kNhsNumber = "https://fhir.nhs.uk/Id/nhs-number";
// UK Core's extension, and that of CareConnect before it.
constexpr absl::string_view kVerification = "NHSNumberVerificationStatus";
constexpr absl::string_view kAddressKey = "AddressKey";
constexpr absl::string_view kConfidentiality = "v3-Confidentiality";

// A member, or null: nlohmann's own operator[] would need the type checked.
const FhirJson& At(const FhirJson& object, absl::string_view member) {
  static const FhirJson kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(std::string(member));
  return found == object.end() ? kNull : *found;
}

// The elements of a list; of anything else none.
const FhirJson& List(const FhirJson& object, absl::string_view member) {
  static const FhirJson kNone = FhirJson::array();
  const FhirJson& list = At(object, member);
  return list.is_array() ? list : kNone;
}

bool IsOneOf(absl::string_view text,
             std::initializer_list<absl::string_view> of) {
  return absl::c_linear_search(of, text);
}

// The element with the first of these uses that there is ("" for none said).
const FhirJson& WithUse(const FhirJson& list,
                        std::initializer_list<absl::string_view> uses) {
  static const FhirJson kNull;
  for (absl::string_view use : uses)
    for (const FhirJson& element : list)
      if (element.is_object() && FhirText(element, "use") == use)
        return element;
  return kNull;
}

void ReadNames(const FhirJson& resource, RawPerson& person) {
  const FhirJson& names = List(resource, "name");
  const FhirJson& now = WithUse(names, {"official", "usual", ""});
  person.surname = Pii<>(FhirText(now, "family"));
  std::string middle;
  size_t k = 0;
  for (const FhirJson& given : List(now, "given")) {
    if (!given.is_string()) continue;
    const auto& text = given.get_ref<const std::string&>();
    if (k++ == 0)
      person.forename = Pii<>(text);
    else
      absl::StrAppend(&middle, middle.empty() ? "" : " ", text);
  }
  person.middle = Pii<>(std::move(middle));
  person.previous_surname =
      Pii<>(FhirText(WithUse(names, {"maiden", "old"}), "family"));
}

void ReadAddress(const FhirJson& resource, RawPerson& person) {
  const FhirJson& addresses = List(resource, "address");
  const FhirJson& now = WithUse(addresses, {"home", ""});
  person.postcode = Pii<>(FhirText(now, "postalCode"));
  for (const FhirJson& line : List(now, "line")) {
    if (!line.is_string() || line.empty()) continue;
    person.address_line = Pii<>(line.get<std::string>());
    break;
  }
  person.previous_postcode =
      Pii<>(FhirText(WithUse(addresses, {"old"}), "postalCode"));
  for (const FhirJson& extension : List(now, "extension")) {
    if (!absl::EndsWith(FhirText(extension, "url"), kAddressKey)) continue;
    bool uprn = false;
    std::string value;
    for (const FhirJson& part : List(extension, "extension")) {
      if (FhirText(part, "url") == "type")
        uprn = FhirText(At(part, "valueCoding"), "code") == "UPRN";
      if (FhirText(part, "url") == "value")
        value = FhirText(part, "valueString");
    }
    if (uprn) person.uprn = Pii<>(std::move(value));
  }
}

void ReadNhsNumber(const FhirJson& resource, RawPerson& person) {
  for (const FhirJson& identifier : List(resource, "identifier")) {
    if (FhirText(identifier, "system") != kNhsNumber ||
        FhirText(identifier, "use") == "old")
      continue;
    person.nhs_number = Pii<>(FhirText(identifier, "value"));
    for (const FhirJson& extension : List(identifier, "extension")) {
      if (!absl::EndsWith(FhirText(extension, "url"), kVerification)) continue;
      for (const FhirJson& coding :
           List(At(extension, "valueCodeableConcept"), "coding"))
        if (IsOneOf(FhirText(coding, "code"),
                    {"number-present-and-verified", "01"}))
          person.nhs_verified = true;
    }
    return;
  }
}

bool Matches(const FhirJson& element, absl::string_view condition) {
  if (condition.empty()) return true;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(condition, absl::MaxSplits('=', 1));
  return FhirText(element, parts.first) == parts.second;
}

Pii<> Find(const FhirJson& at, absl::string_view path) {
  if (at.is_array()) {
    for (const FhirJson& element : at)
      if (Pii<> found = Find(element, path); !found.empty()) return found;
    return Pii<>();
  }
  if (path.empty()) {
    if (at.is_string()) return Pii<>(at.get<std::string>());
    if (at.is_boolean())
      return Pii<>(std::string(at.get<bool>() ? "yes" : "no"));
    if (at.is_number()) return Pii<>(at.dump());
    return Pii<>();
  }
  // A condition may hold dots: up to its end it belongs to this step.
  const size_t open = path.find_first_of(".[");
  size_t end = open;
  absl::string_view condition;
  if (open != absl::string_view::npos && path[open] == '[') {
    end = path.find(']', open);
    if (end == absl::string_view::npos) return Pii<>();
    condition = path.substr(open + 1, end - open - 1);
    ++end;
  }
  const absl::string_view rest =
      end >= path.size() ? "" : path.substr(end + (path[end] == '.' ? 1 : 0));
  const FhirJson& next = At(at, path.substr(0, open));
  if (!next.is_array())
    return Matches(next, condition) ? Find(next, rest) : Pii<>();
  for (const FhirJson& element : next)
    if (Matches(element, condition))
      if (Pii<> found = Find(element, rest); !found.empty()) return found;
  return Pii<>();
}

}  // namespace

std::string FhirText(const FhirJson& object, absl::string_view member) {
  const FhirJson& value = At(object, member);
  return value.is_string() ? value.get<std::string>() : "";
}

RawPerson FhirPerson(const FhirJson& resource) {
  RawPerson person;
  ReadNames(resource, person);
  ReadAddress(resource, person);
  ReadNhsNumber(resource, person);
  const std::string gender = FhirText(resource, "gender");
  if (gender == "male") person.sex = Pii<>(std::string("M"));
  if (gender == "female") person.sex = Pii<>(std::string("F"));
  person.birth_date = Pii<>(FhirText(resource, "birthDate"));
  // v3-RoleCode of who is a parent; other relations say nothing of a household.
  for (const FhirJson& relation : List(resource, "relationship"))
    for (const FhirJson& coding : List(relation, "coding"))
      if (IsOneOf(FhirText(coding, "code"),
                  {"MTH", "FTH", "PRN", "NMTH", "NFTH", "STPPRN", "ADOPTP"}))
        person.role = Pii<>(std::string("parent"));
  return person;
}

bool FhirShielded(const FhirJson& resource, const FhirShapes& shapes) {
  for (const FhirJson& label : List(At(resource, "meta"), "security"))
    if (absl::EndsWith(FhirText(label, "system"), kConfidentiality) &&
        absl::c_linear_search(shapes.shielded_codes, FhirText(label, "code")))
      return true;
  return false;
}

bool FhirRetired(const FhirJson& resource) {
  const FhirJson& active = At(resource, "active");
  if (active.is_boolean() && !active.get<bool>()) return true;
  for (const FhirJson& link : List(resource, "link"))
    if (FhirText(link, "type") == "replaced-by") return true;
  return false;
}

std::string FhirReference(const FhirJson& reference) {
  const std::string text = FhirText(reference, "reference");
  std::vector<absl::string_view> part = absl::StrSplit(text, '/');
  // A version follows: Type/id/_history/1.
  if (part.size() > 3 && part[part.size() - 2] == "_history")
    part.resize(part.size() - 2);
  if (part.size() < 2 || part.back().empty()) return "";
  return absl::StrCat(part[part.size() - 2], "/", part.back());
}

std::vector<std::string> FhirMembers(const FhirJson& group) {
  std::vector<std::string> members;
  const FhirJson& actual = At(group, "actual");
  if (FhirText(group, "type") != "person" || FhirRetired(group) ||
      (actual.is_boolean() && !actual.get<bool>()))
    return members;
  for (const FhirJson& member : List(group, "member")) {
    const FhirJson& inactive = At(member, "inactive");
    if (inactive.is_boolean() && inactive.get<bool>()) continue;
    std::string who = FhirReference(At(member, "entity"));
    if (absl::StartsWith(who, "Patient/") ||
        absl::StartsWith(who, "RelatedPerson/"))
      members.push_back(std::move(who));
  }
  return members;
}

Pii<> FhirPath(const FhirJson& resource, absl::string_view path) {
  return path.empty() ? Pii<>() : Find(resource, path);
}

}  // namespace kinstile::sources
