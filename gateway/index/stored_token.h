// SPDX-License-Identifier: Apache-2.0
// What the store holds instead of a token, and how rows pack it.
#ifndef KINSTILE_GATEWAY_INDEX_STORED_TOKEN_H_
#define KINSTILE_GATEWAY_INDEX_STORED_TOKEN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hash.h"

namespace kinstile::index {

struct StoredTokenTag {
  static constexpr char kWhat[] = "stored token";
};
// The first 16 bytes of HMAC-SHA-256(index key, "kinstile/v1/index-token",
// agency (8 bytes of its SHA-256) || key id || token). The agency is inside, so
// that a stolen disk does not even show who is in two registers.
using StoredToken = FixedBytes<16, StoredTokenTag>;

struct KeyedStoredToken {
  KeyId key = 0;
  StoredToken token;
  friend auto operator<=>(const KeyedStoredToken&,
                          const KeyedStoredToken&) = default;
};

// The row number under which a token of part `part` (0 to kMaxPart) is found:
// the part, then 44 bits of the token. A million people have about three pairs
// of tokens that share a row; which is whose, their record rows decide.
inline constexpr int kSlotTokenBits = 44;
inline constexpr int64_t kSlotTokenMask = (int64_t{1} << kSlotTokenBits) - 1;
inline constexpr int64_t kMaxPart = (int64_t{1} << (63 - kSlotTokenBits)) - 1;
int64_t Slot(int64_t part, const StoredToken& token);

// Masks tokens of one agency under one index key. Immutable.
class Mask {
 public:
  Mask(const crypto::MacKey& index_key, const AgencyId& agency);

  // Sorted by key and stored token, duplicates removed. INVALID_ARGUMENT for
  // an unknown key id or more than kMaxTokensPerRecord.
  absl::StatusOr<std::vector<KeyedStoredToken>> Apply(
      absl::Span<const KeyedToken> tokens) const;

 private:
  const crypto::KeyedHmacSha256 mac_;
  std::string agency_;
};

// Says which index key a generation was stored under, and nothing about it.
Digest KeyCheck(const crypto::MacKey& index_key);

// The column index_records.tokens. Unpack: DATA_LOSS when malformed.
std::string PackTokens(absl::Span<const KeyedStoredToken> tokens);
absl::StatusOr<std::vector<KeyedStoredToken>> UnpackTokens(
    absl::string_view packed);

// The column index_tokens.persons.
std::string PackPersons(absl::Span<const uint32_t> persons);
absl::StatusOr<std::vector<uint32_t>> UnpackPersons(absl::string_view packed);

}  // namespace kinstile::index

#endif  // KINSTILE_GATEWAY_INDEX_STORED_TOKEN_H_
