// SPDX-License-Identifier: Apache-2.0
// FHIR R4 resources in UK Core's shapes, as people of a register.
#ifndef KINSTILE_ADAPTERS_SOURCES_FHIR_SHAPES_H_
#define KINSTILE_ADAPTERS_SOURCES_FHIR_SHAPES_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/identity/person.h"
#include "adapters/identity/pii.h"
#include "adapters/sources/mapping.h"

namespace kinstile::sources {

using FhirJson = nlohmann::json;

// Pure. What is not there, or has another type than R4 gives it, is empty: a
// resource is somebody else's, so nothing here assumes that it is well-formed.

// A string member; empty when there is none.
std::string FhirText(const FhirJson& object, absl::string_view member);

// Patient or RelatedPerson: name (official, else usual; maiden and old ones as
// the previous surname), gender, birthDate, address (home; old as the previous
// postcode; UPRN), and the NHS number with its verification status.
identity::RawPerson FhirPerson(const FhirJson& resource);

// Whether meta.security has one of the codes of v3-Confidentiality.
bool FhirShielded(const FhirJson& resource, const FhirShapes& shapes);

// Whether the resource counts no longer: active is false, or a Patient that was
// replaced by another (merged).
bool FhirRetired(const FhirJson& resource);

// A reference as "Type/id", from a relative or absolute one; empty otherwise.
std::string FhirReference(const FhirJson& reference);

// The people of a Group that is a household: those of an actual group of
// persons, without the inactive ones.
std::vector<std::string> FhirMembers(const FhirJson& group);

// The first text, number or boolean at a path: members with dots between them,
// each of which can choose among a list by a member's value:
// "telecom[system=phone].value". Lists are searched in order.
identity::Pii<> FhirPath(const FhirJson& resource, absl::string_view path);

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_FHIR_SHAPES_H_
