// SPDX-License-Identifier: Apache-2.0
// A normalised person as bytes.
#include "adapters/identity/person.h"

#include <utility>

#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::identity {
namespace {

constexpr absl::string_view kPersonLabel = "kinstile/identity/person";

// Every text of a person, in the order of the encoding.
constexpr Pii<> Person::*kTexts[] = {
    &Person::forename,
    &Person::forename_joined,
    &Person::forename_initial,
    &Person::surname,
    &Person::other_surname,
    &Person::other_surname2,
    &Person::middle,
    &Person::middle_initial,
    &Person::middle_first,
    &Person::middle_last,
    &Person::sex,
    &Person::birth_year,
    &Person::birth_month,
    &Person::birth_day,
    &Person::postcode,
    &Person::sector,
    &Person::district,
    &Person::previous_postcode,
    &Person::house,
    &Person::street,
    &Person::uprn,
    &Person::nhs_number,
    &Person::nino,
    &Person::identifier,
    &Person::birthplace,
    &Person::role,
};

}  // namespace

Pii<> EncodePerson(const Person& person) {
  Encoder e(kPersonLabel);
  for (const auto text : kTexts) e.Bytes((person.*text).Reveal(PiiAccess{}));
  e.Bytes(person.identifier_kind);
  e.Bool(person.forename_only_initial).Bool(person.nhs_verified);
  return Pii<>(std::move(e).Take());
}

absl::StatusOr<Person> DecodePerson(const Pii<>& bytes) {
  Decoder d(bytes.Reveal(PiiAccess{}), kPersonLabel);
  Person person;
  for (const auto text : kTexts) person.*text = Pii<>(d.Bytes());
  person.identifier_kind = d.Bytes();
  person.forename_only_initial = d.Bool();
  person.nhs_verified = d.Bool();
  KS_RETURN_IF_ERROR(d.Finish());
  return person;
}

}  // namespace kinstile::identity
