// SPDX-License-Identifier: Apache-2.0
// RFC 6962 section 2.1 as it is printed: slow, obvious, to check the clever
// one.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_NAIVE_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_NAIVE_H_

#include <string>
#include <vector>

#include "gateway/crypto/hash.h"
#include "gateway/merkle/tree.h"

namespace kinstile::merkle::naive {

using Leaves = std::vector<std::string>;

inline size_t Split(size_t n) {
  size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

inline Leaves Slice(const Leaves& d, size_t from, size_t to) {
  return Leaves(d.begin() + from, d.begin() + to);
}

inline Hash Mth(const Leaves& d) {
  if (d.empty()) return crypto::Sha256("");
  if (d.size() == 1) return crypto::Sha256(std::string(1, 0) + d[0]);
  size_t k = Split(d.size());
  return crypto::Sha256(std::string(1, 1) + Mth(Slice(d, 0, k)).str() +
                        Mth(Slice(d, k, d.size())).str());
}

inline std::vector<Hash> Path(size_t m, const Leaves& d) {
  if (d.size() == 1) return {};
  size_t k = Split(d.size());
  bool left = m < k;
  std::vector<Hash> p =
      left ? Path(m, Slice(d, 0, k)) : Path(m - k, Slice(d, k, d.size()));
  p.push_back(Mth(left ? Slice(d, k, d.size()) : Slice(d, 0, k)));
  return p;
}

inline std::vector<Hash> SubProof(size_t m, const Leaves& d, bool b) {
  if (m == d.size()) return b ? std::vector<Hash>{} : std::vector{Mth(d)};
  size_t k = Split(d.size());
  bool left = m <= k;
  std::vector<Hash> p = left ? SubProof(m, Slice(d, 0, k), b)
                             : SubProof(m - k, Slice(d, k, d.size()), false);
  p.push_back(Mth(left ? Slice(d, k, d.size()) : Slice(d, 0, k)));
  return p;
}

}  // namespace kinstile::merkle::naive

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_NAIVE_H_
