// SPDX-License-Identifier: Apache-2.0
// Fuzzes what is read out of a FHIR resource: any JSON is taken, nothing that
// is no id passes for one.
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapters/sources/fhir/shapes.h"
#include "adapters/sources/fhir/store.h"

std::vector<std::string> FuzzSeeds() {
  return {
      R"({"resourceType":"Patient","id":"1","active":true,"meta":{"security":[
        {"system":"v3-Confidentiality","code":"R"}]},"name":[{"use":"official",
        "family":"Hill","given":["Ann","May"]}],"gender":"female","birthDate":
        "1987-03-05","address":[{"line":["9 Mill Lane"],"postalCode":"ZZ1 1AA",
        "extension":[{"url":"AddressKey","extension":[{"url":"type",
        "valueCoding":{"code":"UPRN"}},{"url":"value","valueString":"1"}]}]}],
        "identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":
        "9990000018","extension":[{"url":"NHSNumberVerificationStatus",
        "valueCodeableConcept":{"coding":[{"code":"01"}]}}]}],
        "link":[{"type":"replaced-by"}]})",
      R"({"resourceType":"Group","id":"g","type":"person","actual":true,
        "member":[{"entity":{"reference":"Patient/1"}},{"inactive":true}]})"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kinstile::sources;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<RowIssue> out;
  IssueList issues(out);
  absl::Status status;
  size_t given = 0;
  auto read = [&](const FhirJson& resource, size_t) {
    ++given;
    FhirPerson(resource);
    FhirRetired(resource);
    FhirShielded(resource, FhirShapes{{"R"}, true});
    FhirMembers(resource);
    FhirPath(resource, "name[use=official].given");
    FhirPath(resource, text);
    return absl::OkStatus();
  };
  const bool taken = ReadFhirLine(text, "Patient", 1, read, issues, status);
  if (taken != (given == 1) || given + out.size() > 1) std::abort();
  const FhirJson json = FhirJson::parse(text, nullptr, false);
  if (!json.is_discarded() && !read(json, 1).ok()) std::abort();
  if (IsFhirId(text) && text.find_first_of("/?#%& ") != std::string::npos)
    std::abort();
  return 0;
}
