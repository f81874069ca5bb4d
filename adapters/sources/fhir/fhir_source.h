// SPDX-License-Identifier: Apache-2.0
// An agency's people and items from a FHIR R4 system.
#ifndef KINSTILE_ADAPTERS_SOURCES_FHIR_FHIR_SOURCE_H_
#define KINSTILE_ADAPTERS_SOURCES_FHIR_FHIR_SOURCE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/sources/fhir/store.h"
#include "adapters/sources/key_index.h"
#include "adapters/sources/mapping.h"
#include "adapters/sources/source.h"
#include "gateway/base/clock.h"

namespace kinstile::sources {

// Patients are people by their id; RelatedPersons too, as "RelatedPerson/ID",
// unless their NHS number is that of a Patient. A household is an actual Group
// of persons: the first that names somebody counts, and a shielded person
// closes all of theirs. Without a group, a RelatedPerson belongs to the family
// of their patient, and so does the Patient who has the same NHS number.
//
// The register is read twice for every ForEach: for households and shields, and
// for the people (60 to 100 bytes a person are held). A person is shielded by
// meta.security of their own resource, of a RelatedPerson with the same NHS
// number or of their group. Who is inactive or was merged into another is left
// out. Items are read live from the store: a path into the person's own
// resource, or "SEARCH#PATH" with {id} for the id, as of now. Row numbers count
// the resources of a type. Thread-safe.
//
// Not held to what others hold: the JSON parser's memory is not wiped.
class FhirSource : public RecordSource {
 public:
  // INVALID_ARGUMENT: the mapping is not for FHIR.
  static absl::StatusOr<std::unique_ptr<FhirSource>> Open(
      std::unique_ptr<FhirStore> store, SourceMapping mapping,
      const Clock& clock = SystemClock());

  absl::Status ForEach(absl::FunctionRef<absl::Status(SourceRecord)> fn,
                       std::vector<RowIssue>& issues) override;
  absl::StatusOr<std::vector<ItemValue>> ReadItems(
      const identity::Pii<>& local_id,
      const std::vector<std::string>& items) override;
  absl::StatusOr<std::vector<RecordFact>> ReadFacts(
      const identity::Pii<>& local_id,
      const std::vector<std::string>& conditions,
      absl::CivilDay today) override;
  std::vector<std::string> ItemNames() const override;

 private:
  // Who belongs together, and who is closed.
  struct Households;

  FhirSource(std::unique_ptr<FhirStore> store, SourceMapping mapping,
             const Clock& clock)
      : store_(std::move(store)), mapping_(std::move(mapping)), clock_(clock) {}

  RowKey KeyOf(absl::string_view what, const std::string& text) const {
    return digester_.Of(what, identity::Pii<>(text));
  }
  absl::StatusOr<Households> ReadHouseholds(IssueList& issues);
  absl::Status ReadGroups(Households& out, IssueList& issues);
  absl::Status ReadPatients(Households& out, IssueList& issues);
  absl::Status ReadRelated(Households& out, IssueList& issues);
  absl::Status GiveRecord(const FhirJson& resource, const std::string& type,
                          size_t row, const Households& households,
                          absl::FunctionRef<absl::Status(SourceRecord)> fn,
                          IssueList& issues);
  absl::StatusOr<FhirJson> ReadPerson(const identity::Pii<>& local_id);
  // The mapped column of this person; empty when there is nothing.
  absl::StatusOr<identity::Pii<>> ReadColumn(const FhirJson& person,
                                             const std::string& column);

  const std::unique_ptr<FhirStore> store_;
  const SourceMapping mapping_;
  const Clock& clock_;
  const KeyDigester digester_;
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_FHIR_FHIR_SOURCE_H_
