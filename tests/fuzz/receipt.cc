// SPDX-License-Identifier: Apache-2.0
// Receipts from the wire: parse, print, and never believe a changed one.
#include "gateway/audit/receipt.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/audit/leaf.h"
#include "gateway/audit/note.h"
#include "gateway/crypto/hash.h"

using namespace kinstile;         // NOLINT: a test program
using namespace kinstile::audit;  // NOLINT

namespace {

const crypto::SigningKey& Key() {
  static const auto* key = new crypto::SigningKey(
      crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
          crypto::SecretAccess(), std::string(32, 1))));
  return *key;
}

Receipt Valid() {
  Receipt r;
  Leaf leaf;
  leaf.index = 1;
  leaf.origin_hash = crypto::Sha256("o.example");
  leaf.binding = BindingOf(r.nonce, Digest{});
  r.index = 1;
  r.leaf = EncodeLeaf(leaf);
  merkle::Tree tree;
  tree.Append(merkle::HashLeaf("first"));
  tree.Append(merkle::HashLeaf(r.leaf));
  r.proof = *tree.InclusionProof(1, 2);
  r.checkpoint = SignCheckpoint({"o.example", 2, tree.Root()}, Key());
  return r;
}

}  // namespace

std::vector<std::string> FuzzSeeds() { return {EncodeReceipt(Valid())}; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto r = ParseReceipt(text);
  if (!r.ok()) return 0;
  if (EncodeReceipt(*r) != text) std::abort();
  static const auto* valid = new Receipt(Valid());
  auto v = VerifyReceipt(*r, Key().verify_key(), "o.example", Digest{});
  if (v.ok() && (r->leaf != valid->leaf || r->proof != valid->proof))
    std::abort();
  return 0;
}
