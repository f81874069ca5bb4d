// SPDX-License-Identifier: Apache-2.0
// Tables of names, dates, postcodes, houses and numbers.
#include "adapters/identity/normalise.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/identity/dates.h"
#include "adapters/identity/names.h"
#include "adapters/identity/numbers.h"
#include "adapters/identity/places.h"
#include "adapters/identity/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::CivilDay kToday(2026, 11, 23);

struct Pair {
  const char* in;
  const char* out;
};

TEST(Names, Parts) {
  for (const Pair& c :
       std::initializer_list<Pair>{{"Mary", "MARY"},
                                   {"  mary   ann ", "MARY ANN"},
                                   {"O'Brien", "OBRIEN"},
                                   {"O’Brien", "OBRIEN"},
                                   {"Smith-Jones", "SMITH JONES"},
                                   {"Smith–Jones", "SMITH JONES"},
                                   {"Dr. José Núñez III", "JOSE NUNEZ"},
                                   {"Straße", "STRASSE"},
                                   {"Ægir Þór", "AEGIR THOR"},
                                   {"ŁUKASZ", "LUKASZ"},
                                   {"Baby", ""},
                                   {"BABY BOY", ""},
                                   {"Baby Olu", "OLU"},
                                   {"not known", ""},
                                   {"Twin A", ""},
                                   {"xx", ""},
                                   {"123", ""},
                                   {"", ""},
                                   {"Nguyễn Thị", "NGUYEN THI"},
                                   {"İpek", "IPEK"},
                                   {"\xEF\xBC\xA1nna", "ANNA"}})
    EXPECT_EQ(absl::StrJoin(NameParts(c.in), " "), c.out) << c.in;
}

TEST(Names, Soundex) {
  // The first seven: US National Archives, "The Soundex Indexing System".
  for (const Pair& c : std::initializer_list<Pair>{{"WASHINGTON", "W252"},
                                                   {"LEE", "L000"},
                                                   {"GUTIERREZ", "G362"},
                                                   {"PFISTER", "P236"},
                                                   {"JACKSON", "J250"},
                                                   {"TYMCZAK", "T522"},
                                                   {"ASHCRAFT", "A261"},
                                                   {"ROBERT", "R163"},
                                                   {"RUPERT", "R163"},
                                                   {"A", "A000"},
                                                   {"", ""}})
    EXPECT_EQ(Soundex(c.in), c.out) << c.in;
}

TEST(Names, EndsOfAShortWordAreTheWord) {
  EXPECT_EQ(FirstLetters("JO", 3), "JO");
  EXPECT_EQ(LastLetters("JO", 3), "JO");
  EXPECT_EQ(LastLetters("", 3), "");
  EXPECT_EQ(LastLetters("AMINA", 3), "INA");
}

TEST(Dates, Forms) {
  for (const Pair& c :
       std::initializer_list<Pair>{{"1984-03-09", "1984|03|09|"},
                                   {"1984/03/09", "1984|03|09|"},
                                   {"09/03/1984", "1984|03|09|"},
                                   {"9/3/1984", "1984|03|09|"},
                                   {"09.03.1984", "1984|03|09|"},
                                   {"19840309", "1984|03|09|"},
                                   {"1984-03-09T00:00:00Z", "1984|03|09|"},
                                   {"09/03/1984 00:00", "1984|03|09|"},
                                   {"1984", "1984|||"},
                                   {"1984-03", "1984|03||"},
                                   {"03/1984", "1984|03||"},
                                   {"1984----", "1984|||"},
                                   {"198403--", "1984|03||"},
                                   {"19840300", "1984|03||"},
                                   {"1984-XX-09", "1984||09|"},
                                   {"1984-3-9", "1984|03|09|"},
                                   {"", "|||"},
                                   {"  ", "|||"},
                                   {"1900-01-01", "|||"},
                                   {"01/01/1900", "|||"},
                                   {"2024-02-29", "2024|02|29|"},
                                   {"2000-02-29", "2000|02|29|"},
                                   {"2023-02-29", "2023|02|29|no such day"},
                                   {"29/02/2023", "2023|02|29|no such day"},
                                   {"19000229", "1900|02|29|no such day"},
                                   {"1984-13-01", "|||no such day"},
                                   {"1984-04-31", "1984|04|31|no such day"},
                                   {"1984-00-32", "|||no such day"},
                                   {"1899-12-31", "|||before 1900"},
                                   {"2026-11-23", "2026|11|23|"},
                                   {"2026-11-24", "|||in the future"},
                                   {"2027", "|||in the future"},
                                   {"2026-12", "|||in the future"},
                                   {"March 1984", "|||not a date"},
                                   {"1984-03-0y", "|||not a date"},
                                   {"84-03-09", "|||not a date"},
                                   {"1984-03-09-01", "|||not a date"},
                                   {"99999999999999999999", "|||not a date"}}) {
    const BirthDate d = ParseBirthDate(c.in, kToday);
    EXPECT_EQ(absl::StrCat(d.year, "|", d.month, "|", d.day, "|", d.problem),
              c.out)
        << c.in;
  }
}

TEST(Dates, PartsMayBeMissing) {
  const BirthDate d = MakeBirthDate("", "2", "29", kToday);
  EXPECT_EQ(absl::StrCat(d.year, "|", d.month, "|", d.day), "|02|29");
  EXPECT_EQ(MakeBirthDate("", "2", "30", kToday).problem, "no such day");
  EXPECT_EQ(MakeBirthDate("1984", "", " 9 ", kToday).day, "09");
  EXPECT_EQ(MakeBirthDate("1984", "123", "9", kToday).problem, "not a date");
}

TEST(Places, UkPostcodes) {
  for (const Pair& c :
       std::initializer_list<Pair>{{"zz1 1aa", "ZZ11AA ZZ11 ZZ1"},
                                   {"ZZ99 9AA", "ZZ999AA ZZ999 ZZ99"},
                                   {"Z1A1AA", "Z1A1AA Z1A1 Z1A"},
                                   {"ZZ1A-1AA", "ZZ1A1AA ZZ1A1 ZZ1A"},
                                   {"GIR 0AA", "GIR0AA GIR0 GIR"},
                                   {"", "  "},
                                   {"ZZ99 3VZ", "  "},
                                   {"ZZ99", "malformed"},
                                   {"ZZ999 9AA", "malformed"},
                                   {"1ZZ 9AA", "malformed"},
                                   {"4223", "malformed"}}) {
    const PostcodeParts p = ParsePostcode(c.in, PostcodeSystem::kUk);
    EXPECT_EQ(p.malformed
                  ? "malformed"
                  : absl::StrCat(p.unit, " ", p.sector, " ", p.district),
              c.out)
        << c.in;
  }
}

TEST(Places, OtherPostcodesKeepWhatTheyHave) {
  const PostcodeParts p = ParsePostcode("4223", PostcodeSystem::kOther);
  EXPECT_EQ(absl::StrCat(p.unit, " ", p.sector, " ", p.district),
            "4223 422 42");
  const PostcodeParts q = ParsePostcode("1017 xa", PostcodeSystem::kOther);
  EXPECT_EQ(absl::StrCat(q.unit, " ", q.sector, " ", q.district),
            "1017XA 1017 101");
  EXPECT_EQ(ParsePostcode("7", PostcodeSystem::kOther).district, "");
}

TEST(Places, HouseTokens) {
  for (const Pair& c :
       std::initializer_list<Pair>{{"14", "14"},
                                   {"         1", "1"},
                                   {"Flat 3, 12", "3 12"},
                                   {"12a", "12A"},
                                   {"The Old Forge", "THEOLDFORGE"},
                                   {"3-5", "3 5"},
                                   {"", ""}})
    EXPECT_EQ(HouseToken(c.in), c.out) << c.in;
}

TEST(Places, AddressLines) {
  for (const Pair& c : std::initializer_list<Pair>{
           {"91 CLARENCE ROAD", "91|CLARENCE ROAD"},
           {"1, Windsor Road", "1|Windsor Road"},
           {"Flat 2, 14 Mill Lane, Kelby", "Flat 2 14|Mill Lane"},
           {"Flat B 14 Mill Lane", "Flat B 14|Mill Lane"},
           {"The Gables, Church Lane, Kelby", "The Gables|Church Lane"},
           {"Church Lane", "|Church Lane"},
           {"12a", "12a|"},
           {",,", "|"},
           {"", "|"}}) {
    const AddressLine a = SplitAddressLine(c.in);
    EXPECT_EQ(absl::StrCat(a.house, "|", a.street), c.out) << c.in;
  }
}

TEST(Numbers, NhsCheckDigits) {
  // 943 476 5919: the worked example of the NHS Data Dictionary.
  EXPECT_EQ(NhsCheckDigit("943476591"), 9);
  EXPECT_EQ(NhsCheckDigit("999000001"), 8);
  int none = 0;  // one nine-digit start in eleven has no number
  for (int k = 0; k < 1100; ++k)
    none += NhsCheckDigit(std::to_string(999000000 + k)) == 10;
  EXPECT_GT(none, 80);
  EXPECT_LT(none, 120);
}

TEST(Numbers, NinoPrefixes) {
  for (const char* good : {"PZ123456C", "PZ 12 34 56", "AB123456D"})
    EXPECT_EQ(CheckNino(good).problem, "") << good;
  for (const char* bad :
       {"QQ123456C", "DA123456A", "AO123456A", "GB123456A", "ZZ123456A",
        "PZ12345", "PZ123456E", "PZ1234567", "1Z123456A", "PZ12E456A"})
    EXPECT_EQ(CheckNino(bad).problem, "malformed") << bad;
}

TEST(Normalise, DropsTheBadFieldAndKeepsThePerson) {
  RawPerson raw;
  raw.forename = Pii<>(std::string("Tom"));
  raw.surname = Pii<>(std::string("W\xFFrd"));
  raw.street = Pii<>(std::string(1025, 'x'));
  raw.birth_date = Pii<>(std::string("2023-02-29"));
  raw.nhs_number = Pii<>(std::string("9990000019"));
  raw.nhs_verified = true;
  const Normalised n = Normalise(raw, kToday);
  EXPECT_EQ(n.person.forename.Reveal(PiiAccess{}), "TOM");
  EXPECT_TRUE(n.person.surname.empty());
  EXPECT_TRUE(n.person.street.empty());
  EXPECT_TRUE(n.person.nhs_number.empty());
  EXPECT_FALSE(n.person.nhs_verified);
  std::vector<std::string> fields;
  for (const FieldIssue& i : n.issues) {
    fields.push_back(i.field);
    EXPECT_THAT(i.problem, testing::Not(testing::HasSubstr("999")));
  }
  EXPECT_THAT(fields,
              ElementsAre("surname", "birth_date", "street", "nhs_number"));
}

TEST(Normalise, SexAndRole) {
  for (const Pair& c : std::initializer_list<Pair>{{"M", "M"},
                                                   {" male", "M"},
                                                   {"f", "F"},
                                                   {"Female", "F"},
                                                   {"X", ""},
                                                   {"1", ""},
                                                   {"", ""}}) {
    RawPerson raw;
    raw.sex = Pii<>(std::string(c.in));
    EXPECT_EQ(Normalise(raw, kToday).person.sex.Reveal(PiiAccess{}), c.out);
  }
  RawPerson raw;
  raw.role = Pii<>(std::string("Child"));
  EXPECT_EQ(Normalise(raw, kToday).person.role.Reveal(PiiAccess{}), "c");
}

TEST(Normalise, OfNobodyIsNobody) {
  const Normalised n = Normalise(RawPerson(), kToday);
  EXPECT_THAT(n.issues, IsEmpty());
  EXPECT_TRUE(n.person.surname.empty());
}

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(IsText(""));
  EXPECT_TRUE(IsText("Zoë"));
  EXPECT_FALSE(IsText("\xC3"));              // cut short
  EXPECT_FALSE(IsText("\xC0\xAF"));          // overlong
  EXPECT_FALSE(IsText("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(IsText("\xF4\x90\x80\x80"));  // beyond Unicode
  EXPECT_FALSE(IsText(absl::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace kinstile::identity
