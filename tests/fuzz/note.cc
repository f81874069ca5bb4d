// SPDX-License-Identifier: Apache-2.0
// Signed notes, checkpoints and verifier keys as strangers might write them.
#include "gateway/audit/note.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

using namespace kinstile;         // NOLINT: a test program
using namespace kinstile::audit;  // NOLINT

namespace {

const crypto::SigningKey& Key() {
  static const auto* key = new crypto::SigningKey(
      crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
          crypto::SecretAccess(), std::string(32, 1))));
  return *key;
}

const std::string& Signed() {
  static const auto* note = new std::string(
      SignCheckpoint({"o.example", 10, merkle::EmptyRoot()}, Key()));
  return *note;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {Signed(), FormatCheckpoint({"o", 1, merkle::EmptyRoot()}),
          FormatNoteVerifier(
              {"o.example", NoteAlgorithm::kEd25519, Key().verify_key()})};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (auto v = ParseCheckpoint(text); v.ok() && FormatCheckpoint(*v) != text)
    std::abort();
  if (auto v = ParseNoteVerifier(text);
      v.ok() && FormatNoteVerifier(*v) != text)
    std::abort();
  // Only the one text that was ever signed opens (more signatures by others may
  // follow it).
  auto opened = OpenCheckpoint(text, "o.example", Key().verify_key());
  if (opened.ok() && opened->size != 10) std::abort();
  if (auto v = ParseNote(text); v.ok())
    (void)VerifyCosignature(*v, "o.example", Key().verify_key());
  return 0;
}
