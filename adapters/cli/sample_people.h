// SPDX-License-Identifier: Apache-2.0
// Invented people and households, before any agency wrote them down.
#ifndef KINSTILE_ADAPTERS_CLI_SAMPLE_PEOPLE_H_
#define KINSTILE_ADAPTERS_CLI_SAMPLE_PEOPLE_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace kinstile::cli {

// Reproducible on every machine: the engine is specified by the standard, and
// the distributions (which are not) are left alone.
class SampleRandom {
 public:
  explicit SampleRandom(uint64_t seed) : engine_(seed) {}
  size_t Below(size_t n) { return n == 0 ? 0 : engine_() % n; }
  int Between(int low, int high) {
    return low + static_cast<int>(Below(high - low + 1));
  }
  bool Chance(int percent) { return Below(100) < static_cast<size_t>(percent); }
  template <class Container>
  const auto& Pick(const Container& c) {
    return c[Below(std::size(c))];
  }

 private:
  std::mt19937_64 engine_;
};

struct SampleAddress {
  std::string house, street, postcode;
};

// Invented: nobody real stands behind it, so plain strings will do.
struct SamplePerson {
  std::string forename, middle, surname, previous_surname;
  bool male = false;
  bool child = false;
  absl::CivilDay birth;
  SampleAddress address;
  SampleAddress previous;  // empty house: never moved
  std::string nhs_number, nino;
  bool second_home = false;  // spends half the week with the other parent
};

struct SampleFamily {
  std::vector<SamplePerson> members;
  bool shielded = false;
};

// `serial` numbers people and homes across the whole sample, so that no two
// share an NHS number, a NINO or by accident a home.
SampleFamily InventFamily(SampleRandom& random, size_t& serial,
                          bool many_movers);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_SAMPLE_PEOPLE_H_
