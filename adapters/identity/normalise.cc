// SPDX-License-Identifier: Apache-2.0
// Field by field from RawPerson to Person; a bad field is dropped, not fatal.
#include "adapters/identity/normalise.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "adapters/identity/dates.h"
#include "adapters/identity/names.h"
#include "adapters/identity/numbers.h"
#include "adapters/identity/places.h"
#include "adapters/identity/text.h"

namespace kinstile::identity {
namespace {

constexpr size_t kMaxFieldBytes = 1024;
constexpr size_t kMinAlternative =
    3;  // letters of a name part that stands alone

class Normaliser {
 public:
  Normaliser(const RawPerson& raw, absl::CivilDay today)
      : raw_(raw), today_(today) {}

  Normalised Run() && {
    Names();
    Birth();
    Place();
    Numbers();
    Rest();
    return std::move(out_);
  }

 private:
  // The text of a field, or nothing when it is no text.
  absl::string_view Text(absl::string_view field, const Pii<>& pii) {
    const std::string& value = pii.Reveal(PiiAccess{});
    if (value.size() > kMaxFieldBytes) {
      Report(field, "longer than 1024 bytes");
      return "";
    }
    if (!IsText(value)) {
      Report(field, "not UTF-8");
      return "";
    }
    return value;
  }

  void Report(absl::string_view field, absl::string_view problem) {
    out_.issues.push_back({std::string(field), std::string(problem)});
  }

  void Names() {
    Person& p = out_.person;
    const auto first = NameParts(Text("forename", raw_.forename));
    if (!first.empty()) {
      p.forename_initial = Pii<>(first[0].substr(0, 1));
      p.forename_only_initial = first[0].size() == 1;
      if (!p.forename_only_initial) {
        p.forename = Pii<>(first[0]);
        p.forename_joined = Pii<>(absl::StrJoin(first, ""));
      }
    }
    Surnames();
    auto middle = NameParts(Text("middle", raw_.middle));
    if (middle.empty() && first.size() > 1)
      middle.assign(first.begin() + 1, first.end());
    MiddleNames(middle);
  }

  void Surnames() {
    Person& p = out_.person;
    const auto last = NameParts(Text("surname", raw_.surname));
    const std::string joined = absl::StrJoin(last, "");
    std::vector<std::string> others = {absl::StrJoin(
        NameParts(Text("previous_surname", raw_.previous_surname)), "")};
    if (absl::c_count_if(last, IsLong) > 1)
      absl::c_copy_if(last, std::back_inserter(others), IsLong);
    std::vector<std::string> kept;
    for (std::string& other : others)
      if (!other.empty() && other != joined &&
          !absl::c_linear_search(kept, other))
        kept.push_back(std::move(other));
    if (!kept.empty()) p.other_surname = Pii<>(kept[0]);
    if (kept.size() > 1) p.other_surname2 = Pii<>(kept[1]);
    p.surname = Pii<>(joined);
  }

  static bool IsLong(const std::string& part) {
    return part.size() >= kMinAlternative;
  }

  void MiddleNames(const std::vector<std::string>& middle) {
    Person& p = out_.person;
    const std::string joined = absl::StrJoin(middle, "");
    p.middle_initial = Pii<>(joined.substr(0, 1));
    if (joined.size() > 1) p.middle = Pii<>(joined);
    const auto first = absl::c_find_if(middle, IsLong);
    if (first != middle.end()) p.middle_first = Pii<>(*first);
    const auto last = std::find_if(middle.rbegin(), middle.rend(), IsLong);
    if (last != middle.rend()) p.middle_last = Pii<>(*last);
  }

  void Birth() {
    BirthDate date;
    if (!raw_.birth_date.empty()) {
      date = ParseBirthDate(Text("birth_date", raw_.birth_date), today_);
    } else {
      date = MakeBirthDate(Text("birth_year", raw_.birth_year),
                           Text("birth_month", raw_.birth_month),
                           Text("birth_day", raw_.birth_day), today_);
    }
    if (!date.problem.empty()) Report("birth_date", date.problem);
    out_.person.birth_year = Pii<>(std::move(date.year));
    out_.person.birth_month = Pii<>(std::move(date.month));
    out_.person.birth_day = Pii<>(std::move(date.day));
  }

  PostcodeParts Postcode(absl::string_view field, const Pii<>& pii) {
    PostcodeParts parts = ParsePostcode(Text(field, pii), raw_.postcode_system);
    if (parts.malformed) Report(field, "malformed");
    return parts;
  }

  void Place() {
    Person& p = out_.person;
    PostcodeParts here = Postcode("postcode", raw_.postcode);
    p.postcode = Pii<>(std::move(here.unit));
    p.sector = Pii<>(std::move(here.sector));
    p.district = Pii<>(std::move(here.district));
    p.previous_postcode =
        Pii<>(Postcode("previous_postcode", raw_.previous_postcode).unit);
    AddressLine line{std::string(Text("house", raw_.house)),
                     std::string(Text("street", raw_.street))};
    if (raw_.house.empty() && raw_.street.empty())
      line = SplitAddressLine(Text("address_line", raw_.address_line));
    p.house = Pii<>(HouseToken(line.house));
    p.street = Pii<>(Letters(line.street));
  }

  Pii<> Number(absl::string_view field, CheckedNumber checked) {
    if (!checked.problem.empty()) Report(field, checked.problem);
    return Pii<>(std::move(checked.value));
  }

  void Numbers() {
    Person& p = out_.person;
    p.nhs_number = Number("nhs_number",
                          CheckNhsNumber(Text("nhs_number", raw_.nhs_number)));
    p.nhs_verified = raw_.nhs_verified && !p.nhs_number.empty();
    p.nino = Number("nino", CheckNino(Text("nino", raw_.nino)));
    p.uprn = Number("uprn", CheckUprn(Text("uprn", raw_.uprn)));
    p.identifier = Pii<>(Alnum(Text("identifier", raw_.identifier)));
    p.identifier_kind = raw_.identifier_kind;
  }

  void Rest() {
    Person& p = out_.person;
    const absl::string_view sex =
        absl::StripAsciiWhitespace(Text("sex", raw_.sex));
    if (!sex.empty() && absl::StrContains("MFmf", sex.substr(0, 1)))
      p.sex = Pii<>(std::string(1, absl::ascii_toupper(sex[0])));
    p.birthplace = Pii<>(Alnum(Text("birthplace", raw_.birthplace)));
    const absl::string_view role =
        absl::StripAsciiWhitespace(Text("role", raw_.role));
    if (!role.empty() && absl::ascii_isalpha(role[0]))
      p.role = Pii<>(std::string(1, absl::ascii_tolower(role[0])));
  }

  const RawPerson& raw_;
  const absl::CivilDay today_;
  Normalised out_;
};

}  // namespace

Normalised Normalise(const RawPerson& raw, absl::CivilDay today) {
  return Normaliser(raw, today).Run();
}

}  // namespace kinstile::identity
