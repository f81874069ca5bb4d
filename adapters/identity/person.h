// SPDX-License-Identifier: Apache-2.0
// A person as a source wrote them down, and as both sides of a match see them.
#ifndef KINSTILE_ADAPTERS_IDENTITY_PERSON_H_
#define KINSTILE_ADAPTERS_IDENTITY_PERSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "adapters/identity/pii.h"

namespace kinstile::identity {

// Which rules a postcode follows. Public: a property of the source.
enum class PostcodeSystem {
  kUk,     // checked; the last three characters are the inward code
  kOther,  // any letters and digits, e.g. another country's register
};

// Every text as read from the source; empty when the source lacks it. UTF-8.
struct RawPerson {
  Pii<> forename;
  Pii<> middle;
  Pii<> surname;
  Pii<> previous_surname;
  Pii<> sex;
  // Either one text ...
  Pii<> birth_date;
  // ... or three parts, each of which may be missing. The text wins.
  Pii<> birth_year;
  Pii<> birth_month;
  Pii<> birth_day;
  Pii<> postcode;
  Pii<> previous_postcode;
  PostcodeSystem postcode_system = PostcodeSystem::kUk;
  // House and street, or one address line that is split into both when they
  // are empty.
  Pii<> house;
  Pii<> street;
  Pii<> address_line;
  Pii<> uprn;
  Pii<> nhs_number;
  // The holder has traced the number (NHS "verified" status), not only typed
  // it.
  bool nhs_verified = false;
  Pii<> nino;
  // Another identifier that both sides lawfully hold, and which one it is
  // (public): a unique pupil number, "upn", never equals a social-security
  // number, "ssn". Without a kind it is not used.
  Pii<> identifier;
  std::string identifier_kind;
  Pii<> birthplace;
  Pii<> role;
};

// The normal form of SPEC.md, version kIdentitySpecVersion. Empty: missing.
// Names are A-Z only, without spaces; everything else upper case.
struct Person {
  // First word of the forename; empty when only an initial is known.
  Pii<> forename;
  // All words of the forename joined; empty when only an initial is known.
  Pii<> forename_joined;
  // First letter of the forename, also when that is all there is.
  Pii<> forename_initial;
  bool forename_only_initial = false;
  // All words joined.
  Pii<> surname;
  // Previous surname, else the parts of a double-barrelled one; never equal
  // to surname or each other.
  Pii<> other_surname;
  Pii<> other_surname2;
  // All middle names joined (two letters or more), their first letter, and
  // the first and last middle name of three letters or more.
  Pii<> middle;
  Pii<> middle_initial;
  Pii<> middle_first;
  Pii<> middle_last;
  Pii<> sex;  // M, F or empty
  // Digits: four, two, two. Each may be missing.
  Pii<> birth_year;
  Pii<> birth_month;
  Pii<> birth_day;
  // Postcode without blanks, and its first parts.
  Pii<> postcode;
  Pii<> sector;
  Pii<> district;
  Pii<> previous_postcode;
  Pii<> house;   // words with a digit, else the house name
  Pii<> street;  // letters only
  Pii<> uprn;    // no leading zeros
  // Ten digits with a right check digit.
  Pii<> nhs_number;
  bool nhs_verified = false;
  Pii<> nino;  // eight characters, without the suffix
  Pii<> identifier;
  std::string identifier_kind;
  Pii<> birthplace;
  Pii<> role;  // first letter, lower case
};

// Canonical bytes of a normalised person, for an adapter's own sealed store;
// they go nowhere else. Decode gives INVALID_ARGUMENT for anything that Encode
// did not make.
Pii<> EncodePerson(const Person& person);
absl::StatusOr<Person> DecodePerson(const Pii<>& bytes);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_PERSON_H_
