// SPDX-License-Identifier: Apache-2.0
// The FHIR server of the tests, as a process of its own.
#ifndef KINSTILE_TESTS_FHIR_FHIR_SERVER_H_
#define KINSTILE_TESTS_FHIR_FHIR_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace kinstile::testing {

// fhir_server.py over a folder of NDJSON; ended with the object.
class FhirServerProcess {
 public:
  static absl::StatusOr<std::unique_ptr<FhirServerProcess>> Start(
      const std::string& folder, const std::vector<std::string>& options = {});
  ~FhirServerProcess();
  // "http://127.0.0.1:PORT/R4"
  const std::string& base() const { return base_; }

 private:
  FhirServerProcess() = default;
  pid_t pid_ = -1;
  std::string base_;
};

}  // namespace kinstile::testing

#endif  // KINSTILE_TESTS_FHIR_FHIR_SERVER_H_
