// SPDX-License-Identifier: Apache-2.0
// Key bytes as a type: moved, never copied, wiped when dropped, unprintable.
#ifndef KINSTILE_GATEWAY_CRYPTO_SECRET_H_
#define KINSTILE_GATEWAY_CRYPTO_SECRET_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace kinstile::crypto {

// Overwrites memory in a way the compiler may not remove (sodium_memzero).
void Wipe(void* data, size_t size);
void Wipe(std::string& text);

// Whoever reads raw key bytes says so: grep for SecretAccess to find every
// place. Keys are loaded from and stored to files (adapters/cli/keys,
// gateway/server, adapters/daemon) and read by gateway/crypto; nowhere else.
struct SecretAccess {
  explicit SecretAccess() = default;
};

// N secret bytes. Tag says which key; two tags never mix. Move-only; the
// moved-from object is wiped. Has no operator<<, no comparison and no hash.
template <size_t N, class Tag>
class Secret {
 public:
  static constexpr size_t kSize = N;

  // INVALID_ARGUMENT unless `raw` is N bytes. The caller wipes `raw`.
  static absl::StatusOr<Secret> FromBytes(SecretAccess, absl::string_view raw) {
    if (raw.size() != N)
      return absl::InvalidArgumentError(
          absl::StrCat(Tag::kWhat, ": must be ", N, " bytes"));
    Secret s;
    std::copy(raw.begin(), raw.end(), s.bytes_.begin());
    return s;
  }
  // All zero, for filling through mutable_data.
  explicit Secret(SecretAccess) {}

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) {
    Wipe(other.bytes_.data(), N);
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      Wipe(other.bytes_.data(), N);
    }
    return *this;
  }
  ~Secret() { Wipe(bytes_.data(), N); }

  const uint8_t* data(SecretAccess) const { return bytes_.data(); }
  uint8_t* mutable_data(SecretAccess) { return bytes_.data(); }
  absl::string_view view(SecretAccess) const {
    return {reinterpret_cast<const char*>(bytes_.data()), N};
  }
  // An explicit second copy, e.g. to hand one key to two threads.
  Secret Clone() const {
    Secret s;
    s.bytes_ = bytes_;
    return s;
  }

 private:
  Secret() = default;
  std::array<uint8_t, N> bytes_{};
};

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_SECRET_H_
