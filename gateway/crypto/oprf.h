// SPDX-License-Identifier: Apache-2.0
// RFC 9497 VOPRF, suite ristretto255-SHA512: match-keys to tokens.
#ifndef KINSTILE_GATEWAY_CRYPTO_OPRF_H_
#define KINSTILE_GATEWAY_CRYPTO_OPRF_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/group.h"
#include "gateway/crypto/secret.h"

namespace kinstile::crypto {

// What the key holder learns: nothing. A blinded point is uniformly random
// whatever the input (RFC 9497 section 7.1). What the client learns: the output
// for inputs that it had evaluated, each one an online, counted request. What
// the proof gives (section 2.2): the holder used the key whose public key the
// manifest names, so it cannot tag one agency by a key of its own.
//
// mode 0x01 (VOPRF). Context string "OPRFV1-" || 0x01 ||
// "-ristretto255-SHA512".
//
// Assumptions: one-more gap Diffie-Hellman in ristretto255 and SHA-512 as a
// random oracle (section 7.2). Each evaluation also answers one query of a
// static Diffie-Hellman oracle, which costs log2(q)/2 bits of strength after q
// of them (section 7.2.3): 2^30 a key epoch leave about 110 bits. The proof is
// Chaum-Pedersen, made non-interactive by Fiat-Shamir; the random weights d_i
// of the composites make one proof hold for every element of its batch, each
// at its own place (section 2.2).

// RFC 9497 section 3.3.2 allows batches up to 65535 (two-byte index); ours:
inline constexpr size_t kMaxBatch = 4096;

// A blinded match-key on its way to a key holder. Not an Element by type, so
// that nothing unblinded is ever sent.
class BlindedPoint {
 public:
  // INVALID_ARGUMENT for a bad encoding or the identity.
  static absl::StatusOr<BlindedPoint> Parse(absl::string_view bytes);
  absl::string_view bytes() const { return element_.bytes(); }
  const Element& element() const { return element_; }

 private:
  friend class Blinding;
  friend class OprfKey;
  explicit BlindedPoint(Element e) : element_(std::move(e)) {}
  Element element_;
};

// Key holder's answer to one blinded point.
class EvaluatedPoint {
 public:
  static absl::StatusOr<EvaluatedPoint> Parse(absl::string_view bytes);
  explicit EvaluatedPoint(Element e) : element_(std::move(e)) {}
  absl::string_view bytes() const { return element_.bytes(); }
  const Element& element() const { return element_; }
  friend bool operator==(const EvaluatedPoint&,
                         const EvaluatedPoint&) = default;

 private:
  Element element_;
};

struct ProofTag {
  static constexpr char kWhat[] = "DLEQ proof";
};
// c || s, RFC 9497 section 2.2.1.
using DleqProof = FixedBytes<64, ProofTag>;

// A public key of a key (share): key * generator.
using OprfPublicKey = Element;

struct MatchSecretTag {
  static constexpr char kWhat[] = "match-key secret half";
};
// Bytes 16..47 of the RFC 9497 output: only adapters ever hold it.
using MatchSecret = Secret<32, MatchSecretTag>;

struct OprfOutput {
  Token token;         // bytes 0..15, for the gateway
  MatchSecret secret;  // bytes 16..47, never leaves the adapter
};

// The client's state for one input between blinding and finalising.
class Blinding {
 public:
  // `input` is 1 to 65535 bytes (it holds personal data: it is copied into
  // wiped memory and never printed). INVALID_ARGUMENT otherwise.
  static absl::StatusOr<Blinding> Create(absl::string_view input);
  static absl::StatusOr<Blinding> CreateForTest(absl::string_view input,
                                                Scalar blind);
  Blinding(Blinding&& other) noexcept;
  Blinding& operator=(Blinding&& other) noexcept;
  ~Blinding();

  const BlindedPoint& point() const { return point_; }

  // RFC 9497 Finalize: unblinds and hashes. With several key holders pass the
  // combined evaluation (shares.h). The caller has verified or will verify
  // proofs; Finalize itself cannot fail.
  OprfOutput Finalize(const EvaluatedPoint& evaluated) const;
  std::array<uint8_t, 64> FinalizeForTest(const EvaluatedPoint& e) const;

 private:
  friend absl::StatusOr<std::vector<OprfOutput>> FinalizeBatch(
      absl::Span<const Blinding> blindings,
      absl::Span<const EvaluatedPoint> evaluated);

  Blinding(absl::string_view input, Scalar blind);
  std::array<uint8_t, 64> Output(const EvaluatedPoint& e,
                                 const Scalar& inverse) const;

  std::string input_;  // INVARIANT: wiped before it is dropped or moved over
  Scalar blind_;
  BlindedPoint point_;
};

// Finalize for each blinding with the evaluation at its place, with one scalar
// inversion for the whole batch (an inversion costs half a multiplication).
// INVALID_ARGUMENT when the sizes differ.
absl::StatusOr<std::vector<OprfOutput>> FinalizeBatch(
    absl::Span<const Blinding> blindings,
    absl::Span<const EvaluatedPoint> evaluated);

// A batch as the key holder sees it.
struct EvaluatedBatch {
  std::vector<BlindedPoint> points;
  std::vector<EvaluatedPoint> evaluated;
};

// One matching key or one share of it. Immutable, thread-safe.
class OprfKey {
 public:
  static OprfKey Random();
  static OprfKey FromScalar(Scalar s);
  // RFC 9497 section 3.2.1 DeriveKeyPair, mode VOPRF.
  static absl::StatusOr<OprfKey> Derive(absl::string_view seed,
                                        absl::string_view info);

  const OprfPublicKey& public_key() const { return public_key_; }
  const Scalar& scalar() const { return scalar_; }

  // key * point, in order. One scalar multiplication each.
  std::vector<EvaluatedPoint> Evaluate(
      absl::Span<const BlindedPoint> points) const;
  // Parse and Evaluate in one, at the cost of Evaluate alone: for encodings as
  // they came from the client. INVALID_ARGUMENT naming the place of the first
  // bad encoding, or for an empty batch or one over kMaxBatch.
  absl::StatusOr<EvaluatedBatch> EvaluateEncoded(
      absl::Span<const absl::string_view> encodings) const;
  // RFC 9497 section 2.2.1 GenerateProof over the whole batch (composites with
  // the fast path of ComputeCompositesFast: one multiplication and one addition
  // an element). `evaluated` must be Evaluate(points), else the proof will not
  // verify. INVALID_ARGUMENT when the batch is empty, over kMaxBatch, or the
  // sizes differ.
  absl::StatusOr<DleqProof> Prove(
      absl::Span<const BlindedPoint> points,
      absl::Span<const EvaluatedPoint> evaluated) const;
  absl::StatusOr<DleqProof> ProveForTest(
      absl::Span<const BlindedPoint> points,
      absl::Span<const EvaluatedPoint> evaluated, const Scalar& r) const;

 private:
  explicit OprfKey(Scalar s);
  Scalar scalar_;
  OprfPublicKey public_key_;
};

// RFC 9497 section 2.2.2 VerifyProof. UNAUTHENTICATED when the proof does not
// hold; INVALID_ARGUMENT for an empty, oversized or unequal batch.
absl::Status VerifyEvaluation(const OprfPublicKey& key,
                              absl::Span<const BlindedPoint> points,
                              absl::Span<const EvaluatedPoint> evaluated,
                              const DleqProof& proof);

}  // namespace kinstile::crypto

#endif  // KINSTILE_GATEWAY_CRYPTO_OPRF_H_
