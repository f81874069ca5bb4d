// SPDX-License-Identifier: Apache-2.0
// Which tokens a person has, field by field.
#include "adapters/identity/field_tokens.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/identity/names.h"
#include "adapters/identity/nicknames.h"
#include "adapters/identity/text.h"
#include "gateway/base/match_keys.h"

namespace kinstile::identity {
namespace {

const std::string& TextOf(const Pii<>& pii) { return pii.Reveal(PiiAccess{}); }

// Set sizes step by this: a name's length shows only as one of few steps.
constexpr size_t kPadNames = 16;
constexpr size_t kPadOthers = 8;

std::string Sorted(std::string word) {
  std::sort(word.begin(), word.end());
  return word;
}

// The word and the word with one character left out: two such sets meet when
// the edit distance is at most one.
std::vector<Pii<>> Deletions(const std::string& word) {
  std::vector<Pii<>> out;
  if (word.empty()) return out;
  out.emplace_back(word);
  // INVARIANT: fits kMaxNearTokens; what follows the limit is not varied.
  for (size_t k = 0; word.size() >= 3 && k < word.size() && k < 40; ++k)
    out.emplace_back(word.substr(0, k) + word.substr(k + 1));
  return out;
}

// Sets that meet when two years differ by one, in one of the last two digits,
// or in their order.
std::vector<Pii<>> NearYears(const std::string& year) {
  int y = 0;
  if (year.size() != 4 || !absl::SimpleAtoi(year, &y)) return {};
  std::vector<Pii<>> out;
  out.emplace_back(absl::StrCat("half0:", y / 2));
  out.emplace_back(absl::StrCat("half1:", (y + 1) / 2));
  out.emplace_back("tens:" + year.substr(0, 3));
  out.emplace_back("unit:" + year.substr(0, 2) + "_" + year[3]);
  out.emplace_back("order:" + year.substr(0, 2) + Sorted(year.substr(2)));
  return out;
}

class Maker {
 public:
  Maker(const Person& p, TokenFunction token, absl::string_view record)
      : p_(p), token_(token), record_(record) {}

  FieldTokens Run() && {
    Forenames();
    Surnames();
    Birth();
    Address();
    Rest();
    return std::move(out_);
  }

 private:
  void Set(Field field, absl::string_view kind, absl::string_view value) {
    if (!value.empty()) out_[field] = token_(kind, value);
  }

  void SetNear(NearField field, absl::string_view kind,
               const std::vector<Pii<>>& values, size_t step) {
    if (values.empty()) return;
    std::vector<FieldToken>& set = out_[field];
    for (const Pii<>& v : values) set.push_back(token_(kind, TextOf(v)));
    Tidy(set);
    const std::string name =
        absl::StrCat(record_, "/", static_cast<int>(field), "/");
    for (size_t n = 0; set.size() % step != 0; ++n)
      set.push_back(token_("pad", absl::StrCat(name, n)));
    Tidy(set);
  }

  static void Tidy(std::vector<FieldToken>& set) {
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }

  void Forenames() {
    const std::string& fn = TextOf(p_.forename);
    const std::string& joined = TextOf(p_.forename_joined);
    Set(Field::kForenameInitial, "forename-initial",
        TextOf(p_.forename_initial));
    if (p_.forename_only_initial)
      Set(Field::kForenameOnlyInitial, "flag", "initial");
    Set(Field::kForename, "name", fn);
    Set(Field::kForenameJoined, "name", joined);
    Set(Field::kForenameNickname, "nickname", Nickname(fn));
    Set(Field::kForenameSoundex, "soundex", Soundex(fn));
    Set(Field::kForenameFirst2, "first2", FirstLetters(fn, 2));
    Set(Field::kForenameFirst3, "first3", FirstLetters(fn, 3));
    Set(Field::kForenameLast3, "last3", LastLetters(fn, 3));
    SetNear(NearField::kForename, "near-name", Deletions(fn), kPadNames);
    if (joined != fn)
      SetNear(NearField::kForenameJoined, "near-name", Deletions(joined),
              kPadNames);
    Set(Field::kMiddle, "middle", TextOf(p_.middle));
    Set(Field::kMiddleInitial, "middle-initial", TextOf(p_.middle_initial));
    Set(Field::kMiddleFirst, "name", TextOf(p_.middle_first));
    Set(Field::kMiddleLast, "name", TextOf(p_.middle_last));
  }

  void Surnames() {
    const std::string& sn = TextOf(p_.surname);
    Set(Field::kSurname, "name", sn);
    Set(Field::kSurnameSoundex, "soundex", Soundex(sn));
    Set(Field::kSurnameFirst2, "first2", FirstLetters(sn, 2));
    Set(Field::kSurnameFirst3, "first3", FirstLetters(sn, 3));
    Set(Field::kSurnameInitial, "surname-initial", FirstLetters(sn, 1));
    Set(Field::kSurnameLast3, "last3", LastLetters(sn, 3));
    Set(Field::kSurnameSorted, "sorted", Sorted(sn));
    SetNear(NearField::kSurname, "near-name", Deletions(sn), kPadNames);
    Set(Field::kOtherSurname, "name", TextOf(p_.other_surname));
    Set(Field::kOtherSurname2, "name", TextOf(p_.other_surname2));
  }

  void Birth() {
    const std::string& y = TextOf(p_.birth_year);
    const std::string& m = TextOf(p_.birth_month);
    const std::string& d = TextOf(p_.birth_day);
    Set(Field::kBirthYear, "year", y);
    // One kind: a day is compared with a month when they may be swapped.
    Set(Field::kBirthMonth, "month-or-day", m);
    Set(Field::kBirthDay, "month-or-day", d);
    SetNear(NearField::kBirthYear, "near-year", NearYears(y), kPadOthers);
    if (y.empty() || m.empty() || d.empty()) return;
    Set(Field::kBirth, "birth", y + m + d);
    Set(Field::kBirthSwapped, "birth", y + d + m);
    if (m == "01" && d == "01") Set(Field::kBirthJanFirst, "flag", "jan-first");
  }

  void Address() {
    Set(Field::kPostcode, "postcode", TextOf(p_.postcode));
    Set(Field::kSector, "sector", TextOf(p_.sector));
    Set(Field::kDistrict, "district", TextOf(p_.district));
    Set(Field::kPreviousPostcode, "postcode", TextOf(p_.previous_postcode));
    SetNear(NearField::kPostcode, "near-postcode",
            Deletions(TextOf(p_.postcode)), kPadOthers);
    Set(Field::kHouse, "house", TextOf(p_.house));
    SetNear(NearField::kHouse, "near-house", Deletions(TextOf(p_.house)),
            kPadOthers);
    Set(Field::kStreet, "street", TextOf(p_.street));
    Set(Field::kStreetSoundex, "street-soundex", Soundex(TextOf(p_.street)));
    Set(Field::kUprn, "uprn", TextOf(p_.uprn));
  }

  void Rest() {
    Set(Field::kSex, "sex", TextOf(p_.sex));
    // An untraced number is no evidence against anybody.
    if (p_.nhs_verified) Set(Field::kNhsNumber, "nhs", TextOf(p_.nhs_number));
    Set(Field::kNino, "nino", TextOf(p_.nino));
    Set(Field::kBirthplace, "birthplace", TextOf(p_.birthplace));
    if (p_.identifier.empty() || p_.identifier_kind.empty()) return;
    Set(Field::kIdentifier, "identifier", TextOf(p_.identifier));
    Set(Field::kIdentifierKind, "identifier-kind", p_.identifier_kind);
    SetNear(NearField::kIdentifier, "near-identifier",
            Deletions(TextOf(p_.identifier)), kPadNames);
  }

  const Person& p_;
  const TokenFunction token_;
  const absl::string_view record_;
  FieldTokens out_;
};

}  // namespace

FieldTokens TokensOf(const Person& person, TokenFunction token,
                     absl::string_view record) {
  return Maker(person, token, record).Run();
}

FieldTokens TokensOf(const Person& person, const crypto::KeyedHmacSha256& key,
                     absl::string_view record) {
  static const std::string* const kLabel = new std::string(
      absl::StrCat("kinstile/identity/", kIdentitySpecVersion, "/field/"));
  return TokensOf(
      person,
      [&](absl::string_view kind, absl::string_view value) {
        const Digest tag = key.Tag(absl::StrCat(*kLabel, kind), value);
        FieldToken token = 0;
        for (int i = 0; i < 8; ++i) token = token << 8 | tag.bytes[i];
        return token == 0 ? FieldToken{1} : token;
      },
      record);
}

}  // namespace kinstile::identity
