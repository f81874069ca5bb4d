// SPDX-License-Identifier: Apache-2.0
// A good manifest and its signers, to be spoiled by tests.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_WIRE_MANIFEST_TEXT_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_WIRE_MANIFEST_TEXT_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/audit/note.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/oprf.h"
#include "gateway/crypto/shares.h"
#include "gateway/crypto/sign.h"
#include "gateway/wire/manifest.h"

namespace kinstile::wire {

inline crypto::SigningKey SignerOf(char fill) {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, fill)));
}
inline std::string Hex(absl::string_view raw) {
  return absl::BytesToHexString(raw);
}
// A public key that means nothing, but is one.
inline std::string BoxKeyHex(const std::string& name) {
  return Hex(crypto::PublicKeyOf(
                 *crypto::BoxSecretKey::FromBytes(crypto::SecretAccess(),
                                                  crypto::Sha256(name).view()))
                 .view());
}
inline std::string Pin(const std::string& name) {
  return absl::StrCat("  tls_spki_sha256: \"",
                      Hex(crypto::Sha256("tls " + name).view()), "\"\n");
}

// A witness's key that nobody else has.
inline std::string WitnessKeyText(const std::string& id, char signer) {
  return audit::FormatNoteVerifier(
      {id + ".example/witness", audit::NoteAlgorithm::kCosignatureV1,
       SignerOf(static_cast<char>(signer ^ 0x40)).verify_key()});
}

inline std::string AgencyText(const std::string& id, char signer) {
  return absl::StrCat(
      "agencies {\n  id: \"", id, "\"\n  name: \"", id, "\"\n", Pin(id),
      "  signing_key: \"", Hex(SignerOf(signer).verify_key().view()),
      "\"\n  comparison_key: \"", BoxKeyHex(id), "\"\n  officers { key_id: \"",
      id, "-1\" audit_key: \"", BoxKeyHex("officer " + id),
      "\" }\n  register_size: 100\n  witness: \"", WitnessKeyText(id, signer),
      "\"\n}\n");
}

inline std::string DaemonText(const std::string& id, char log) {
  return absl::StrCat("  id: \"", id, "\"\n", Pin(id), "  log_key: \"",
                      Hex(SignerOf(log).verify_key().view()),
                      "\"\n  log_origin: \"", id, ".example/audit\"\n");
}

// Two agencies, a gateway, and two key holders who must both answer.
inline std::string ManifestText() {
  static const std::string* const text = [] {
    const auto key = crypto::OprfKey::Derive(std::string(32, 'k'), "test");
    const auto shares = crypto::DealShares(*key, 2, 2);
    std::string t = "consortium: \"northbridge\"\nversion: 4\n";
    absl::StrAppend(&t, AgencyText("council", 'c'), AgencyText("health", 'h'));
    absl::StrAppend(&t, "gateways {\n", DaemonText("gateway", 'g'), "}\n");
    for (const crypto::KeyShare& share : *shares)
      absl::StrAppend(&t, "key_holders {\n",
                      DaemonText(absl::StrCat("holder-", share.index),
                                 static_cast<char>('0' + share.index)),
                      "  share_index: ", share.index,
                      "\n  share_public_key: \"",
                      Hex(share.key.public_key().bytes()),
                      "\"\n  organisation: \"council\"\n}\n");
    absl::StrAppend(&t, "matching_key { epoch: 9 threshold: 2 public_key: \"",
                    Hex(key->public_key().bytes()), "\" }\n",
                    "witnesses { policy: \"group both all council health\\n"
                    "quorum both\\n\" }\n");
    return new std::string(std::move(t));
  }();
  return *text;
}

inline PinnedKeys Pinned() {
  return {{"council", SignerOf('c').verify_key()},
          {"health", SignerOf('h').verify_key()}};
}
inline std::string SignatureHex(char signer, absl::string_view bytes) {
  return Hex(SignerOf(signer).Sign(kManifestLabel, bytes).view());
}
inline ManifestSignatures SignaturesOf(absl::string_view bytes) {
  return {{"council", SignatureHex('c', bytes)},
          {"health", SignatureHex('h', bytes) + "\n"}};
}

}  // namespace kinstile::wire

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_WIRE_MANIFEST_TEXT_H_
