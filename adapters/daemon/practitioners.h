// SPDX-License-Identifier: Apache-2.0
// Who may ask in the agency's name, in which role, and how they are trained.
#ifndef KINSTILE_ADAPTERS_DAEMON_PRACTITIONERS_H_
#define KINSTILE_ADAPTERS_DAEMON_PRACTITIONERS_H_

#include <string>

#include "absl/status/status.h"
#include "adapters/client/requester.h"

namespace kinstile::daemon {

// Holds the question against the register (PractitionerRegister in
// config.proto) and fills in the day of training. PERMISSION_DENIED when the
// practitioner or the role is not in it; INVALID_ARGUMENT as file:line:column
// when the file does not hold together.
absl::Status AssertPractitioner(const std::string& file,
                                client::Question& question);

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_PRACTITIONERS_H_
