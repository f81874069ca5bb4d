// SPDX-License-Identifier: Apache-2.0
// A missing part skips a key; equal inputs mean the same key and parts.
#include "adapters/identity/match_keys.h"

#include <set>

#include "absl/strings/match.h"
#include "adapters/identity/normalise.h"
#include "gtest/gtest.h"

namespace kinstile::identity {
namespace {

RawPerson Whole() {
  RawPerson raw;
  auto set = [](Pii<>& field, const char* text) {
    field = Pii<>(std::string(text));
  };
  set(raw.forename, "Amina");
  set(raw.surname, "Hassan");
  set(raw.sex, "F");
  set(raw.birth_date, "1984-03-09");
  set(raw.postcode, "ZZ12 3AB");
  set(raw.house, "14");
  set(raw.street, "Mill Lane");
  set(raw.nhs_number, "9990000018");
  raw.nhs_verified = true;
  set(raw.nino, "PZ123456C");
  set(raw.identifier, "A 1");
  raw.identifier_kind = "upn";
  return raw;
}

std::set<std::string> KeyNames(const RawPerson& raw) {
  std::set<std::string> names;
  for (const MatchKey& key :
       MatchKeys(Normalise(raw, absl::CivilDay(2026, 1, 1)).person))
    names.insert(std::string(FindMatchKey(key.id)->name));
  return names;
}

using Names = std::set<std::string>;

TEST(MatchKeys, OfAWholePersonAreAllTenInOrder) {
  const auto keys =
      MatchKeys(Normalise(Whole(), absl::CivilDay(2026, 1, 1)).person);
  ASSERT_EQ(keys.size(), kMatchKeys.size());
  std::set<std::string> inputs;
  for (size_t k = 0; k < keys.size(); ++k) {
    EXPECT_EQ(keys[k].id, kMatchKeys[k].id);
    const std::string& input = keys[k].input.Reveal(PiiAccess{});
    EXPECT_TRUE(absl::StrContains(input, kMatchKeys[k].name));
    inputs.insert(input);
  }
  EXPECT_EQ(inputs.size(), keys.size());
}

TEST(MatchKeys, MissingPartSkipsEveryKeyThatNeedsIt) {
  struct {
    const char* what;
    Pii<> RawPerson::*field;
    Names gone;
  } const cases[] = {
      {"forename", &RawPerson::forename, {"D1", "B3", "C1", "C10"}},
      {"surname", &RawPerson::surname, {"B3", "C1"}},
      {"sex", &RawPerson::sex, {}},
      {"birth date", &RawPerson::birth_date, {"D1", "B3", "D2", "C17", "C20"}},
      {"postcode", &RawPerson::postcode, {"C1", "D2", "C10", "C20"}},
      {"house", &RawPerson::house, {"C10", "C17"}},
      {"street", &RawPerson::street, {"C17", "C20"}},
      {"NHS number", &RawPerson::nhs_number, {"S1-nhs-number"}},
      {"NINO", &RawPerson::nino, {"S2-nino"}},
      {"identifier", &RawPerson::identifier, {"S3-identifier"}},
  };
  for (const auto& c : cases) {
    RawPerson raw = Whole();
    raw.*c.field = Pii<>();
    Names expected = KeyNames(Whole());
    for (const std::string& name : c.gone) expected.erase(name);
    EXPECT_EQ(KeyNames(raw), expected) << c.what;
  }
}

TEST(MatchKeys, NeedAVerifiedNhsNumber) {
  RawPerson raw = Whole();
  raw.nhs_verified = false;
  EXPECT_FALSE(KeyNames(raw).contains("S1-nhs-number"));
}

TEST(MatchKeys, KeepKindsOfIdentifierApart) {
  auto input = [](const std::string& kind) {
    RawPerson raw;
    raw.identifier = Pii<>(std::string("A1"));
    raw.identifier_kind = kind;
    const auto keys =
        MatchKeys(Normalise(raw, absl::CivilDay(2026, 1, 1)).person);
    return keys.empty() ? "" : keys[0].input.Reveal(PiiAccess{});
  };
  EXPECT_NE(input("upn"), input("ssn"));
  EXPECT_EQ(input(""), "");
}

TEST(MatchKeys, IncompleteBirthDateGivesTheKeysOfWhatIsKnown) {
  RawPerson raw = Whole();
  raw.birth_date = Pii<>(std::string("1984-03"));
  EXPECT_EQ(KeyNames(raw), (Names{"S1-nhs-number", "S2-nino", "S3-identifier",
                                  "C1", "C10", "C20"}));
}

TEST(MatchKeys, InitialAloneGivesNoKeyThatNeedsTheForename) {
  RawPerson raw = Whole();
  raw.forename = Pii<>(std::string("A."));
  EXPECT_EQ(KeyNames(raw), (Names{"S1-nhs-number", "S2-nino", "S3-identifier",
                                  "B3", "D2", "C10", "C17", "C20"}));
}

TEST(MatchKeys, ShortFormsOfAForenameAreOneKey) {
  const auto key = [](const char* forename) {
    RawPerson raw = Whole();
    raw.forename = Pii<>(std::string(forename));
    for (const MatchKey& k :
         MatchKeys(Normalise(raw, absl::CivilDay(2026, 1, 1)).person))
      if (FindMatchKey(k.id)->name == "D1") return k.input.Reveal(PiiAccess{});
    return std::string();
  };
  EXPECT_EQ(key("Kate"), key("Catherine"));
  EXPECT_NE(key("Jack"), key("John"));  // brothers bear both
}

TEST(MatchKeys, OfNobodyAreNone) { EXPECT_TRUE(MatchKeys(Person()).empty()); }

}  // namespace
}  // namespace kinstile::identity
