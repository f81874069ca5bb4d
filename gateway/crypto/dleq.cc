// SPDX-License-Identifier: Apache-2.0
// RFC 9497 section 2.2: one proof that a whole batch was evaluated by one key.
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/internal.h"
#include "gateway/crypto/oprf.h"

namespace kinstile::crypto {
namespace {

using internal::AppendU16;

// Sections 2.2.1 and 4.1 with the context string of mode 0x01.
constexpr absl::string_view kSeedDst =
    internal::Literal("Seed-OPRFV1-\x01-ristretto255-SHA512");
constexpr absl::string_view kScalarDst =
    internal::Literal("HashToScalar-OPRFV1-\x01-ristretto255-SHA512");
constexpr absl::string_view kComposite = "Composite";
constexpr absl::string_view kChallenge = "Challenge";
constexpr size_t kElement = 32;
constexpr size_t kSeed = 64;

void AppendWithLength(absl::string_view part, std::string& out) {
  AppendU16(static_cast<uint16_t>(part.size()), out);
  absl::StrAppend(&out, part);
}

absl::Status CheckBatch(size_t points, size_t evaluated) {
  if (points == 0 || points > kMaxBatch)
    return absl::InvalidArgumentError(
        absl::StrCat("batch: must be 1 to ", kMaxBatch, " points"));
  if (points != evaluated)
    return absl::InvalidArgumentError("batch: sizes differ");
  return absl::OkStatus();
}

// The composites' random weights d_i. Every d_i depends on the key, its place
// and the pair at that place, so that no pair can be traded against another.
class Weights {
 public:
  explicit Weights(const OprfPublicKey& key) {
    std::string transcript;
    AppendWithLength(key.bytes(), transcript);
    AppendWithLength(kSeedDst, transcript);
    const auto seed = Sha512(transcript);
    AppendWithLength({reinterpret_cast<const char*>(seed.data()), kSeed},
                     transcript_);
    // seed | i | len, C_i | len, D_i | "Composite": the same bytes each time
    // but for i, C_i and D_i, so one buffer serves the whole batch.
    transcript_.resize(kIndex);
    AppendU16(0, transcript_);
    AppendWithLength(std::string(kElement, '\0'), transcript_);
    AppendWithLength(std::string(kElement, '\0'), transcript_);
    absl::StrAppend(&transcript_, kComposite);
  }

  Scalar At(size_t i, const BlindedPoint& c, const EvaluatedPoint& d) {
    transcript_[kIndex] = static_cast<char>(i >> 8);
    transcript_[kIndex + 1] = static_cast<char>(i & 0xff);
    std::memcpy(&transcript_[kC], c.bytes().data(), kElement);
    std::memcpy(&transcript_[kD], d.bytes().data(), kElement);
    return Scalar::HashToScalar(transcript_, kScalarDst);
  }

 private:
  static constexpr size_t kIndex = 2 + kSeed;
  static constexpr size_t kC = kIndex + 2 + 2;
  static constexpr size_t kD = kC + kElement + 2;
  std::string transcript_;
};

// A sum that starts empty. The identity would need weights that cancel, which
// a random oracle gives nobody; it is refused all the same.
absl::Status Accumulate(const Element& term, std::optional<Element>& sum) {
  if (!sum.has_value()) {
    sum = term;
    return absl::OkStatus();
  }
  KS_ASSIGN_OR_RETURN(sum, Add(*sum, term));
  return absl::OkStatus();
}

struct Composites {
  Element m;
  Element z;
};

// ComputeCompositesFast: the holder knows k, so Z = k * M, and the batch costs
// one multiplication an element.
absl::StatusOr<Composites> HolderComposites(
    const OprfKey& key, absl::Span<const BlindedPoint> points,
    absl::Span<const EvaluatedPoint> evaluated) {
  Weights weights(key.public_key());
  std::optional<Element> m;
  for (size_t i = 0; i < points.size(); ++i) {
    const Scalar d = weights.At(i, points[i], evaluated[i]);
    KS_RETURN_IF_ERROR(Accumulate(d.Times(points[i].element()), m));
  }
  return Composites{*m, key.scalar().Times(*m)};
}

// ComputeComposites: the client does not, and pays two.
absl::StatusOr<Composites> ClientComposites(
    const OprfPublicKey& key, absl::Span<const BlindedPoint> points,
    absl::Span<const EvaluatedPoint> evaluated) {
  Weights weights(key);
  std::optional<Element> m, z;
  for (size_t i = 0; i < points.size(); ++i) {
    const Scalar d = weights.At(i, points[i], evaluated[i]);
    KS_RETURN_IF_ERROR(Accumulate(d.Times(points[i].element()), m));
    KS_RETURN_IF_ERROR(Accumulate(d.Times(evaluated[i].element()), z));
  }
  return Composites{*m, *z};
}

Scalar Challenge(const OprfPublicKey& key, const Composites& both,
                 const Element& t2, const Element& t3) {
  std::string transcript;
  for (const Element* e : {&key, &both.m, &both.z, &t2, &t3})
    AppendWithLength(e->bytes(), transcript);
  absl::StrAppend(&transcript, kChallenge);
  return Scalar::HashToScalar(transcript, kScalarDst);
}

// t2 = s*A + c*B and t3 = s*M + c*Z hash back to c, or it is no proof.
absl::Status CheckProof(const OprfPublicKey& key, const Composites& both,
                        const Scalar& c, const Scalar& s) {
  KS_ASSIGN_OR_RETURN(const Element t2, Add(s.TimesGenerator(), c.Times(key)));
  KS_ASSIGN_OR_RETURN(const Element t3, Add(s.Times(both.m), c.Times(both.z)));
  const Scalar expected = Challenge(key, both, t2, t3);
  if (!Equal(expected.bytes(SecretAccess()), c.bytes(SecretAccess())))
    return absl::UnauthenticatedError("challenge differs");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DleqProof> OprfKey::Prove(
    absl::Span<const BlindedPoint> points,
    absl::Span<const EvaluatedPoint> evaluated) const {
  // A nonce used for two challenges would give the key away: fresh each time.
  return ProveForTest(points, evaluated, Scalar::Random());
}

absl::StatusOr<DleqProof> OprfKey::ProveForTest(
    absl::Span<const BlindedPoint> points,
    absl::Span<const EvaluatedPoint> evaluated, const Scalar& r) const {
  KS_RETURN_IF_ERROR(CheckBatch(points.size(), evaluated.size()));
  KS_ASSIGN_OR_RETURN(const Composites both,
                      HolderComposites(*this, points, evaluated));
  const Scalar c =
      Challenge(public_key_, both, r.TimesGenerator(), r.Times(both.m));
  KS_ASSIGN_OR_RETURN(const Scalar s, r.Minus(c.Times(scalar_)));
  return DleqProof::FromBytes(
      absl::StrCat(c.bytes(SecretAccess()), s.bytes(SecretAccess())));
}

absl::Status VerifyEvaluation(const OprfPublicKey& key,
                              absl::Span<const BlindedPoint> points,
                              absl::Span<const EvaluatedPoint> evaluated,
                              const DleqProof& proof) {
  KS_RETURN_IF_ERROR(CheckBatch(points.size(), evaluated.size()));
  const absl::Status refused = absl::UnauthenticatedError(
      "evaluation proof: does not hold for this key and batch");
  const absl::StatusOr<Scalar> c =
      Scalar::Parse(SecretAccess(), proof.view().substr(0, 32));
  const absl::StatusOr<Scalar> s =
      Scalar::Parse(SecretAccess(), proof.view().substr(32));
  if (!c.ok() || !s.ok()) return refused;
  const absl::StatusOr<Composites> both =
      ClientComposites(key, points, evaluated);
  if (!both.ok() || !CheckProof(key, *both, *c, *s).ok()) return refused;
  return absl::OkStatus();
}

}  // namespace kinstile::crypto
