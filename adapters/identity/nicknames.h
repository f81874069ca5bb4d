// SPDX-License-Identifier: Apache-2.0
// Short forms of forenames.
#ifndef KINSTILE_ADAPTERS_IDENTITY_NICKNAMES_H_
#define KINSTILE_ADAPTERS_IDENTITY_NICKNAMES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace kinstile::identity {

// The usual full form of a short A-Z forename, else the forename itself. Part
// of the specification (SPEC.md, section 8): a change is a new version.
std::string Nickname(absl::string_view forename);

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_NICKNAMES_H_
