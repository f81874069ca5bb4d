// SPDX-License-Identifier: Apache-2.0
// Fuzzes normalisation: any bytes in any field give the specified alphabet,
// and normal forms are their own normal form.
#include "adapters/identity/normalise.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "adapters/identity/match_keys.h"

using kinstile::identity::Normalise;
using kinstile::identity::Person;
using kinstile::identity::Pii;
using kinstile::identity::PiiAccess;
using kinstile::identity::RawPerson;

std::vector<std::string> FuzzSeeds() {
  return {
      "Zo\xC3\xAB Ann|O'Brien-Smith|F|1984-03-09|ZZ12 3AB|Flat 2, 14|"
      "Mill Lane|9990000018|PZ123456C|0001000|A1",
      "Baby|Nguy\xE1\xBB\x85n|m|29/02/2023|ZZ99 3VZ||14 Mill Lane, "
      "Kelby|999|QQ1|x|"};
}

namespace {

const std::string& Read(const Pii<>& pii) { return pii.Reveal(PiiAccess{}); }

void Check(bool ok) {
  if (!ok) std::abort();
}

void CheckLetters(const Pii<>& pii) {
  for (char c : Read(pii)) Check(c >= 'A' && c <= 'Z');
}

void CheckDigits(const Pii<>& pii, size_t size) {
  Check(pii.empty() || Read(pii).size() == size);
  for (char c : Read(pii)) Check(c >= '0' && c <= '9');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> part = absl::StrSplit(
      absl::string_view(reinterpret_cast<const char*>(data), size), '|');
  RawPerson raw;
  Pii<>* const fields[] = {&raw.forename,   &raw.surname,    &raw.sex,
                           &raw.birth_date, &raw.postcode,   &raw.house,
                           &raw.street,     &raw.nhs_number, &raw.nino,
                           &raw.uprn,       &raw.identifier};
  for (size_t k = 0; k < part.size() && k < std::size(fields); ++k)
    *fields[k] = Pii<>(part[k]);
  if (size % 2 == 1) std::swap(raw.address_line, raw.street);
  raw.nhs_verified = true;
  raw.identifier_kind.push_back('x');
  const absl::CivilDay today(2026, 11, 23);
  const Person p = Normalise(raw, today).person;
  CheckLetters(p.forename);
  CheckLetters(p.forename_joined);
  CheckLetters(p.surname);
  CheckLetters(p.middle);
  CheckLetters(p.street);
  CheckDigits(p.birth_year, 4);
  CheckDigits(p.birth_month, 2);
  CheckDigits(p.birth_day, 2);
  CheckDigits(p.nhs_number, 10);
  Check(Read(p.sex).empty() || Read(p.sex) == "M" || Read(p.sex) == "F");
  Check(kinstile::identity::MatchKeys(p).size() <= kinstile::kMatchKeys.size());
  RawPerson again;
  again.postcode = p.postcode;
  again.house = p.house;
  again.street = p.street;
  again.nino = p.nino;
  again.nhs_number = p.nhs_number;
  const Person q = Normalise(again, today).person;
  Check(Read(q.postcode) == Read(p.postcode));
  Check(Read(q.house) == Read(p.house));
  Check(Read(q.nino) == Read(p.nino));
  Check(Read(q.nhs_number) == Read(p.nhs_number));
  return 0;
}
