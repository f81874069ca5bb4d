// SPDX-License-Identifier: Apache-2.0
// The group of RFC 9497's ristretto255-SHA512 suite (RFC 9496, RFC 9380).
#ifndef KINSTILE_GATEWAY_CRYPTO_GROUP_H_
#define KINSTILE_GATEWAY_CRYPTO_GROUP_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

struct ElementTag {
  static constexpr char kWhat[] = "group element";
};
struct ScalarTag {
  static constexpr char kWhat[] = "scalar";
};

// RFC 9380 section 5.3.1, expand_message_xmd with SHA-512. INVALID_ARGUMENT
// for out_size 0 or > 255 * 64, or an empty dst; a dst over 255 bytes is
// hashed as section 5.3.3 says.
absl::StatusOr<std::string> ExpandMessageXmd(absl::string_view message,
                                             absl::string_view dst,
                                             size_t out_size);

// A canonical ristretto255 encoding that is not the identity. An Element that
// exists is valid: Parse checks, every operation preserves it.
class Element {
 public:
  // INVALID_ARGUMENT for a non-canonical encoding or the identity.
  static absl::StatusOr<Element> Parse(absl::string_view bytes);
  // RFC 9497 section 4.1: expand_message_xmd(SHA-512) to 64 bytes under `dst`,
  // then the one-way map of RFC 9496 section 4.3.4. libsodium's from_hash is
  // that map alone. The identity (2^-252) and an empty dst abort.
  static Element HashToGroup(absl::string_view input, absl::string_view dst);
  static const Element& Generator();

  absl::string_view bytes() const { return encoding_.view(); }
  friend bool operator==(const Element&, const Element&) = default;

 private:
  friend class Scalar;
  friend absl::StatusOr<Element> Add(const Element& a, const Element& b);
  friend absl::StatusOr<Element> Sum(absl::Span<const Element> elements);
  Element() = default;
  FixedBytes<32, ElementTag> encoding_;
};

// Group addition, about a quarter of the cost of Scalar::Times (libsodium
// decodes both and encodes the sum). INVALID_ARGUMENT when it is the identity.
absl::StatusOr<Element> Add(const Element& a, const Element& b);
// The sum of one or more; only the whole sum may not be the identity, while
// the sums on the way may. INVALID_ARGUMENT also for none.
absl::StatusOr<Element> Sum(absl::Span<const Element> elements);

// A non-zero scalar modulo the group order, treated as secret: move-only,
// wiped, unprintable. All arithmetic is constant-time (libsodium).
class Scalar {
 public:
  static Scalar Random();
  // INVALID_ARGUMENT unless `bytes` is a canonical non-zero scalar.
  static absl::StatusOr<Scalar> Parse(SecretAccess, absl::string_view bytes);
  // RFC 9497 section 4.1: 64 bytes of expand_message_xmd reduced. Zero, which
  // has probability 2^-252, aborts; so does an empty dst.
  static Scalar HashToScalar(absl::string_view input, absl::string_view dst);
  static Scalar FromUint(uint64_t v);  // v > 0

  Scalar Clone() const;
  // this * e. Neither is zero or the identity, so the result is neither.
  Element Times(const Element& e) const;
  Element TimesGenerator() const;
  // {e, this * e} for the encoding `bytes` of e: Parse and Times in one, at the
  // cost of Times alone, which decodes and validates anyway. INVALID_ARGUMENT
  // as Parse.
  absl::StatusOr<std::pair<Element, Element>> ParseAndMultiply(
      absl::string_view bytes) const;
  Scalar Invert() const;
  Scalar Times(const Scalar& other) const;
  // INVALID_ARGUMENT when the result is zero.
  absl::StatusOr<Scalar> Plus(const Scalar& other) const;
  absl::StatusOr<Scalar> Minus(const Scalar& other) const;

  absl::string_view bytes(SecretAccess a) const { return secret_.view(a); }

 private:
  Scalar() : secret_(SecretAccess()) {}
  Secret<32, ScalarTag> secret_;
};

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_GROUP_H_
