// SPDX-License-Identifier: Apache-2.0
// Simpler ways to link, for comparison on the same people.
#ifndef KINSTILE_TESTS_BENCH_LINKAGE_BASELINES_H_
#define KINSTILE_TESTS_BENCH_LINKAGE_BASELINES_H_

#include <vector>

#include "tests/bench/linkage/pipeline.h"

namespace kinstile::quality {

// Forename, surname, birth date and postcode equal, and nobody else's.
std::vector<Pair> LinkExactly(const Register& left, const Register& right);

// The seven strong composite keys of the specification's tier A: a pair that
// shares one, unique on both sides.
std::vector<Pair> LinkByStrongKeys(const Register& left, const Register& right);

// The same, and then the members of families that have a linked pair, when
// forename and birth year agree and nobody else of the two families does.
std::vector<Pair> LinkByKeysAndAssociation(const Register& left,
                                           const Register& right);

// Cryptographic long-term keys (Schnell and others): 1024-bit Bloom filters of
// the bigrams of names, birth date and postcode, 20 bits each; Dice of .85 or
// more, best both ways. Compared with the candidates of stage 1.
std::vector<Pair> LinkByBloomFilters(const Register& left,
                                     const Register& right);

}  // namespace kinstile::quality

#endif  // KINSTILE_TESTS_BENCH_LINKAGE_BASELINES_H_
