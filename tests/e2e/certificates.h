// SPDX-License-Identifier: Apache-2.0
// Certificates that ought to be refused.
#ifndef KINSTILE_TESTS_E2E_CERTIFICATES_H_
#define KINSTILE_TESTS_E2E_CERTIFICATES_H_

#include <string>

#include "absl/time/time.h"

namespace kinstile::e2e {

// `certificate` with other dates, signed again by its authority: the same key,
// so the same pin. All PEM.
std::string Redated(const std::string& certificate, const std::string& ca_key,
                    absl::Time from, absl::Time to);

}  // namespace kinstile::e2e

#endif  // KINSTILE_TESTS_E2E_CERTIFICATES_H_
