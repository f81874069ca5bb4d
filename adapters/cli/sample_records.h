// SPDX-License-Identifier: Apache-2.0
// What one agency wrote down about invented people: slips, columns, items.
#ifndef KINSTILE_ADAPTERS_CLI_SAMPLE_RECORDS_H_
#define KINSTILE_ADAPTERS_CLI_SAMPLE_RECORDS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/cli/sample_people.h"

namespace kinstile::cli {

// A column and what goes into it.
struct SampleItem {
  const char* item;
  // The words it is drawn from; empty: made up by name (see ItemValue).
  std::vector<const char*> words;
  // Of a hundred people, for how many it is filled.
  int filled;
};

// One of the six agencies the generator knows.
struct SampleAgency {
  const char* name;
  const char* id_prefix;
  int knows_families;  // of a hundred
  bool adults, children;
  bool uk_dates;  // DD/MM/YYYY
  bool nino;
  // 0 none, 1 some and only some verified, 2 all and verified
  int nhs;
  std::vector<SampleItem> items;
};

// Null for an unknown name.
const SampleAgency* FindSampleAgency(absl::string_view name);

// The header line of the agency's file and the mapping that reads it.
std::string SampleHeader(const SampleAgency& agency);
std::string SampleMapping(const SampleAgency& agency);

// One line, without its end. `percent` is the chance of a slip in a field.
std::string SampleLine(const SampleAgency& agency, const SamplePerson& person,
                       absl::string_view id, absl::string_view family,
                       bool shielded, int percent, SampleRandom& random);

// One small error in a word: a letter left out, doubled, or two exchanged.
std::string Slip(absl::string_view word, SampleRandom& random);

// A field as RFC 4180 writes it.
std::string CsvField(absl::string_view value);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_SAMPLE_RECORDS_H_
