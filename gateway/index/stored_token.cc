// SPDX-License-Identifier: Apache-2.0
// Masking by HMAC, and the two packed columns.
#include "gateway/index/stored_token.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gateway/base/match_keys.h"
#include "gateway/index/index.h"

namespace kinstile::index {
namespace {

constexpr absl::string_view kTokenLabel = "kinstile/v1/index-token";
constexpr absl::string_view kCheckLabel = "kinstile/v1/index-key-check";
constexpr size_t kTokenRow = 1 + StoredToken::kSize;
constexpr size_t kPersonRow = 4;

absl::Status Malformed(absl::string_view column) {
  return absl::DataLossError(absl::StrCat("index: malformed ", column));
}

uint8_t ByteAt(absl::string_view s, size_t i) {
  return static_cast<uint8_t>(s[i]);
}

}  // namespace

int64_t Slot(int64_t part, const StoredToken& token) {
  uint64_t v = 0;
  for (size_t i = 0; i < 8; ++i) v = v << 8 | token.bytes[i];
  return part << kSlotTokenBits |
         static_cast<int64_t>(v >> (64 - kSlotTokenBits));
}

// Label, agency, key id and token fit one block of SHA-256: it is the inner
// loop of every query.
Mask::Mask(const crypto::MacKey& index_key, const AgencyId& agency)
    : mac_(index_key),
      agency_(crypto::Sha256(agency.str()).view().substr(0, 8)) {}

absl::StatusOr<std::vector<KeyedStoredToken>> Mask::Apply(
    absl::Span<const KeyedToken> tokens) const {
  if (tokens.size() > kMaxTokensPerRecord)
    return absl::InvalidArgumentError("tokens: too many for one person");
  std::vector<KeyedStoredToken> out;
  out.reserve(tokens.size());
  std::string message = agency_;
  for (const KeyedToken& t : tokens) {
    if (FindMatchKey(t.key) == nullptr)
      return absl::InvalidArgumentError("tokens: unknown match-key id");
    message.resize(agency_.size());
    message.push_back(static_cast<char>(t.key));
    message.append(t.token.view().data(), Token::kSize);
    const Digest mac = mac_.Tag(kTokenLabel, message);
    KeyedStoredToken& stored = out.emplace_back();
    stored.key = t.key;
    std::copy_n(mac.bytes.begin(), StoredToken::kSize,
                stored.token.bytes.begin());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Digest KeyCheck(const crypto::MacKey& index_key) {
  return crypto::HmacSha256(index_key, kCheckLabel, "");
}

std::string PackTokens(absl::Span<const KeyedStoredToken> tokens) {
  std::string out;
  out.reserve(tokens.size() * kTokenRow);
  for (const KeyedStoredToken& t : tokens) {
    out.push_back(static_cast<char>(t.key));
    out.append(t.token.view().data(), StoredToken::kSize);
  }
  return out;
}

absl::StatusOr<std::vector<KeyedStoredToken>> UnpackTokens(
    absl::string_view packed) {
  if (packed.size() % kTokenRow != 0) return Malformed("tokens");
  std::vector<KeyedStoredToken> out(packed.size() / kTokenRow);
  for (KeyedStoredToken& t : out) {
    t.key = ByteAt(packed, 0);
    std::copy_n(packed.begin() + 1, StoredToken::kSize, t.token.bytes.begin());
    packed.remove_prefix(kTokenRow);
  }
  return out;
}

std::string PackPersons(absl::Span<const uint32_t> persons) {
  std::string out;
  out.reserve(persons.size() * kPersonRow);
  for (uint32_t p : persons)
    for (int shift = 24; shift >= 0; shift -= 8)
      out.push_back(static_cast<char>(p >> shift));
  return out;
}

absl::StatusOr<std::vector<uint32_t>> UnpackPersons(absl::string_view packed) {
  if (packed.size() % kPersonRow != 0) return Malformed("persons");
  std::vector<uint32_t> out;
  out.reserve(packed.size() / kPersonRow);
  for (size_t i = 0; i < packed.size(); i += kPersonRow)
    out.push_back(uint32_t{ByteAt(packed, i)} << 24 |
                  uint32_t{ByteAt(packed, i + 1)} << 16 |
                  uint32_t{ByteAt(packed, i + 2)} << 8 | ByteAt(packed, i + 3));
  return out;
}

}  // namespace kinstile::index
