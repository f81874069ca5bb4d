// SPDX-License-Identifier: Apache-2.0
// RFC 6962 section 2.1 as it is printed: slow, obvious, to check the clever
// one.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_NAIVE_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_NAIVE_H_

#include <map>
#include <string>
#include <utility>
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

// The same definitions by index, for large trees: MTH of a range is looked up
// where it was computed before. That is all that is clever here.
class Remembering {
 public:
  explicit Remembering(Leaves leaves) : d_(std::move(leaves)) {}

  Hash Root(size_t n) { return n == 0 ? Mth({}) : Range(0, n); }
  std::vector<Hash> InclusionPath(size_t m, size_t n) {
    return PathIn(m, 0, n);
  }
  std::vector<Hash> Consistency(size_t m, size_t n) {
    return SubProofIn(m, 0, n, true);
  }

 private:
  // Of leaves from `from` on, up to `to`.
  Hash Range(size_t from, size_t to) {
    if (to - from == 1) return crypto::Sha256(std::string(1, 0) + d_[from]);
    const auto known = known_.find({from, to});
    if (known != known_.end()) return known->second;
    const size_t k = from + Split(to - from);
    const Hash hash = crypto::Sha256(std::string(1, 1) + Range(from, k).str() +
                                     Range(k, to).str());
    known_[{from, to}] = hash;
    return hash;
  }
  std::vector<Hash> PathIn(size_t m, size_t from, size_t to) {
    if (to - from == 1) return {};
    const size_t k = from + Split(to - from);
    std::vector<Hash> p = m < k ? PathIn(m, from, k) : PathIn(m, k, to);
    p.push_back(m < k ? Range(k, to) : Range(from, k));
    return p;
  }
  std::vector<Hash> SubProofIn(size_t m, size_t from, size_t to, bool b) {
    if (m == to) return b ? std::vector<Hash>{} : std::vector{Range(from, to)};
    const size_t k = from + Split(to - from);
    std::vector<Hash> p =
        m <= k ? SubProofIn(m, from, k, b) : SubProofIn(m, k, to, false);
    p.push_back(m <= k ? Range(k, to) : Range(from, k));
    return p;
  }

  const Leaves d_;
  std::map<std::pair<size_t, size_t>, Hash> known_;
};

}  // namespace kinstile::merkle::naive

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_MERKLE_NAIVE_H_
