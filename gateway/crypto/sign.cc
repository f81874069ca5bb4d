// SPDX-License-Identifier: Apache-2.0
// Labelled Ed25519 by libsodium.
#include "gateway/crypto/sign.h"

#include <sodium.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gateway/crypto/internal.h"

namespace kinstile::crypto {
namespace {

std::string Labelled(absl::string_view label, absl::string_view message) {
  return absl::StrCat(internal::LabelLength(label), label, message);
}

}  // namespace

SigningKey SigningKey::FromSeed(const SigningSeed& seed) {
  SigningKey key;
  crypto_sign_seed_keypair(key.verify_key_.bytes.data(),
                           key.secret_.mutable_data(SecretAccess()),
                           seed.data(SecretAccess()));
  return key;
}

SigningKey SigningKey::Clone() const {
  SigningKey key;
  key.secret_ = secret_.Clone();
  key.verify_key_ = verify_key_;
  return key;
}

Signature SigningKey::Sign(absl::string_view label,
                           absl::string_view message) const {
  return SignNote(Labelled(label, message));
}

Signature SigningKey::SignNote(absl::string_view note) const {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, internal::Data(note),
                       note.size(), secret_.data(SecretAccess()));
  return signature;
}

absl::Status Verify(const VerifyKey& key, absl::string_view label,
                    absl::string_view message, const Signature& signature) {
  return VerifyNote(key, Labelled(label, message), signature);
}

absl::Status VerifyNote(const VerifyKey& key, absl::string_view note,
                        const Signature& signature) {
  if (crypto_sign_verify_detached(signature.bytes.data(), internal::Data(note),
                                  note.size(), key.bytes.data()) != 0)
    return absl::UnauthenticatedError("signature: does not verify");
  return absl::OkStatus();
}

}  // namespace kinstile::crypto
