// SPDX-License-Identifier: Apache-2.0
// The published vectors of the identity specification.
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/identity/match_keys.h"
#include "adapters/identity/names.h"
#include "adapters/identity/normalise.h"
#include "gtest/gtest.h"

namespace kinstile::identity {
namespace {

using Fields = std::map<std::string, std::string>;

struct Case {
  std::string name;
  Fields in, out, keys;
  std::vector<std::string> issues;
};

std::vector<Case> ReadCases() {
  std::ifstream file(CONFORMANCE_FILE);
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.empty() || line[0] == '#' || colon == std::string::npos) continue;
    const std::string head = line.substr(0, colon);
    const std::string value = line.substr(colon + 2);
    if (head == "case")
      cases.push_back({value, {}, {}, {}, {}});
    else if (absl::StartsWith(head, "in."))
      cases.back().in[head.substr(3)] = value;
    else if (absl::StartsWith(head, "out."))
      cases.back().out[head.substr(4)] = value;
    else if (absl::StartsWith(head, "key."))
      cases.back().keys[head.substr(4)] = value;
    else if (absl::StartsWith(head, "issue."))
      cases.back().issues.push_back(absl::StrCat(head.substr(6), ": ", value));
  }
  return cases;
}

RawPerson MakeRaw(Fields in) {
  RawPerson raw;
  const std::map<std::string, Pii<>*> field = {
      {"forename", &raw.forename},
      {"middle", &raw.middle},
      {"surname", &raw.surname},
      {"previous_surname", &raw.previous_surname},
      {"sex", &raw.sex},
      {"birth_date", &raw.birth_date},
      {"birth_year", &raw.birth_year},
      {"birth_month", &raw.birth_month},
      {"birth_day", &raw.birth_day},
      {"postcode", &raw.postcode},
      {"previous_postcode", &raw.previous_postcode},
      {"house", &raw.house},
      {"street", &raw.street},
      {"address_line", &raw.address_line},
      {"uprn", &raw.uprn},
      {"nhs_number", &raw.nhs_number},
      {"nino", &raw.nino},
      {"identifier", &raw.identifier}};
  for (const auto& [name, value] : in) {
    if (name == "nhs_verified") {
      raw.nhs_verified = value == "yes";
    } else if (name == "identifier_kind") {
      raw.identifier_kind = value;
    } else if (name == "postcode_system") {
      raw.postcode_system = PostcodeSystem::kOther;
    } else {
      *field.at(name) = Pii<>(value);
    }
  }
  return raw;
}

Fields Describe(const Person& p) {
  const std::map<std::string, const Pii<>*> field = {
      {"forename", &p.forename},
      {"forename_joined", &p.forename_joined},
      {"forename_initial", &p.forename_initial},
      {"surname", &p.surname},
      {"other_surname", &p.other_surname},
      {"other_surname2", &p.other_surname2},
      {"middle", &p.middle},
      {"middle_initial", &p.middle_initial},
      {"middle_first", &p.middle_first},
      {"middle_last", &p.middle_last},
      {"sex", &p.sex},
      {"birth_year", &p.birth_year},
      {"birth_month", &p.birth_month},
      {"birth_day", &p.birth_day},
      {"postcode", &p.postcode},
      {"sector", &p.sector},
      {"district", &p.district},
      {"house", &p.house},
      {"street", &p.street},
      {"uprn", &p.uprn},
      {"nhs_number", &p.nhs_number},
      {"nino", &p.nino},
      {"identifier", &p.identifier}};
  Fields out;
  for (const auto& [name, pii] : field)
    if (!pii->empty()) out[name] = pii->Reveal(PiiAccess{});
  if (!p.forename.empty())
    out["forename_soundex"] = Soundex(p.forename.Reveal(PiiAccess{}));
  if (!p.surname.empty())
    out["surname_soundex"] = Soundex(p.surname.Reveal(PiiAccess{}));
  return out;
}

TEST(Conformance, EveryVector) {
  const std::vector<Case> cases = ReadCases();
  ASSERT_GE(cases.size(), 40u);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Normalised n = Normalise(MakeRaw(c.in), absl::CivilDay(2026, 1, 1));
    EXPECT_EQ(Describe(n.person), c.out);
    std::vector<std::string> issues;
    for (const FieldIssue& i : n.issues)
      issues.push_back(absl::StrCat(i.field, ": ", i.problem));
    EXPECT_EQ(issues, c.issues);
    Fields keys;
    for (const MatchKey& key : MatchKeys(n.person))
      keys[std::string(FindMatchKey(key.id)->name)] =
          absl::BytesToHexString(key.input.Reveal(PiiAccess{}));
    EXPECT_EQ(keys, c.keys);
  }
}

}  // namespace
}  // namespace kinstile::identity
