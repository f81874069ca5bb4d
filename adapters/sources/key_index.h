// SPDX-License-Identifier: Apache-2.0
// Which row of a file has a key, without the key.
#ifndef KINSTILE_ADAPTERS_SOURCES_KEY_INDEX_H_
#define KINSTILE_ADAPTERS_SOURCES_KEY_INDEX_H_

#include <algorithm>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "adapters/identity/pii.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/random.h"

namespace kinstile::sources {

struct RowKeyTag {
  static constexpr char kWhat[] = "row key";
};
// Half an HMAC: two of a hundred million rows collide once in 10^22 files.
using RowKey = FixedBytes<16, RowKeyTag>;

// Row keys under a fresh key of this process. Thread-safe.
class KeyDigester {
 public:
  KeyDigester() : hmac_(crypto::RandomKey<crypto::MacKey>()) {}
  // `what` tells ids from families and from the keys of each joined file.
  RowKey Of(absl::string_view what, const identity::Pii<>& value) const {
    const Digest full = hmac_.Tag(what, value.Reveal(identity::PiiAccess{}));
    RowKey key;
    std::copy_n(full.bytes.begin(), RowKey::kSize, key.bytes.begin());
    return key;
  }

 private:
  const crypto::KeyedHmacSha256 hmac_;
};

using KeyIndex = absl::flat_hash_map<RowKey, uint64_t>;

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_KEY_INDEX_H_
