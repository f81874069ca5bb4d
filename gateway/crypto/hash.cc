// SPDX-License-Identifier: Apache-2.0
// Hashes and labelled HMAC by libsodium.
#include "gateway/crypto/hash.h"

#include <sodium.h>

#include <new>

#include "gateway/crypto/internal.h"

namespace kinstile::crypto {
namespace {

using internal::Data;
using State = crypto_hash_sha256_state;
using MacState = crypto_auth_hmacsha256_state;
static_assert(sizeof(State) == 104 && alignof(State) <= 8);
static_assert(sizeof(MacState) == 208 && alignof(MacState) <= 8);

State* AsState(uint8_t* storage) {
  return std::launder(reinterpret_cast<State*>(storage));
}

}  // namespace

Digest Sha256(absl::string_view message) {
  Digest out;
  crypto_hash_sha256(out.bytes.data(), Data(message), message.size());
  return out;
}

std::array<uint8_t, 64> Sha512(absl::string_view message) {
  std::array<uint8_t, 64> out;
  crypto_hash_sha512(out.data(), Data(message), message.size());
  return out;
}

Sha256Stream::Sha256Stream() { crypto_hash_sha256_init(new (state_) State); }

void Sha256Stream::Update(absl::string_view part) {
  crypto_hash_sha256_update(AsState(state_), Data(part), part.size());
}

Digest Sha256Stream::Finish() {
  Digest out;
  crypto_hash_sha256_final(AsState(state_), out.bytes.data());
  return out;
}

KeyedHmacSha256::KeyedHmacSha256(const MacKey& key) {
  crypto_auth_hmacsha256_init(new (state_) MacState, key.data(SecretAccess()),
                              MacKey::kSize);
}

// The state holds the key's two pads.
KeyedHmacSha256::~KeyedHmacSha256() { Wipe(state_, sizeof state_); }

Digest KeyedHmacSha256::Tag(absl::string_view label,
                            absl::string_view message) const {
  const std::string length = internal::LabelLength(label);
  MacState state = *std::launder(reinterpret_cast<const MacState*>(state_));
  for (absl::string_view part : {absl::string_view(length), label, message})
    crypto_auth_hmacsha256_update(&state, Data(part), part.size());
  Digest out;
  crypto_auth_hmacsha256_final(&state, out.bytes.data());
  Wipe(&state, sizeof state);
  return out;
}

Digest HmacSha256(const MacKey& key, absl::string_view label,
                  absl::string_view message) {
  return KeyedHmacSha256(key).Tag(label, message);
}

bool Equal(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() &&
         (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace kinstile::crypto
