// SPDX-License-Identifier: Apache-2.0
// Fuzzes the mapping loader: what it takes is complete.
#include "adapters/sources/mapping.h"

#include <cstdlib>
#include <string>
#include <vector>

std::vector<std::string> FuzzSeeds() {
  return {"id: \"a\" person { surname: \"b\" }",
          "id: \"a\" delimiter: \";\" family { column: \"c\" drop_last: 3 }\n"
          "person { sex { column: \"s\" male: \"1\" female: \"2\" }\n"
          "birth { year: \"y\" } nhs_number { column: \"n\" all_verified: true "
          "} }\nshielded { column: \"f\" values: \"y\" }\n"
          "items { item: \"i\" column: \"j\" }",
          "fhir { shielded_codes: \"R\" }",
          "id: \"a\" person { surname: \"b\" } joined { name: \"f\" key: "
          "\"k\" on: \"a\" }",
          "id: \"a\" person { surname: \"b\" } sql { people: \"SELECT 1\" "
          "record: \"SELECT 1 WHERE a = ?\" }"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto mapping = kinstile::sources::ParseMapping(
      absl::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  if (!mapping.ok()) {
    if (mapping.status().message().empty()) std::abort();
    return 0;
  }
  const bool table = !mapping->id.empty() && !mapping->person.empty();
  if (table == mapping->fhir.has_value()) std::abort();
  if (mapping->delimiter == '"' || mapping->delimiter == '\n') std::abort();
  return 0;
}
