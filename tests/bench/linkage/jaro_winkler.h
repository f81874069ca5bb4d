// SPDX-License-Identifier: Apache-2.0
// What a linkage would see that compares names in the clear.
#ifndef KINSTILE_TESTS_BENCH_LINKAGE_JARO_WINKLER_H_
#define KINSTILE_TESTS_BENCH_LINKAGE_JARO_WINKLER_H_

#include "absl/strings/string_view.h"
#include "tests/bench/linkage/pipeline.h"

namespace kinstile::quality {

// Winkler (1990), prefix weight .1, at most four letters: 1 for equal words.
double JaroWinkler(absl::string_view a, absl::string_view b);

// As ByTokens, but forenames and surnames that are not equal, and are not
// explained by a nickname, an exchange or another surname, are told apart by
// their similarity in the clear: .93, .88, .82 and .75.
linkage::Levels ByJaroWinkler(const Record& a, const Record& b);

}  // namespace kinstile::quality

#endif  // KINSTILE_TESTS_BENCH_LINKAGE_JARO_WINKLER_H_
