// SPDX-License-Identifier: Apache-2.0
// Postcodes, houses and address lines.
#ifndef KINSTILE_ADAPTERS_IDENTITY_PLACES_H_
#define KINSTILE_ADAPTERS_IDENTITY_PLACES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "adapters/identity/person.h"

namespace kinstile::identity {

// A postcode and its first parts; all empty when there is none.
struct PostcodeParts {
  std::string unit, sector, district;
  bool malformed = false;  // the parts are then empty
};

// SPEC.md, section 5. UK: checked for its form; unit, all but two, all but
// three characters; the pseudo postcodes ZZ99 nnZ (no fixed abode, unknown,
// abroad) are no place and count as missing. Other systems: unit, and all but
// one and two characters (two and three when it is five or more characters
// and ends in a letter).
PostcodeParts ParsePostcode(absl::string_view text, PostcodeSystem system);

// The words with a digit, separated by one blank ("Flat 3, 12" is "3 12"),
// else the house's name without blanks.
std::string HouseToken(absl::string_view house);

// "Flat 2, 14 Mill Lane, Kelby": house "Flat 2 14", street "Mill Lane".
struct AddressLine {
  std::string house, street;
};
AddressLine SplitAddressLine(absl::string_view line);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_PLACES_H_
