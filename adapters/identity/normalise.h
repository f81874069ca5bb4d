// SPDX-License-Identifier: Apache-2.0
// From a person as written to the normal form that both sides of a match share.
#ifndef KINSTILE_ADAPTERS_IDENTITY_NORMALISE_H_
#define KINSTILE_ADAPTERS_IDENTITY_NORMALISE_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "adapters/identity/person.h"

namespace kinstile::identity {

// Something wrong with one field of one record, for the people who keep it.
// Never holds a value.
struct FieldIssue {
  std::string field;    // as in RawPerson, e.g. "nhs_number"
  std::string problem;  // e.g. "wrong check digit"
};

struct Normalised {
  Person person;
  std::vector<FieldIssue> issues;
};

// Pure. SPEC.md, sections 1 to 6. A field that breaks its rule (bad UTF-8, an
// impossible, future or pre-1900 date, a wrong check digit, a malformed NINO or
// postcode) is dropped and reported; the person and the other fields stay.
// `today` decides what is a future date. Longer than 1024 bytes: dropped too.
Normalised Normalise(const RawPerson& raw, absl::CivilDay today);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_NORMALISE_H_
