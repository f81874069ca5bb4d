// SPDX-License-Identifier: Apache-2.0
// Which tokens people have, and which of them meet.
#include "adapters/identity/field_tokens.h"

#include "adapters/identity/communal.h"
#include "adapters/identity/normalise.h"
#include "gateway/linkage/compare.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::identity {
namespace {

using linkage::Comparator;

RawPerson Raw(const char* forename, const char* surname, const char* birth,
              const char* postcode = "ZZ12 3AB", const char* house = "7") {
  RawPerson raw;
  const auto set = [](Pii<>& field, const char* text) {
    field = Pii<>(std::string(text));
  };
  set(raw.forename, forename);
  set(raw.surname, surname);
  set(raw.birth_date, birth);
  set(raw.postcode, postcode);
  set(raw.house, house);
  set(raw.street, "Mill Lane");
  return raw;
}

Person Make(const RawPerson& raw) {
  return Normalise(raw, absl::CivilDay(2026, 1, 1)).person;
}

const crypto::KeyedHmacSha256& Key() {
  static const auto* const kKey = new crypto::KeyedHmacSha256(
      *crypto::MacKey::FromBytes(crypto::SecretAccess(), std::string(32, 1)));
  return *kKey;
}

FieldTokens Tokens(const RawPerson& raw, const char* record) {
  return TokensOf(Make(raw), Key(), record);
}

std::string LevelOf(Comparator c, const RawPerson& a, const RawPerson& b) {
  const int8_t level = linkage::Compare(Tokens(a, "a"), Tokens(b, "b"))[c];
  return level < 0 ? "not compared"
                   : std::string(linkage::LevelNames(c)[level]);
}

TEST(FieldTokens, MakeEveryLevelOfTheComparison) {
  const RawPerson ann = Raw("Anneliese", "Harrington", "1984-03-09");
  const struct {
    const char* level;
    Comparator comparator;
    RawPerson other;
  } cases[] = {
      {"exact", Comparator::kForename, Raw("Anneliese", "x", "")},
      {"near", Comparator::kForename, Raw("Annliese", "x", "")},
      {"soundex", Comparator::kForename, Raw("Anelyza", "x", "")},
      {"first3", Comparator::kForename, Raw("Annette", "x", "")},
      {"first2_or_last3", Comparator::kForename, Raw("Andrea", "x", "")},
      {"initial", Comparator::kForename, Raw("Aida", "x", "")},
      {"initial_only", Comparator::kForename, Raw("A", "x", "")},
      {"none", Comparator::kForename, Raw("B", "x", "")},
      {"none", Comparator::kForename, Raw("Tom", "x", "")},
      {"not compared", Comparator::kForename, Raw("", "x", "")},
      {"swapped", Comparator::kForename, Raw("Harrington", "Anneliese", "")},
      {"exact", Comparator::kSurname, Raw("x", "Harrington", "")},
      {"near", Comparator::kSurname, Raw("x", "Harington", "")},
      {"alternative", Comparator::kSurname, Raw("x", "Harrington-Webb", "")},
      {"none", Comparator::kSurname, Raw("x", "Ward", "")},
      {"exact", Comparator::kBirth, Raw("x", "x", "1984-03-09")},
      {"swapped", Comparator::kBirth, Raw("x", "x", "1984-09-03")},
      {"day_month_year_near", Comparator::kBirth, Raw("x", "x", "1985-03-09")},
      {"day_month_year_near", Comparator::kBirth, Raw("x", "x", "1948-03-09")},
      {"year_day", Comparator::kBirth, Raw("x", "x", "1984-05-09")},
      {"year_month", Comparator::kBirth, Raw("x", "x", "1984-03-10")},
      {"day_month", Comparator::kBirth, Raw("x", "x", "1961-03-09")},
      {"none", Comparator::kBirth, Raw("x", "x", "1961-05-10")},
      {"not compared", Comparator::kBirth, Raw("x", "x", "1984-03")},
      {"exact", Comparator::kYear, Raw("x", "x", "1984-03")},
      {"same", Comparator::kAddress, Raw("x", "x", "")},
      {"unit_other_house", Comparator::kAddress,
       Raw("x", "x", "", "ZZ12 3AB", "9")},
      {"sector_house", Comparator::kAddress, Raw("x", "x", "", "ZZ12 3CD")},
      {"unit_no_house", Comparator::kAddress,
       Raw("x", "x", "", "ZZ12 3AB", "")},
      {"house_street", Comparator::kAddress, Raw("x", "x", "", "ZZ40 1CD")},
      {"house_street_no_pc", Comparator::kAddress, Raw("x", "x", "", "")},
  };
  for (const auto& c : cases)
    EXPECT_EQ(LevelOf(c.comparator, ann, c.other), c.level)
        << linkage::ComparatorName(c.comparator) << " "
        << (&c - std::begin(cases));
}

TEST(FieldTokens, DependOnKeyKindAndValueOnly) {
  const RawPerson raw = Raw("Ann", "Ann", "1984-03-03");
  const FieldTokens a = Tokens(raw, "a"), b = Tokens(raw, "b");
  EXPECT_EQ(a.single, b.single);
  // One kind: a forename and a surname, a month and a day can meet.
  EXPECT_EQ(a[Field::kForename], a[Field::kSurname]);
  EXPECT_EQ(a[Field::kBirthMonth], a[Field::kBirthDay]);
  EXPECT_NE(a[Field::kForename], a[Field::kForenameNickname]);
  const crypto::KeyedHmacSha256 other(
      *crypto::MacKey::FromBytes(crypto::SecretAccess(), std::string(32, 2)));
  const FieldTokens c = TokensOf(Make(raw), other, "a");
  for (size_t f = 0; f < kFields; ++f)
    EXPECT_EQ(a.single[f] == 0, c.single[f] == 0 || a.single[f] == c.single[f]);
}

TEST(FieldTokens, SetSizesTellLittleOfALength) {
  for (const char* name : {"Al", "Anna", "Anneliese", "Maximilian"}) {
    const FieldTokens t = Tokens(Raw(name, name, "1984-03-09"), "a");
    EXPECT_EQ(t[NearField::kForename].size(), 16u) << name;
    EXPECT_EQ(t[NearField::kSurname].size(), 16u) << name;
    EXPECT_EQ(t[NearField::kBirthYear].size(), 8u) << name;
  }
  // What fills them up never meets.
  const FieldTokens a = Tokens(Raw("Al", "x", ""), "a");
  const FieldTokens b = Tokens(Raw("Bo", "x", ""), "b");
  for (FieldToken t : a[NearField::kForename])
    EXPECT_THAT(b[NearField::kForename], testing::Not(testing::Contains(t)));
}

TEST(FieldTokens, UntracedNumberIsNoEvidence) {
  RawPerson raw = Raw("Ann", "Hill", "");
  raw.nhs_number = Pii<>(std::string("9990000018"));
  EXPECT_EQ(Tokens(raw, "a")[Field::kNhsNumber], 0u);
  raw.nhs_verified = true;
  EXPECT_NE(Tokens(raw, "a")[Field::kNhsNumber], 0u);
}

TEST(Person, ComesBackFromItsBytesTheSame) {
  RawPerson raw = Raw("Mr Jean-Luc", "O'Brien", "1984-03-09");
  raw.nhs_number = Pii<>(std::string("9990000018"));
  raw.nhs_verified = true;
  raw.identifier = Pii<>(std::string("A 1"));
  raw.identifier_kind = "upn";
  const Person person = Make(raw);
  const auto back = DecodePerson(EncodePerson(person));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(TokensOf(*back, Key(), "a"), TokensOf(person, Key(), "a"));
  EXPECT_FALSE(DecodePerson(Pii<>(std::string("x"))).ok());
}

TEST(CommunalAddresses, HouseIsWithheldWhereManyLive) {
  const Person one = Make(Raw("Ann", "Hill", ""));
  CommunalAddresses communal;
  for (uint32_t n = 1; n <= CommunalAddresses::kCommunalSize + 1; ++n) {
    communal.Count(one);
    Person p = one;
    communal.Withhold(p);
    EXPECT_EQ(p.house.empty(), n > CommunalAddresses::kCommunalSize) << n;
  }
  Person elsewhere = Make(Raw("Ann", "Hill", "", "ZZ12 3AB", "8"));
  communal.Withhold(elsewhere);
  EXPECT_FALSE(elsewhere.house.empty());
}

}  // namespace
}  // namespace kinstile::identity
