// SPDX-License-Identifier: Apache-2.0
// The yardstick: a unary call that does nothing, over the same mutual TLS.
#ifndef KINSTILE_TESTS_BENCH_SPINE_EMPTY_CALL_H_
#define KINSTILE_TESTS_BENCH_SPINE_EMPTY_CALL_H_

#include <string>

namespace kinstile::bench {

// 1 KiB there, 1 KiB back.
inline constexpr size_t kEmptyCallBytes = 1024;

// Runs in a process of its own: serves Evaluate as an empty call with the
// certificate in `tls`, on the server that kinstiled uses with its limits, and
// writes its port to `port_file`. Ends when its starter does. Exit code.
int ServeEmptyCalls(const std::string& tls, const std::string& port_file);

}  // namespace kinstile::bench

#endif  // KINSTILE_TESTS_BENCH_SPINE_EMPTY_CALL_H_
