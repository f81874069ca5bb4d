// SPDX-License-Identifier: Apache-2.0
// The catalogue of gateways, read and checked.
#ifndef KINSTILE_POLICY_LOADER_LAW_H_
#define KINSTILE_POLICY_LOADER_LAW_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "policy/law.h"
#include "policy/loader.h"
#include "policy/loader_report.h"

namespace kinstile::v1 {
class Gateway;
class GatewayCatalogue;
}  // namespace kinstile::v1

namespace kinstile::policy::internal {

struct Law {
  std::string version;
  std::string digest;  // 32 raw bytes over all catalogue files
  std::map<std::string, const v1::Gateway*> gateways;
  std::vector<std::shared_ptr<const v1::GatewayCatalogue>> files;
  bool usable = false;  // false: agreements cannot be held against it
};

Law ReadLaw(const std::vector<NamedBytes>& files, const LoadOptions& options,
            std::vector<Issue>* issues);

// For a law that was read without errors; the digest is left to the caller.
Catalogue CompileCatalogue(const Law& law);

// YYYY-MM-DD and nothing else.
bool ParseDay(absl::string_view text, absl::CivilDay* day);

// As names of agencies: 1 to 64 of letters, digits, '-' and '.', starting with
// a letter or digit.
bool IsId(absl::string_view text);

// Length-prefixed fields after a label: the only thing that is hashed or
// signed here.
std::string Canonical(absl::string_view label,
                      const std::vector<std::string>& fields);

}  // namespace kinstile::policy::internal

#endif  // KINSTILE_POLICY_LOADER_LAW_H_
