// SPDX-License-Identifier: Apache-2.0
// The VOPRF against RFC 9497 appendix A.1.2, and what a bad holder can try.
#include "gateway/crypto/oprf.h"

#include <gtest/gtest.h>

#include <set>

#include "gateway/crypto/random.h"
#include "vectors.h"

namespace kinstile::crypto {
namespace {

constexpr char kSeed[] =
    "a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3";
constexpr char kSecretKey[] =
    "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909";
constexpr char kPublicKey[] =
    "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";
constexpr char kBlind1[] =
    "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";
constexpr char kBlind2[] =
    "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e";
constexpr char kOutput1[] =
    "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
    "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c";
constexpr char kOutput2[] =
    "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
    "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6";

struct RfcCase {
  std::string name;
  std::vector<std::string> inputs, blinds, blinded, evaluated, outputs;  // hex
  std::string proof, r;
};

// Appendix A.1.2.
std::vector<RfcCase> Rfc9497() {
  return {
      {"A.1.2.1",
       {"00"},
       {kBlind1},
       {"863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"},
       {"aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"},
       {kOutput1},
       "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
       "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
       kBlind2},
      {"A.1.2.2",
       {"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"},
       {kBlind1},
       {"cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c"},
       {"60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468"},
       {kOutput2},
       "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
       "67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
       kBlind2},
      {"A.1.2.3",
       {"00", "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"},
       {kBlind1, kBlind2},
       {"863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
        "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654"},
       {"aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
        "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a"},
       {kOutput1, kOutput2},
       "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
       "5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
       "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c"},
  };
}

Scalar ScalarOf(absl::string_view hex) {
  return *Scalar::Parse(SecretAccess(), Hex(hex));
}

OprfKey RfcKey() { return *OprfKey::Derive(Hex(kSeed), "test key"); }

// A client's batch of `n` match-keys with everything that follows from it.
struct Batch {
  std::vector<Blinding> blindings;
  std::vector<BlindedPoint> points;
  std::vector<EvaluatedPoint> evaluated;
};

Batch MakeBatch(const OprfKey& key, int n) {
  Batch b;
  for (int i = 0; i < n; ++i) {
    b.blindings.push_back(*Blinding::Create("input " + std::to_string(i)));
    b.points.push_back(b.blindings.back().point());
  }
  b.evaluated = key.Evaluate(b.points);
  return b;
}

void ExpectUnauthenticated(const absl::Status& status, absl::string_view why) {
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << why;
}

void CheckRfcCase(const OprfKey& key, const RfcCase& c) {
  std::vector<Blinding> blindings;
  std::vector<BlindedPoint> points;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    blindings.push_back(
        *Blinding::CreateForTest(Hex(c.inputs[i]), ScalarOf(c.blinds[i])));
    points.push_back(blindings[i].point());
    EXPECT_EQ(ToHex(points[i].bytes()), c.blinded[i]) << c.name;
  }
  const auto evaluated = key.Evaluate(points);
  const auto proof = key.ProveForTest(points, evaluated, ScalarOf(c.r));
  ASSERT_TRUE(proof.ok()) << c.name;
  EXPECT_EQ(ToHex(proof->view()), c.proof) << c.name;
  EXPECT_TRUE(
      VerifyEvaluation(key.public_key(), points, evaluated, *proof).ok());
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(ToHex(evaluated[i].bytes()), c.evaluated[i]) << c.name;
    const auto out = blindings[i].FinalizeForTest(evaluated[i]);
    const std::string output(out.begin(), out.end());
    EXPECT_EQ(ToHex(output), c.outputs[i]) << c.name;
    const OprfOutput split = blindings[i].Finalize(evaluated[i]);
    EXPECT_EQ(split.token.view(), output.substr(0, 16));
    EXPECT_EQ(split.secret.view(SecretAccess()), output.substr(16, 32));
  }
}

TEST(Oprf, DerivesTheKeyPairOfRfc9497) {
  const OprfKey key = RfcKey();
  EXPECT_EQ(ToHex(key.scalar().bytes(SecretAccess())), kSecretKey);
  EXPECT_EQ(ToHex(key.public_key().bytes()), kPublicKey);
  EXPECT_FALSE(OprfKey::Derive("short", "test key").ok());
  EXPECT_FALSE(OprfKey::Derive(Hex(kSeed), std::string(65536, 'i')).ok());
}

TEST(Oprf, MatchesRfc9497) {
  for (const RfcCase& c : Rfc9497()) CheckRfcCase(RfcKey(), c);
}

TEST(Oprf, MatchesTheWholeVectorFile) {
  const auto file = VectorFile("rfc9497_ristretto255_sha512.json");
  if (!file.has_value()) return;
  int checked = 0;
  for (const Json& suite : file->list_value().values()) {
    if (At(suite, "mode").number_value() != 1) continue;
    const OprfKey key =
        *OprfKey::Derive(HexAt(suite, "seed"), HexAt(suite, "keyInfo"));
    EXPECT_EQ(ToHex(key.public_key().bytes()), Text(suite, "pkSm"));
    for (const Json& t : Items(suite, "vectors")) {
      auto list = [&](const char* name) {
        std::vector<std::string> hex;
        for (const std::string& s : HexList(Text(t, name)))
          hex.push_back(ToHex(s));
        return hex;
      };
      CheckRfcCase(
          key,
          {"vector " + std::to_string(checked++), list("Input"), list("Blind"),
           list("BlindedElement"), list("EvaluationElement"), list("Output"),
           Text(At(t, "Proof"), "proof"), Text(At(t, "Proof"), "r")});
    }
  }
  EXPECT_EQ(checked, 3);
}

TEST(Oprf, TokenDependsOnInputAndKeyAlone) {
  const OprfKey key = OprfKey::Random(), other = OprfKey::Random();
  auto token = [](const OprfKey& k, const std::string& input) {
    const Blinding b = *Blinding::Create(input);
    const BlindedPoint points[] = {b.point()};
    return b.Finalize(k.Evaluate(points)[0]).token;
  };
  EXPECT_EQ(token(key, "a"), token(key, "a"));
  EXPECT_NE(token(key, "a"), token(key, "b"));
  EXPECT_NE(token(key, "a"), token(other, "a"));
}

TEST(Oprf, BlindedPointsOfOneInputAllDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i)
    seen.insert(std::string(Blinding::Create("same")->point().bytes()));
  EXPECT_EQ(seen.size(), 20u);
}

TEST(Blinding, RefusesEmptyAndOversizedInput) {
  EXPECT_FALSE(Blinding::Create("").ok());
  EXPECT_FALSE(Blinding::Create(std::string(65536, 'x')).ok());
  EXPECT_TRUE(Blinding::Create(std::string(65535, 'x')).ok());
}

TEST(Blinding, MovesLeaveNothingBehind) {
  const OprfKey key = OprfKey::Random();
  for (const std::string input : {"short", "long enough to be on the heap"}) {
    Blinding a = *Blinding::Create(input), b = *Blinding::Create("another");
    const BlindedPoint points[] = {a.point()};
    const auto evaluated = key.Evaluate(points);
    const Token before = a.Finalize(evaluated[0]).token;
    b = std::move(a);
    EXPECT_EQ(b.Finalize(evaluated[0]).token, before);
    const char* bytes = reinterpret_cast<const char*>(&a);
    EXPECT_EQ(absl::string_view(bytes, sizeof a).find(input),
              absl::string_view::npos);
  }
}

TEST(FinalizeBatch, IsFinalizeOfEach) {
  const OprfKey key = OprfKey::Random();
  for (int n : {0, 1, 2, 3, 17}) {
    const Batch b = MakeBatch(key, n);
    const auto outputs = FinalizeBatch(b.blindings, b.evaluated);
    ASSERT_TRUE(outputs.ok());
    ASSERT_EQ(outputs->size(), b.blindings.size());
    for (int i = 0; i < n; ++i) {
      const OprfOutput one = b.blindings[i].Finalize(b.evaluated[i]);
      EXPECT_EQ((*outputs)[i].token, one.token);
      EXPECT_EQ((*outputs)[i].secret.view(SecretAccess()),
                one.secret.view(SecretAccess()));
    }
  }
  const Batch b = MakeBatch(key, 2);
  EXPECT_FALSE(
      FinalizeBatch(b.blindings, absl::MakeSpan(b.evaluated).first(1)).ok());
}

TEST(EvaluateEncoded, IsParseAndEvaluate) {
  const OprfKey key = OprfKey::Random();
  const Batch b = MakeBatch(key, 5);
  std::vector<absl::string_view> encodings;
  for (const BlindedPoint& p : b.points) encodings.push_back(p.bytes());
  const auto batch = key.EvaluateEncoded(encodings);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->evaluated, b.evaluated);
  for (size_t i = 0; i < b.points.size(); ++i)
    EXPECT_EQ(batch->points[i].bytes(), b.points[i].bytes());
}

TEST(EvaluateEncoded, NamesThePlaceOfABadPoint) {
  const OprfKey key = OprfKey::Random();
  const Batch b = MakeBatch(key, 3);
  const std::string zero(32, '\0');
  const absl::string_view good = b.points[0].bytes();
  for (const absl::string_view bad :
       {absl::string_view(zero), good.substr(1), absl::string_view()}) {
    const auto batch = key.EvaluateEncoded({good, bad, good});
    EXPECT_EQ(batch.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(batch.status().message().substr(0, 9), "point 1: ");
  }
  EXPECT_FALSE(key.EvaluateEncoded({}).ok());
  EXPECT_FALSE(
      key.EvaluateEncoded(std::vector<absl::string_view>(kMaxBatch + 1, good))
          .ok());
}

TEST(Proof, HoldsForEveryBatchSize) {
  const OprfKey key = OprfKey::Random();
  for (int n : {1, 2, 3, 10, 300}) {
    const Batch b = MakeBatch(key, n);
    const auto proof = key.Prove(b.points, b.evaluated);
    ASSERT_TRUE(proof.ok());
    EXPECT_TRUE(
        VerifyEvaluation(key.public_key(), b.points, b.evaluated, *proof).ok())
        << n;
  }
}

TEST(Proof, RefusesAnythingButWhatWasProved) {
  const OprfKey key = OprfKey::Random(), other = OprfKey::Random();
  const Batch b = MakeBatch(key, 4);
  const DleqProof proof = *key.Prove(b.points, b.evaluated);
  const auto& pk = key.public_key();

  ExpectUnauthenticated(
      VerifyEvaluation(other.public_key(), b.points, b.evaluated, proof),
      "other key");

  auto swapped = b.evaluated;
  std::swap(swapped[1], swapped[2]);
  ExpectUnauthenticated(VerifyEvaluation(pk, b.points, swapped, proof),
                        "two evaluations swapped");

  auto points = b.points;
  std::swap(points[1], points[2]);
  ExpectUnauthenticated(VerifyEvaluation(pk, points, swapped, proof),
                        "two pairs swapped");

  auto one_wrong = b.evaluated;
  one_wrong[3] = other.Evaluate(b.points)[3];
  ExpectUnauthenticated(VerifyEvaluation(pk, b.points, one_wrong, proof),
                        "one evaluated by another key");

  // Two errors that cancel in the plain sum: the weights d_i catch them.
  auto shifted = b.evaluated;
  const Element& g = Element::Generator();
  const Scalar two = Scalar::FromUint(2), one = Scalar::FromUint(1);
  const Element minus_g = one.Minus(two)->Times(g);
  shifted[0] = EvaluatedPoint(*Add(shifted[0].element(), g));
  shifted[1] = EvaluatedPoint(*Add(shifted[1].element(), minus_g));
  ExpectUnauthenticated(VerifyEvaluation(pk, b.points, shifted, proof),
                        "errors that cancel");
  ExpectUnauthenticated(
      VerifyEvaluation(pk, b.points, shifted, *key.Prove(b.points, shifted)),
      "errors that cancel, proved by the holder");

  ExpectUnauthenticated(
      VerifyEvaluation(pk, absl::MakeSpan(b.points).first(3),
                       absl::MakeSpan(b.evaluated).first(3), proof),
      "a part of the batch");
}

TEST(Proof, RefusesTheProofOfAnotherKeyForItsOwnEvaluation) {
  const OprfKey key = OprfKey::Random(), other = OprfKey::Random();
  const Batch b = MakeBatch(other, 3);
  const DleqProof proof = *other.Prove(b.points, b.evaluated);
  ExpectUnauthenticated(
      VerifyEvaluation(key.public_key(), b.points, b.evaluated, proof),
      "tagging key");
}

TEST(Proof, RefusesEveryChangedByteAndNonCanonicalScalars) {
  const OprfKey key = OprfKey::Random();
  const Batch b = MakeBatch(key, 1);
  const DleqProof proof = *key.Prove(b.points, b.evaluated);
  auto verify = [&](const DleqProof& p) {
    return VerifyEvaluation(key.public_key(), b.points, b.evaluated, p);
  };
  for (size_t i = 0; i < DleqProof::kSize; ++i) {
    DleqProof changed = proof;
    changed.bytes[i] ^= 1;
    ExpectUnauthenticated(verify(changed), "changed byte");
  }
  ExpectUnauthenticated(verify(DleqProof{}), "zero");
  // s + L is the same scalar in another encoding.
  const std::string order =
      Hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  DleqProof malleated = proof;
  int carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += malleated.bytes[32 + i] + static_cast<uint8_t>(order[i]);
    malleated.bytes[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  ExpectUnauthenticated(verify(malleated), "s + order");
}

TEST(Proof, RefusesEmptyOversizedAndUnequalBatches) {
  const OprfKey key = OprfKey::Random();
  const Batch b = MakeBatch(key, 2);
  const DleqProof proof = *key.Prove(b.points, b.evaluated);
  const std::vector<BlindedPoint> many(kMaxBatch + 1, b.points[0]);
  const std::vector<EvaluatedPoint> many_out(kMaxBatch + 1, b.evaluated[0]);
  struct {
    const char* name;
    absl::Span<const BlindedPoint> points;
    absl::Span<const EvaluatedPoint> evaluated;
  } cases[] = {
      {"empty", {}, {}},
      {"one short", b.points, absl::MakeSpan(b.evaluated).first(1)},
      {"one over", absl::MakeSpan(b.points).first(1), b.evaluated},
      {"too many", many, many_out},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(key.Prove(c.points, c.evaluated).status().code(),
              absl::StatusCode::kInvalidArgument)
        << c.name;
    EXPECT_EQ(
        VerifyEvaluation(key.public_key(), c.points, c.evaluated, proof).code(),
        absl::StatusCode::kInvalidArgument)
        << c.name;
  }
}

TEST(Points, ParseRefusesWhatIsNotAPoint) {
  const OprfKey key = OprfKey::Random();
  const Batch b = MakeBatch(key, 1);
  const std::string good(b.points[0].bytes());
  EXPECT_EQ(BlindedPoint::Parse(good)->bytes(), good);
  EXPECT_EQ(EvaluatedPoint::Parse(good)->bytes(), good);
  for (size_t size = 0; size < 32; ++size) {
    EXPECT_FALSE(BlindedPoint::Parse(good.substr(0, size)).ok());
    EXPECT_FALSE(EvaluatedPoint::Parse(good.substr(0, size)).ok());
  }
  EXPECT_FALSE(BlindedPoint::Parse(std::string(32, '\0')).ok());
  EXPECT_FALSE(EvaluatedPoint::Parse(std::string(32, '\xff')).ok());
}

}  // namespace
}  // namespace kinstile::crypto
