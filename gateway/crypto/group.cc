// SPDX-License-Identifier: Apache-2.0
// ristretto255 elements and scalars by libsodium, hashing to both.
#include "gateway/crypto/group.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "gateway/crypto/hash.h"
#include "gateway/crypto/internal.h"

namespace kinstile::crypto {
namespace {

using internal::Data;
using internal::Must;

constexpr size_t kHash = crypto_hash_sha512_BYTES;  // b_in_bytes
constexpr size_t kBlock = 128;                      // s_in_bytes
constexpr size_t kMaxDst = 255;
constexpr absl::string_view kLongDst = "H2C-OVERSIZE-DST-";
static_assert(crypto_core_ristretto255_BYTES == 32 &&
              crypto_core_ristretto255_SCALARBYTES == 32 &&
              crypto_core_ristretto255_HASHBYTES == kHash);

void Update(crypto_hash_sha512_state& s, absl::string_view part) {
  crypto_hash_sha512_update(&s, Data(part), part.size());
}

// The state after Z_pad, which every message starts with: one compression the
// less for each of a batch's weights.
const crypto_hash_sha512_state& PaddedState() {
  static const crypto_hash_sha512_state state = [] {
    crypto_hash_sha512_state s;
    const std::array<uint8_t, kBlock> z_pad{};
    crypto_hash_sha512_init(&s);
    crypto_hash_sha512_update(&s, z_pad.data(), z_pad.size());
    return s;
  }();
  return state;
}

// Section 5.3.1 for a dst of 1 to 255 bytes and an out_size of 1 to 255 * 64.
// Allocates nothing.
void Expand(absl::string_view message, absl::string_view dst, uint8_t* out,
            size_t out_size) {
  const uint8_t dst_size = static_cast<uint8_t>(dst.size());
  const std::array<uint8_t, 3> size_then_zero = {
      static_cast<uint8_t>(out_size >> 8), static_cast<uint8_t>(out_size), 0};
  std::array<uint8_t, kHash> b0, bi{};

  crypto_hash_sha512_state s = PaddedState();
  Update(s, message);
  crypto_hash_sha512_update(&s, size_then_zero.data(), size_then_zero.size());
  Update(s, dst);
  crypto_hash_sha512_update(&s, &dst_size, 1);
  crypto_hash_sha512_final(&s, b0.data());

  uint8_t i = 0;
  for (size_t done = 0; done < out_size;) {
    // b_i = H((b_0 xor b_(i-1)) || i || DST'), and b_1 with zeros for b_(i-1).
    for (size_t k = 0; k < kHash; ++k) bi[k] ^= b0[k];
    ++i;
    crypto_hash_sha512_init(&s);
    crypto_hash_sha512_update(&s, bi.data(), bi.size());
    crypto_hash_sha512_update(&s, &i, 1);
    Update(s, dst);
    crypto_hash_sha512_update(&s, &dst_size, 1);
    crypto_hash_sha512_final(&s, bi.data());
    const size_t take = std::min(kHash, out_size - done);
    std::copy_n(bi.begin(), take, out + done);
    done += take;
  }
  // The message may be a person's match-key.
  Wipe(&s, sizeof s);
  Wipe(b0.data(), b0.size());
  Wipe(bi.data(), bi.size());
}

absl::Status NotAnElement() {
  return absl::InvalidArgumentError(
      "group element: must be a canonical ristretto255 encoding other than "
      "the identity");
}

absl::Status ZeroScalar() {
  return absl::InvalidArgumentError("scalar: result is zero");
}

// libsodium 1.0.18 decodes without looking at the top bit, so that every point
// would have a second encoding, and the identity one that is not zero. RFC 9496
// section 4.3.1 wants a canonical field element: that bit must be clear.
bool CouldBeElement(absl::string_view bytes) {
  return bytes.size() == crypto_core_ristretto255_BYTES &&
         (Data(bytes)[crypto_core_ristretto255_BYTES - 1] & 0x80) == 0;
}

bool IsZero(const uint8_t* bytes) { return sodium_is_zero(bytes, 32) != 0; }

}  // namespace

absl::StatusOr<std::string> ExpandMessageXmd(absl::string_view message,
                                             absl::string_view dst,
                                             size_t out_size) {
  if (out_size == 0 || out_size > 255 * kHash)
    return absl::InvalidArgumentError("expand_message_xmd: output size");
  if (dst.empty())
    return absl::InvalidArgumentError("expand_message_xmd: empty dst");
  std::string short_dst(dst);
  if (dst.size() > kMaxDst) {
    const auto h = Sha512(absl::StrCat(kLongDst, dst));
    short_dst.assign(h.begin(), h.end());
  }
  std::string out(out_size, '\0');
  Expand(message, short_dst, internal::MutableData(out), out_size);
  return out;
}

absl::StatusOr<Element> Element::Parse(absl::string_view bytes) {
  Element e;
  if (!CouldBeElement(bytes)) return NotAnElement();
  std::copy(bytes.begin(), bytes.end(), e.encoding_.bytes.begin());
  // is_valid_point refuses other non-canonical encodings; the identity has a
  // canonical one.
  if (crypto_core_ristretto255_is_valid_point(Data(bytes)) != 1 ||
      IsZero(Data(bytes)))
    return NotAnElement();
  return e;
}

Element Element::HashToGroup(absl::string_view input, absl::string_view dst) {
  Must(!dst.empty() && dst.size() <= kMaxDst, "hash to group: dst size");
  std::array<uint8_t, kHash> uniform;
  Expand(input, dst, uniform.data(), uniform.size());
  Element e;
  crypto_core_ristretto255_from_hash(e.encoding_.bytes.data(), uniform.data());
  Wipe(uniform.data(), uniform.size());
  Must(!IsZero(e.encoding_.bytes.data()), "hash to group: identity");
  return e;
}

const Element& Element::Generator() {
  static const Element generator = Scalar::FromUint(1).TimesGenerator();
  return generator;
}

absl::StatusOr<Element> Add(const Element& a, const Element& b) {
  const Element both[] = {a, b};
  return Sum(both);
}

absl::StatusOr<Element> Sum(absl::Span<const Element> elements) {
  Element sum;  // the identity, until the end
  uint8_t* out = sum.encoding_.bytes.data();
  if (!elements.empty()) sum = elements[0];
  for (size_t i = 1; i < elements.size(); ++i)
    Must(crypto_core_ristretto255_add(out, out,
                                      elements[i].encoding_.bytes.data()) == 0,
         "element addition: invalid operand");
  if (IsZero(out))
    return absl::InvalidArgumentError("group element: sum is the identity");
  return sum;
}

Scalar Scalar::Random() {
  internal::EnsureInit();
  Scalar s;
  // Uniform over the non-zero scalars, by rejection (libsodium).
  crypto_core_ristretto255_scalar_random(
      s.secret_.mutable_data(SecretAccess()));
  return s;
}

absl::StatusOr<Scalar> Scalar::Parse(SecretAccess, absl::string_view bytes) {
  Scalar s;
  constexpr size_t kSize = decltype(s.secret_)::kSize;
  std::array<uint8_t, 2 * kSize> wide{};
  const bool right_size = bytes.size() == kSize;
  if (right_size) std::copy(bytes.begin(), bytes.end(), wide.begin());
  uint8_t* out = s.secret_.mutable_data(SecretAccess());
  crypto_core_ristretto255_scalar_reduce(out, wide.data());
  // Canonical exactly when reducing changes nothing. libsodium 1.0.18 offers no
  // such check; this one is constant-time because its parts are.
  const bool canonical = sodium_memcmp(out, wide.data(), kSize) == 0;
  Wipe(wide.data(), wide.size());
  if (!right_size || !canonical || IsZero(out))
    return absl::InvalidArgumentError(
        "scalar: must be a canonical non-zero scalar of 32 bytes");
  return s;
}

Scalar Scalar::HashToScalar(absl::string_view input, absl::string_view dst) {
  Must(!dst.empty() && dst.size() <= kMaxDst, "hash to scalar: dst size");
  std::array<uint8_t, kHash> uniform;
  Expand(input, dst, uniform.data(), uniform.size());
  Scalar s;
  uint8_t* out = s.secret_.mutable_data(SecretAccess());
  crypto_core_ristretto255_scalar_reduce(out, uniform.data());
  Wipe(uniform.data(), uniform.size());
  Must(!IsZero(out), "hash to scalar: zero");
  return s;
}

Scalar Scalar::FromUint(uint64_t v) {
  Must(v > 0, "scalar: zero");
  Scalar s;
  uint8_t* out = s.secret_.mutable_data(SecretAccess());
  for (size_t i = 0; i < sizeof v; ++i) out[i] = (v >> (8 * i)) & 0xff;
  return s;
}

Scalar Scalar::Clone() const {
  Scalar s;
  s.secret_ = secret_.Clone();
  return s;
}

Element Scalar::Times(const Element& e) const {
  Element product;
  Must(crypto_scalarmult_ristretto255(product.encoding_.bytes.data(),
                                      secret_.data(SecretAccess()),
                                      e.encoding_.bytes.data()) == 0,
       "scalar multiplication: moved-from scalar or invalid element");
  return product;
}

absl::StatusOr<std::pair<Element, Element>> Scalar::ParseAndMultiply(
    absl::string_view bytes) const {
  std::pair<Element, Element> out{Element(), Element()};
  if (!CouldBeElement(bytes)) return NotAnElement();
  std::copy(bytes.begin(), bytes.end(), out.first.encoding_.bytes.begin());
  // Fails for an encoding that is not canonical, and for a product that is the
  // identity: this scalar is not zero and the group's order is prime, so that
  // means the identity came in.
  if (crypto_scalarmult_ristretto255(out.second.encoding_.bytes.data(),
                                     secret_.data(SecretAccess()),
                                     Data(bytes)) != 0)
    return NotAnElement();
  return out;
}

Element Scalar::TimesGenerator() const {
  Element product;
  Must(crypto_scalarmult_ristretto255_base(product.encoding_.bytes.data(),
                                           secret_.data(SecretAccess())) == 0,
       "scalar multiplication: moved-from scalar");
  return product;
}

Scalar Scalar::Invert() const {
  Scalar inverse;
  Must(crypto_core_ristretto255_scalar_invert(
           inverse.secret_.mutable_data(SecretAccess()),
           secret_.data(SecretAccess())) == 0,
       "scalar inversion: moved-from scalar");
  return inverse;
}

Scalar Scalar::Times(const Scalar& other) const {
  Scalar product;
  crypto_core_ristretto255_scalar_mul(
      product.secret_.mutable_data(SecretAccess()),
      secret_.data(SecretAccess()), other.secret_.data(SecretAccess()));
  return product;
}

absl::StatusOr<Scalar> Scalar::Plus(const Scalar& other) const {
  Scalar sum;
  uint8_t* out = sum.secret_.mutable_data(SecretAccess());
  crypto_core_ristretto255_scalar_add(out, secret_.data(SecretAccess()),
                                      other.secret_.data(SecretAccess()));
  if (IsZero(out)) return ZeroScalar();
  return sum;
}

absl::StatusOr<Scalar> Scalar::Minus(const Scalar& other) const {
  Scalar difference;
  uint8_t* out = difference.secret_.mutable_data(SecretAccess());
  crypto_core_ristretto255_scalar_sub(out, secret_.data(SecretAccess()),
                                      other.secret_.data(SecretAccess()));
  if (IsZero(out)) return ZeroScalar();
  return difference;
}

}  // namespace kinstile::crypto
