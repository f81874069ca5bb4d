// SPDX-License-Identifier: Apache-2.0
// SHA-256, SHA-512 (FIPS 180-4) and HMAC (RFC 2104).
#ifndef KINSTILE_GATEWAY_CRYPTO_HASH_H_
#define KINSTILE_GATEWAY_CRYPTO_HASH_H_

#include <array>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

Digest Sha256(absl::string_view message);
// 64 bytes.
std::array<uint8_t, 64> Sha512(absl::string_view message);

// Incremental SHA-256, for input that is not in one piece.
class Sha256Stream {
 public:
  Sha256Stream();
  void Update(absl::string_view part);
  Digest Finish();

 private:
  alignas(8) uint8_t state_[104];  // crypto_hash_sha256_state, checked in .cc
};

struct MacKeyTag {
  static constexpr char kWhat[] = "MAC key";
};
using MacKey = Secret<32, MacKeyTag>;

// HMAC-SHA-256 over u32(len(label)) || label || message. Every use has its own
// label, so that one key never gives the same tag for two meanings.
Digest HmacSha256(const MacKey& key, absl::string_view label,
                  absl::string_view message);

// The same tags for many messages under one key, each at about half the cost:
// the key's two blocks are hashed once. Immutable, wiped.
class KeyedHmacSha256 {
 public:
  explicit KeyedHmacSha256(const MacKey& key);
  KeyedHmacSha256(const KeyedHmacSha256&) = delete;
  KeyedHmacSha256& operator=(const KeyedHmacSha256&) = delete;
  ~KeyedHmacSha256();
  // Equals HmacSha256(key, label, message).
  Digest Tag(absl::string_view label, absl::string_view message) const;

 private:
  // crypto_auth_hmacsha256_state, checked in .cc
  alignas(8) uint8_t state_[208];
};

// Constant-time equality; false for different lengths.
bool Equal(absl::string_view a, absl::string_view b);

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_HASH_H_
