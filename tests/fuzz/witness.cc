// SPDX-License-Identifier: Apache-2.0
// add-checkpoint bodies, proofs and witness policies as strangers write them.
#include "gateway/audit/witness.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/audit/tlog_policy.h"
#include "gateway/audit/tlog_proof.h"

using namespace kinstile;         // NOLINT: a test program
using namespace kinstile::audit;  // NOLINT

namespace {

std::string Policy() {
  return "witness a example.com/witness+2e1a6f95+BAAA\n"
         "group g 1 a\nquorum g\nquorum none\n";
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const auto key = crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, 1)));
  const std::string note =
      SignCheckpoint({"o.example", 10, merkle::EmptyRoot()}, key);
  return {FormatAddCheckpoint({7, {merkle::EmptyRoot()}, note}),
          FormatTlogProof({"extra", 3, {merkle::EmptyRoot()}, note}),
          note + Cosign("o.example\n", "w.example", key, 5), Policy()};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (auto v = ParseAddCheckpoint(text);
      v.ok() && FormatAddCheckpoint(*v) != text)
    std::abort();
  if (auto v = ParseTlogProof(text); v.ok() && FormatTlogProof(*v) != text)
    std::abort();
  // Whoever makes a quorum alone makes one in company.
  if (auto v = TlogPolicy::Parse(text); v.ok() && v->MetByOne()) {
    std::set<std::string> all;
    for (const auto& w : v->witnesses()) all.insert(w.name);
    if (!v->Met(all)) std::abort();
  }
  return 0;
}
