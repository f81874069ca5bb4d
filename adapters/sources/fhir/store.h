// SPDX-License-Identifier: Apache-2.0
// Where FHIR resources lie: on a server, or in a folder of a bulk export.
#ifndef KINSTILE_ADAPTERS_SOURCES_FHIR_STORE_H_
#define KINSTILE_ADAPTERS_SOURCES_FHIR_STORE_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/sources/fhir/shapes.h"
#include "adapters/sources/source.h"

namespace kinstile::sources {

// Thread-safe. UNAVAILABLE: it cannot be read now; FAILED_PRECONDITION: what it
// gives is not FHIR, or it refuses the adapter.
class FhirStore {
 public:
  virtual ~FhirStore() = default;
  using Each = absl::FunctionRef<absl::Status(const FhirJson&, size_t row)>;
  // Every resource of a type once, in the store's order, holding a page of them
  // at a time. What is no JSON object of that type is reported and skipped. An
  // error of `fn` ends it.
  virtual absl::Status ForEach(const std::string& type, Each fn,
                               IssueList& issues) = 0;
  // NOT_FOUND when there is none (any more).
  virtual absl::StatusOr<FhirJson> Read(const std::string& type,
                                        const std::string& id) = 0;
  // The first resource that a search finds ("CareTeam?patient=7"); NOT_FOUND.
  virtual absl::StatusOr<FhirJson> First(const std::string& search) = 0;
  // The next ForEach sees what is there then, of all types at one time as far
  // as the store can.
  virtual void StartOver() {}
};

// An id as FHIR has them: 1 to 64 of A-Z, a-z, 0-9, - and . (so that it can be
// part of an address).
bool IsFhirId(absl::string_view id);

// NDJSON as a bulk export writes it: files of the folder that begin with a
// type's name and end in .ndjson. UNAVAILABLE: no folder.
absl::StatusOr<std::unique_ptr<FhirStore>> OpenFhirFolder(
    const std::string& folder);

// One line of NDJSON; reported when it is not an object of the type. True when
// it was given to `fn`, whose status is in `status`.
bool ReadFhirLine(absl::string_view line, const std::string& type, size_t row,
                  FhirStore::Each fn, IssueList& issues, absl::Status& status);

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_FHIR_STORE_H_
