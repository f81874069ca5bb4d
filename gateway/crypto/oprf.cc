// SPDX-License-Identifier: Apache-2.0
// RFC 9497 VOPRF: blind, evaluate, finalise (the proof is in dleq.cc).
#include "gateway/crypto/oprf.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/internal.h"

namespace kinstile::crypto {
namespace {

using internal::Data;

constexpr size_t kMaxInput = 65535;
// Section 4.1 with the context string of mode 0x01.
constexpr absl::string_view kHashToGroupDst =
    internal::Literal("HashToGroup-OPRFV1-\x01-ristretto255-SHA512");
constexpr absl::string_view kDeriveDst =
    internal::Literal("DeriveKeyPairOPRFV1-\x01-ristretto255-SHA512");
constexpr absl::string_view kFinalize = "Finalize";

void UpdateWithLength(crypto_hash_sha512_state& s, absl::string_view part) {
  const std::array<uint8_t, 2> size = {static_cast<uint8_t>(part.size() >> 8),
                                       static_cast<uint8_t>(part.size())};
  crypto_hash_sha512_update(&s, size.data(), size.size());
  crypto_hash_sha512_update(&s, Data(part), part.size());
}

OprfOutput Split(std::array<uint8_t, 64> output) {
  OprfOutput out{Token{}, MatchSecret(SecretAccess())};
  static_assert(Token::kSize + MatchSecret::kSize <= sizeof output);
  std::copy_n(output.begin(), Token::kSize, out.token.bytes.begin());
  std::copy_n(output.begin() + Token::kSize, MatchSecret::kSize,
              out.secret.mutable_data(SecretAccess()));
  Wipe(output.data(), output.size());
  return out;
}

}  // namespace

absl::StatusOr<BlindedPoint> BlindedPoint::Parse(absl::string_view bytes) {
  KS_ASSIGN_OR_RETURN(Element e, Element::Parse(bytes));
  return BlindedPoint(std::move(e));
}

absl::StatusOr<EvaluatedPoint> EvaluatedPoint::Parse(absl::string_view bytes) {
  KS_ASSIGN_OR_RETURN(Element e, Element::Parse(bytes));
  return EvaluatedPoint(std::move(e));
}

absl::StatusOr<Blinding> Blinding::Create(absl::string_view input) {
  return CreateForTest(input, Scalar::Random());
}

absl::StatusOr<Blinding> Blinding::CreateForTest(absl::string_view input,
                                                 Scalar blind) {
  if (input.empty() || input.size() > kMaxInput)
    return absl::InvalidArgumentError("match-key: must be 1 to 65535 bytes");
  return Blinding(input, std::move(blind));
}

Blinding::Blinding(absl::string_view input, Scalar blind)
    : input_(input),
      blind_(std::move(blind)),
      point_(blind_.Times(Element::HashToGroup(input_, kHashToGroupDst))) {}

// A short string is copied when it is moved, so the source is wiped as well.
Blinding::Blinding(Blinding&& other) noexcept
    : input_(std::move(other.input_)),
      blind_(std::move(other.blind_)),
      point_(other.point_) {
  Wipe(other.input_);
}

Blinding& Blinding::operator=(Blinding&& other) noexcept {
  if (this == &other) return *this;
  Wipe(input_);
  input_ = std::move(other.input_);
  Wipe(other.input_);
  blind_ = std::move(other.blind_);
  point_ = other.point_;
  return *this;
}

Blinding::~Blinding() { Wipe(input_); }

std::array<uint8_t, 64> Blinding::Output(const EvaluatedPoint& e,
                                         const Scalar& inverse) const {
  const Element unblinded = inverse.Times(e.element());
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  UpdateWithLength(state, input_);
  UpdateWithLength(state, unblinded.bytes());
  crypto_hash_sha512_update(&state, Data(kFinalize), kFinalize.size());
  std::array<uint8_t, 64> out;
  crypto_hash_sha512_final(&state, out.data());
  Wipe(&state, sizeof state);
  return out;
}

OprfOutput Blinding::Finalize(const EvaluatedPoint& evaluated) const {
  return Split(Output(evaluated, blind_.Invert()));
}

std::array<uint8_t, 64> Blinding::FinalizeForTest(
    const EvaluatedPoint& e) const {
  return Output(e, blind_.Invert());
}

// Montgomery's trick: invert the product of all blinds, then peel one off at a
// time. With p_i = b_0 ... b_i: 1/b_i = p_(i-1) / p_i.
absl::StatusOr<std::vector<OprfOutput>> FinalizeBatch(
    absl::Span<const Blinding> blindings,
    absl::Span<const EvaluatedPoint> evaluated) {
  if (blindings.size() != evaluated.size())
    return absl::InvalidArgumentError("batch: sizes differ");
  std::vector<OprfOutput> outputs;
  if (blindings.empty()) return outputs;

  std::vector<Scalar> products;
  products.reserve(blindings.size());
  products.push_back(blindings[0].blind_.Clone());
  for (size_t i = 1; i < blindings.size(); ++i)
    products.push_back(products[i - 1].Times(blindings[i].blind_));

  Scalar inverse = products.back().Invert();  // INVARIANT: 1 / products[i]
  outputs.reserve(blindings.size());
  for (size_t i = blindings.size(); i-- > 0;) {
    const Scalar blind_inverse =
        i == 0 ? inverse.Clone() : inverse.Times(products[i - 1]);
    outputs.push_back(Split(blindings[i].Output(evaluated[i], blind_inverse)));
    inverse = inverse.Times(blindings[i].blind_);
  }
  std::reverse(outputs.begin(), outputs.end());
  return outputs;
}

OprfKey::OprfKey(Scalar s)
    : scalar_(std::move(s)), public_key_(scalar_.TimesGenerator()) {}

OprfKey OprfKey::Random() { return OprfKey(Scalar::Random()); }

OprfKey OprfKey::FromScalar(Scalar s) { return OprfKey(std::move(s)); }

absl::StatusOr<OprfKey> OprfKey::Derive(absl::string_view seed,
                                        absl::string_view info) {
  if (seed.size() != 32)
    return absl::InvalidArgumentError("key seed: must be 32 bytes");
  if (info.size() > kMaxInput)
    return absl::InvalidArgumentError("key info: over 65535 bytes");
  std::string input(seed);
  internal::AppendU16(static_cast<uint16_t>(info.size()), input);
  absl::StrAppend(&input, info);
  // The RFC's counter: it moves on only for a zero scalar, which nobody will
  // see (2^-252; HashToScalar aborts).
  input.push_back('\0');
  Scalar s = Scalar::HashToScalar(input, kDeriveDst);
  Wipe(input);
  return OprfKey(std::move(s));
}

std::vector<EvaluatedPoint> OprfKey::Evaluate(
    absl::Span<const BlindedPoint> points) const {
  std::vector<EvaluatedPoint> out;
  out.reserve(points.size());
  for (const BlindedPoint& p : points)
    out.emplace_back(scalar_.Times(p.element()));
  return out;
}

absl::StatusOr<EvaluatedBatch> OprfKey::EvaluateEncoded(
    absl::Span<const absl::string_view> encodings) const {
  if (encodings.empty() || encodings.size() > kMaxBatch)
    return absl::InvalidArgumentError(
        absl::StrCat("batch: must be 1 to ", kMaxBatch, " points"));
  EvaluatedBatch batch;
  batch.points.reserve(encodings.size());
  batch.evaluated.reserve(encodings.size());
  for (size_t i = 0; i < encodings.size(); ++i) {
    auto both = scalar_.ParseAndMultiply(encodings[i]);
    if (!both.ok())
      return absl::InvalidArgumentError(
          absl::StrCat("point ", i, ": ", both.status().message()));
    batch.points.push_back(BlindedPoint(std::move(both->first)));
    batch.evaluated.emplace_back(std::move(both->second));
  }
  return batch;
}

}  // namespace kinstile::crypto
