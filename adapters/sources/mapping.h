// SPDX-License-Identifier: Apache-2.0
// A checked column mapping: which column holds which field of a person.
#ifndef KINSTILE_ADAPTERS_SOURCES_MAPPING_H_
#define KINSTILE_ADAPTERS_SOURCES_MAPPING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/identity/person.h"

namespace kinstile::sources {

enum class CsvEncoding { kUtf8, kWindows1252 };

// A text field of RawPerson and the column it is read from.
struct TextColumn {
  std::string field;  // as FieldIssue names it
  identity::Pii<> identity::RawPerson::*member;
  std::string column;
};

// True when the column holds one of the values; no column: false.
struct Flag {
  std::string column;
  std::vector<std::string> values;  // lower case
  std::vector<std::string> no;      // lower case; empty: everything else
};

struct ItemColumn {
  std::string item;
  std::string column;
  std::string day;       // empty: none
  std::string count_by;  // likewise
};

// With values: YES or NO by them; without: a number or a birth date.
struct FactColumn {
  std::string condition;
  std::string column;
  std::vector<std::string> yes, no;  // lower case
};

// A further CSV file; `key` is its own column, `on` is one that is there
// already.
struct JoinedFile {
  std::string name, key, on;
};

struct SqlQueries {
  std::string people, record;
};

struct FhirShapes {
  std::vector<std::string> shielded_codes;
  bool related_people = true;
};

// proto/kinstile/v1/mapping.proto, converted and checked once.
struct SourceMapping {
  CsvEncoding encoding = CsvEncoding::kUtf8;
  char delimiter = ',';
  bool trim = true;
  std::string id;
  std::string family;  // empty: none
  size_t family_drop_last = 0;
  std::vector<TextColumn> person;
  identity::PostcodeSystem postcode_system = identity::PostcodeSystem::kUk;
  std::vector<std::string> male, female;  // lower case; empty: by letter
  Flag nhs_verified;
  bool nhs_all_verified = false;
  bool month_first = false;
  std::string identifier_kind;
  Flag shielded;
  std::vector<ItemColumn> items;
  std::vector<FactColumn> facts;
  // At most one kind of source beside plain CSV.
  std::vector<JoinedFile> joined;
  std::optional<SqlQueries> sql;
  std::optional<FhirShapes> fhir;
};

// INVALID_ARGUMENT, "FILE:LINE:COLUMN: ...", for an unknown field, a missing
// or contradictory entry or a value out of its range. `name` stands for the
// file in errors.
absl::StatusOr<SourceMapping> ParseMapping(absl::string_view text,
                                           absl::string_view name);

// The same from a file; NOT_FOUND when it cannot be read.
absl::StatusOr<SourceMapping> LoadMapping(const std::string& path);

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_MAPPING_H_
