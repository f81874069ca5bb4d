// SPDX-License-Identifier: Apache-2.0
// Notes by the letter of c2sp.org/signed-note.
#include "gateway/audit/note.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // em dash
constexpr size_t kMaxNote = 64 * 1024;
constexpr size_t kMaxSignatures = 100;
constexpr uint64_t kLastTime = INT64_MAX;

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

std::string U32(uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16),
          static_cast<char>(v >> 8), static_cast<char>(v)};
}

uint64_t BigEndian(absl::string_view bytes) {
  uint64_t v = 0;
  for (char c : bytes) v = v << 8 | static_cast<uint8_t>(c);
  return v;
}

// The code points of well-formed UTF-8 (no overlong form, no surrogate, nothing
// above U+10FFFF), or nothing.
std::optional<std::u32string> DecodeUtf8(absl::string_view text) {
  std::u32string points;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i++]);
    const int more = first < 0x80   ? 0
                     : first < 0xc2 ? -1
                     : first < 0xe0 ? 1
                     : first < 0xf0 ? 2
                     : first < 0xf5 ? 3
                                    : -1;
    if (more < 0 || text.size() - i < static_cast<size_t>(more))
      return std::nullopt;
    char32_t c = more == 0 ? first : first & (0x3f >> more);
    for (int k = 0; k < more; ++k) {
      const auto next = static_cast<uint8_t>(text[i++]);
      if ((next & 0xc0) != 0x80) return std::nullopt;
      c = c << 6 | (next & 0x3f);
    }
    const bool overlong =
        (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
    if (overlong || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
      return std::nullopt;
    points.push_back(c);
  }
  return points;
}

// Unicode White_Space.
bool IsSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

absl::StatusOr<NoteSignature> ParseSignatureLine(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kSignaturePrefix))
    return Malformed("note: a signature line does not start with a dash");
  std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
  if (parts.size() != 2) return Malformed("note: malformed signature line");
  KS_RETURN_IF_ERROR(CheckKeyName(parts[0]));
  KS_ASSIGN_OR_RETURN(std::string bytes, DecodeBase64(parts[1]));
  if (bytes.size() < 5) return Malformed("note: signature too short");
  return NoteSignature{std::string(parts[0]),
                       static_cast<uint32_t>(BigEndian(bytes.substr(0, 4))),
                       bytes.substr(4)};
}

std::string SignatureLine(absl::string_view name, NoteAlgorithm algorithm,
                          const crypto::VerifyKey& key,
                          absl::string_view signature) {
  return FormatSignature({std::string(name), NoteKeyId(name, algorithm, key),
                          std::string(signature)});
}

// What a cosigner signs.
std::string CosignedMessage(uint64_t unix_seconds, absl::string_view text) {
  return absl::StrCat("cosignature/v1\ntime ", unix_seconds, "\n", text);
}

}  // namespace

std::string FormatSignature(const NoteSignature& s) {
  return absl::StrCat(
      kSignaturePrefix, s.name, " ",
      absl::Base64Escape(absl::StrCat(U32(s.key_id), s.signature)), "\n");
}

absl::StatusOr<uint64_t> ParseDecimal(absl::string_view text) {
  uint64_t v = 0;
  bool plain = !text.empty() &&
               std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (!plain || (text.size() > 1 && text[0] == '0') ||
      !absl::SimpleAtoi(text, &v))
    return Malformed("note: not a decimal number");
  return v;
}

absl::StatusOr<std::string> DecodeBase64(absl::string_view text) {
  std::string bytes;
  // Base64Unescape forgives spaces and missing padding: encode and compare.
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text)
    return Malformed("base64: malformed");
  return bytes;
}

absl::Status CheckKeyName(absl::string_view name) {
  const auto points = DecodeUtf8(name);
  const bool good =
      points.has_value() && !name.empty() && name.size() <= 255 &&
      std::none_of(points->begin(), points->end(), [](char32_t c) {
        return c == U'+' || c < 0x20 || c == 0x7f || IsSpace(c);
      });
  return good ? absl::OkStatus() : Malformed("note: malformed key name");
}

uint32_t NoteKeyId(absl::string_view name, NoteAlgorithm algorithm,
                   const crypto::VerifyKey& key) {
  std::string input = absl::StrCat(name, "\n");
  input.push_back(static_cast<char>(algorithm));
  absl::StrAppend(&input, key.view());
  return static_cast<uint32_t>(
      BigEndian(crypto::Sha256(input).view().substr(0, 4)));
}

std::string FormatNoteVerifier(const NoteVerifier& v) {
  std::string key(1, static_cast<char>(v.algorithm));
  absl::StrAppend(&key, v.key.view());
  return absl::StrCat(
      v.name, "+",
      absl::BytesToHexString(U32(NoteKeyId(v.name, v.algorithm, v.key))), "+",
      absl::Base64Escape(key));
}

absl::StatusOr<NoteVerifier> ParseNoteVerifier(absl::string_view text) {
  // Base64 may hold a plus, a name may not: split at the first two.
  std::vector<std::string> parts =
      absl::StrSplit(text, absl::MaxSplits('+', 2));
  if (parts.size() != 3) return Malformed("note verifier: malformed");
  NoteVerifier v;
  v.name = parts[0];
  KS_RETURN_IF_ERROR(CheckKeyName(v.name));
  KS_ASSIGN_OR_RETURN(std::string key, DecodeBase64(parts[2]));
  if (key.size() != 33 || (key[0] != 1 && key[0] != 4))
    return Malformed("note verifier: unknown algorithm");
  v.algorithm = static_cast<NoteAlgorithm>(key[0]);
  KS_ASSIGN_OR_RETURN(v.key, crypto::VerifyKey::FromBytes(key.substr(1)));
  if (FormatNoteVerifier(v) != text)
    return Malformed("note verifier: key id does not fit the key");
  return v;
}

absl::StatusOr<Note> ParseNote(absl::string_view note) {
  if (note.size() > kMaxNote) return Malformed("note: too long");
  size_t split = note.rfind("\n\n");
  if (split == note.npos || !absl::EndsWith(note, "\n"))
    return Malformed("note: no signatures");
  Note parsed;
  parsed.text = std::string(note.substr(0, split + 1));
  if (!DecodeUtf8(note).has_value()) return Malformed("note: not UTF-8");
  for (char c : parsed.text)
    if (c != '\n' && absl::ascii_iscntrl(c))
      return Malformed("note: control character");
  absl::string_view rest = note.substr(split + 2);
  if (!absl::ConsumeSuffix(&rest, "\n"))
    return Malformed("note: no signatures");
  for (absl::string_view line : absl::StrSplit(rest, '\n')) {
    if (parsed.signatures.size() == kMaxSignatures)
      return Malformed("note: too many signatures");
    KS_ASSIGN_OR_RETURN(NoteSignature s, ParseSignatureLine(line));
    parsed.signatures.push_back(std::move(s));
  }
  return parsed;
}

std::string SignNote(absl::string_view text, absl::string_view name,
                     const crypto::SigningKey& key) {
  return absl::StrCat(
      text, "\n",
      SignatureLine(name, NoteAlgorithm::kEd25519, key.verify_key(),
                    key.SignNote(text).view()));
}

absl::Status VerifyNoteBy(const Note& note, absl::string_view name,
                          const crypto::VerifyKey& key) {
  const uint32_t id = NoteKeyId(name, NoteAlgorithm::kEd25519, key);
  bool found = false;
  for (const NoteSignature& s : note.signatures) {
    if (s.name != name || s.key_id != id) continue;
    absl::StatusOr<crypto::Signature> signature =
        crypto::Signature::FromBytes(s.signature);
    if (!signature.ok() || !crypto::VerifyNote(key, note.text, *signature).ok())
      return absl::UnauthenticatedError("note: signature does not verify");
    found = true;
  }
  if (!found)
    return absl::UnauthenticatedError("note: not signed by the expected key");
  return absl::OkStatus();
}

std::string Cosign(absl::string_view text, absl::string_view name,
                   const crypto::SigningKey& key, uint64_t unix_seconds) {
  std::string signature;
  for (int shift = 56; shift >= 0; shift -= 8)
    signature.push_back(static_cast<char>(unix_seconds >> shift));
  absl::StrAppend(&signature,
                  key.SignNote(CosignedMessage(unix_seconds, text)).view());
  return SignatureLine(name, NoteAlgorithm::kCosignatureV1, key.verify_key(),
                       signature);
}

absl::StatusOr<uint64_t> VerifyCosignature(const Note& note,
                                           absl::string_view name,
                                           const crypto::VerifyKey& key) {
  const uint32_t id = NoteKeyId(name, NoteAlgorithm::kCosignatureV1, key);
  std::optional<uint64_t> latest;
  for (const NoteSignature& s : note.signatures) {
    if (s.name != name || s.key_id != id) continue;
    if (s.signature.size() != 72)
      return absl::UnauthenticatedError("cosignature: wrong length");
    const uint64_t time = BigEndian(s.signature.substr(0, 8));
    if (time > kLastTime)
      return absl::UnauthenticatedError("cosignature: impossible time");
    KS_ASSIGN_OR_RETURN(crypto::Signature signature,
                        crypto::Signature::FromBytes(s.signature.substr(8)));
    KS_RETURN_IF_ERROR(
        crypto::VerifyNote(key, CosignedMessage(time, note.text), signature));
    latest = std::max(latest.value_or(0), time);
  }
  if (!latest)
    return absl::UnauthenticatedError("cosignature: none by the expected key");
  return *latest;
}

std::string FormatCheckpoint(const Checkpoint& c) {
  return absl::StrCat(c.origin, "\n", c.size, "\n",
                      absl::Base64Escape(c.root.view()), "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text) {
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() != 4 || !lines[3].empty())
    return Malformed("checkpoint: must be three lines");
  Checkpoint c;
  c.origin = std::string(lines[0]);
  KS_RETURN_IF_ERROR(CheckKeyName(c.origin));
  KS_ASSIGN_OR_RETURN(c.size, ParseDecimal(lines[1]));
  KS_ASSIGN_OR_RETURN(std::string root, DecodeBase64(lines[2]));
  KS_ASSIGN_OR_RETURN(c.root, merkle::Hash::FromBytes(root));
  return c;
}

std::string SignCheckpoint(const Checkpoint& checkpoint,
                           const crypto::SigningKey& key) {
  return SignNote(FormatCheckpoint(checkpoint), checkpoint.origin, key);
}

absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          absl::string_view origin,
                                          const crypto::VerifyKey& key) {
  KS_ASSIGN_OR_RETURN(Note parsed, ParseNote(note));
  KS_RETURN_IF_ERROR(VerifyNoteBy(parsed, origin, key));
  KS_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(parsed.text));
  if (checkpoint.origin != origin)
    return absl::UnauthenticatedError("checkpoint: of another log");
  return checkpoint;
}

}  // namespace kinstile::audit
