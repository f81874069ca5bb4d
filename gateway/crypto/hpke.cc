// SPDX-License-Identifier: Apache-2.0
// RFC 9180 base mode, single shot, from X25519, HKDF and the IETF AEAD.
#include "gateway/crypto/hpke.h"

#include <sodium.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hkdf.h"
#include "gateway/crypto/internal.h"
#include "gateway/crypto/random.h"

namespace kinstile::crypto {
namespace {

using internal::Data;
using internal::MutableData;

constexpr absl::string_view kVersion = "HPKE-v1";
// "KEM" || DHKEM(X25519, HKDF-SHA256), section 4.1.
constexpr absl::string_view kKemSuite = internal::Literal("KEM\x00\x20");
// "HPKE" || KEM || HKDF-SHA256 || ChaCha20Poly1305, section 5.1.
constexpr absl::string_view kSuite =
    internal::Literal("HPKE\x00\x20\x00\x01\x00\x03");
constexpr absl::string_view kModeBase = internal::Literal("\x00");
constexpr size_t kEncSize = BoxPublicKey::kSize;
constexpr size_t kHpkeTagSize = crypto_aead_chacha20poly1305_ietf_ABYTES;

struct SharedSecretTag {};
using SharedSecret = Secret<32, SharedSecretTag>;
struct BodyKeyTag {};
using BodyKey = Secret<32, BodyKeyTag>;
struct BaseNonceTag {};
using BaseNonce =
    Secret<crypto_aead_chacha20poly1305_ietf_NPUBBYTES, BaseNonceTag>;

// Key and nonce of sequence number 0, the only one a single shot uses: the
// nonce is the base nonce as it is (XOR with 0), and repeats never, because
// the key does not: each seal has a fresh ephemeral key.
struct Context {
  BodyKey key;
  BaseNonce nonce;
};

Prk LabeledExtract(absl::string_view suite, absl::string_view salt,
                   absl::string_view label, absl::string_view ikm) {
  std::string labeled = absl::StrCat(kVersion, suite, label, ikm);
  Prk prk = HkdfExtract(salt, labeled);
  Wipe(labeled);
  return prk;
}

template <class Key>
Key LabeledExpand(absl::string_view suite, const Prk& prk,
                  absl::string_view label, absl::string_view info) {
  std::string labeled;
  internal::AppendU16(Key::kSize, labeled);
  absl::StrAppend(&labeled, kVersion, suite, label, info);
  return HkdfKey<Key>(prk, labeled);
}

// Section 4.1, ExtractAndExpand.
SharedSecret KemSecret(const DhSecret& dh, const BoxPublicKey& ephemeral,
                       const BoxPublicKey& recipient) {
  const Prk prk =
      LabeledExtract(kKemSuite, "", "eae_prk", dh.view(SecretAccess()));
  return LabeledExpand<SharedSecret>(
      kKemSuite, prk, "shared_secret",
      absl::StrCat(ephemeral.view(), recipient.view()));
}

// Section 5.1, KeySchedule with no pre-shared key.
Context Schedule(const SharedSecret& shared, absl::string_view info) {
  const Prk psk_id_hash = LabeledExtract(kSuite, "", "psk_id_hash", "");
  const Prk info_hash = LabeledExtract(kSuite, "", "info_hash", info);
  const std::string context =
      absl::StrCat(kModeBase, psk_id_hash.view(SecretAccess()),
                   info_hash.view(SecretAccess()));
  const Prk secret =
      LabeledExtract(kSuite, shared.view(SecretAccess()), "secret", "");
  return Context{
      LabeledExpand<BodyKey>(kSuite, secret, "key", context),
      LabeledExpand<BaseNonce>(kSuite, secret, "base_nonce", context)};
}

}  // namespace

BoxPublicKey PublicKeyOf(const BoxSecretKey& secret) {
  internal::EnsureInit();
  BoxPublicKey out;
  crypto_scalarmult_base(out.bytes.data(), secret.data(SecretAccess()));
  return out;
}

absl::StatusOr<DhSecret> DiffieHellman(const BoxSecretKey& secret,
                                       const BoxPublicKey& peer) {
  internal::EnsureInit();
  DhSecret out{SecretAccess()};
  if (crypto_scalarmult(out.mutable_data(SecretAccess()),
                        secret.data(SecretAccess()), peer.bytes.data()) != 0)
    return absl::InvalidArgumentError("X25519 public key: low order");
  return out;
}

absl::StatusOr<std::string> HpkeSeal(const BoxPublicKey& recipient,
                                     absl::string_view info,
                                     absl::string_view aad,
                                     absl::string_view plaintext) {
  return HpkeSealWithEphemeralForTest(RandomKey<BoxSecretKey>(), recipient,
                                      info, aad, plaintext);
}

absl::StatusOr<std::string> HpkeSealWithEphemeralForTest(
    const BoxSecretKey& ephemeral, const BoxPublicKey& recipient,
    absl::string_view info, absl::string_view aad,
    absl::string_view plaintext) {
  const BoxPublicKey enc = PublicKeyOf(ephemeral);
  KS_ASSIGN_OR_RETURN(const DhSecret dh, DiffieHellman(ephemeral, recipient));
  const Context context = Schedule(KemSecret(dh, enc, recipient), info);
  std::string out = enc.str();
  out.resize(kEncSize + plaintext.size() + kHpkeTagSize);
  crypto_aead_chacha20poly1305_ietf_encrypt(
      MutableData(out) + kEncSize, nullptr, Data(plaintext), plaintext.size(),
      Data(aad), aad.size(), nullptr, context.nonce.data(SecretAccess()),
      context.key.data(SecretAccess()));
  return out;
}

absl::StatusOr<std::string> HpkeOpen(const BoxSecretKey& secret,
                                     absl::string_view info,
                                     absl::string_view aad,
                                     absl::string_view sealed) {
  const absl::Status refused =
      absl::InvalidArgumentError("sealed box: does not open");
  if (sealed.size() < kEncSize + kHpkeTagSize) return refused;
  KS_ASSIGN_OR_RETURN(const BoxPublicKey enc,
                      BoxPublicKey::FromBytes(sealed.substr(0, kEncSize)));
  const absl::StatusOr<DhSecret> dh = DiffieHellman(secret, enc);
  if (!dh.ok()) return refused;
  const Context context =
      Schedule(KemSecret(*dh, enc, PublicKeyOf(secret)), info);
  const absl::string_view body = sealed.substr(kEncSize);
  std::string out(body.size() - kHpkeTagSize, '\0');
  if (crypto_aead_chacha20poly1305_ietf_decrypt(
          MutableData(out), nullptr, nullptr, Data(body), body.size(),
          Data(aad), aad.size(), context.nonce.data(SecretAccess()),
          context.key.data(SecretAccess())) != 0)
    return refused;
  return out;
}

}  // namespace kinstile::crypto
