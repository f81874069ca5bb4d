// SPDX-License-Identifier: Apache-2.0
// Personal data as a type: it cannot be printed, compared or hashed by
// accident.
#ifndef KINSTILE_ADAPTERS_IDENTITY_PII_H_
#define KINSTILE_ADAPTERS_IDENTITY_PII_H_

#include <string>
#include <type_traits>
#include <utility>

#include "gateway/crypto/secret.h"

namespace kinstile::identity {

// Whoever reads a personal value says so: grep for PiiAccess to find every
// place.
struct PiiAccess {
  explicit PiiAccess() = default;
};

// A personal value. There is no operator<<, no comparison, no AbslHashValue
// and no conversion, so it reaches no log, error text, map key or format
// string; the tests assert each of these. Copying is allowed (a record is
// handed from source to normaliser to sealer). Strings are wiped, spare
// capacity included, on destruction, on assignment and when moved from.
// Thread-compatible.
template <class T = std::string>
class Pii {
 public:
  Pii() = default;
  explicit Pii(T value) : value_(std::move(value)) { Wipe(value); }
  Pii(const Pii& other) = default;
  Pii(Pii&& other) noexcept : value_(std::move(other.value_)) {
    Wipe(other.value_);
  }
  Pii& operator=(const Pii& other) {
    if (this != &other) {
      Wipe(value_);
      value_ = other.value_;
    }
    return *this;
  }
  Pii& operator=(Pii&& other) noexcept {
    if (this != &other) {
      Wipe(value_);
      value_ = std::move(other.value_);
      Wipe(other.value_);
    }
    return *this;
  }
  ~Pii() { Wipe(value_); }

  const T& Reveal(PiiAccess) const { return value_; }
  // For building a value in place, so that no copy is left behind.
  T& RevealMutable(PiiAccess) { return value_; }

  // Whether there is a value at all; says nothing about which.
  bool empty() const requires requires(const T& v) { v.empty(); }
  { return value_.empty(); }

 private:
  static void Wipe(T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      // Short strings leave their bytes behind in the moved-from object, and
      // a shrunk one in its spare capacity: grow to the capacity, then wipe.
      value.resize(value.capacity());
      crypto::Wipe(value);
      value.clear();
    } else {
      value = T();
    }
  }

  T value_{};
};

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_PII_H_
