// SPDX-License-Identifier: Apache-2.0
// Certificates other than those of the ceremony.
#ifndef KINSTILE_TESTS_E2E_CERTIFICATES_H_
#define KINSTILE_TESTS_E2E_CERTIFICATES_H_

#include <string>

#include "absl/time/time.h"

namespace kinstile::e2e {

// `certificate` with other dates, signed again by its authority: the same key,
// so the same pin. All PEM.
std::string Redated(const std::string& certificate, const std::string& ca_key,
                    absl::Time from, absl::Time to);

// `certificate` for a new key, signed by its authority: what a party gets when
// it rotates. All PEM.
struct Rekeyed {
  std::string certificate;
  std::string key;
};
Rekeyed WithNewKey(const std::string& certificate, const std::string& ca_key);

}  // namespace kinstile::e2e

#endif  // KINSTILE_TESTS_E2E_CERTIFICATES_H_
