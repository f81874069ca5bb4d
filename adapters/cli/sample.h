// SPDX-License-Identifier: Apache-2.0
// Invented families, as several agencies would each have recorded them.
#ifndef KINSTILE_ADAPTERS_CLI_SAMPLE_H_
#define KINSTILE_ADAPTERS_CLI_SAMPLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace kinstile::cli {

struct SampleOptions {
  std::string out_dir;  // made if it is not there; files are replaced
  size_t families = 300;
  // Of jcp, council, health, school, housing, charity; each at most once.
  std::vector<std::string> agencies = {"jcp", "council", "health"};
  uint64_t seed = 1;
  // "easy": few slips of the pen. "hard": many, and more people who moved.
  std::string level = "easy";
};

// Writes, per agency, AGENCY.csv (UTF-8, LF) and AGENCY.mapping.textproto, and
// truth.csv: agency_a,id_a,agency_b,id_b for every two records of one person.
// The same options give the same bytes, on every machine.
//
// Nobody is real. NHS numbers are 999 nnn nnnn (never issued) with a right
// check digit; NINOs begin with PZ (kept by HMRC for administration, never a
// person's), are well formed and so pass the check; postcodes are ZZ1 to ZZ98
// (no such area); telephone numbers 01632 960nnn (Ofcom, for drama). Families
// have one to seven members: parents and children, twins, two homes, movers,
// names of the United Kingdom's communities. Each agency holds an overlapping
// part under its own record ids and case references. About one family in sixty
// is shielded, at every agency that knows it; at least one is when there are
// families at all.
//
// INVALID_ARGUMENT names the option; UNAVAILABLE the file.
absl::Status WriteSample(const SampleOptions& options);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_SAMPLE_H_
