// SPDX-License-Identifier: Apache-2.0
// C2SP proofs as other people's parsers read them.
#include "gateway/audit/tlog_proof.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/gateway/merkle/vectors.h"

namespace kinstile::audit {
namespace {

// transparency-dev/formats proof/tlog_proof_test.go (Apache-2.0).
struct KnownProof {
  const char* name;
  const char* text;
  bool valid;
};
const KnownProof kKnownProofs[] = {
    {"no extra",
     "c2sp.org/tlog-proof@v1\nindex 5\n"
     "rzFuy5Go7nrpkhBwKy1HWPMM3eO/YePY54fXRoH5Cm4=\n"
     "5784L25ZFbP4hhm4ZiI+vx1RxMUyHMzeLp/3AKMlkIY=\n\ntest checkpoint\n",
     true},
    {"extra",
     "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n"
     "rzFuy5Go7nrpkhBwKy1HWPMM3eO/YePY54fXRoH5Cm4=\n\ncheckpoint data\n",
     true},
    {"empty hashes", "c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n", true},
    {"missing header", "wrong-header\nindex 0\n\ncheckpoint\n", false},
    {"bad extra",
     "c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n\ncheckpoint\n",
     false},
    {"missing index", "c2sp.org/tlog-proof@v1\n\n\ncheckpoint\n", false},
    {"index negative", "c2sp.org/tlog-proof@v1\nindex -5\n\ncheckpoint\n",
     false},
    {"index with a zero before", "c2sp.org/tlog-proof@v1\nindex 05\n\nc\n",
     false},
    {"no checkpoint", "c2sp.org/tlog-proof@v1\nindex 0\n\n", false},
};

TEST(TlogProof, ReadsKnownProofsAsTheirAuthorsDo) {
  for (const KnownProof& k : kKnownProofs) {
    const auto proof = ParseTlogProof(k.text);
    EXPECT_EQ(proof.ok(), k.valid) << k.name;
    if (proof.ok()) {
      EXPECT_EQ(FormatTlogProof(*proof), k.text) << k.name;
    }
  }
}

TEST(TlogProof, ReadsThePublishedSetAsItsAuthorsDo) {
  const auto suite = LoadVectors("c2sp/tlog_proof_parse.json");
  if (!suite.ok()) {
    RecordProperty("vectors", "absent: only transcribed values were checked");
    return;
  }
  EXPECT_EQ(ListAt(*suite, "cases").size(), 10);
  for (const Json& c : ListAt(*suite, "cases")) {
    const auto proof = ParseTlogProof(TextAt(c, "text"));
    ASSERT_EQ(proof.ok(), BoolAt(c, "valid")) << TextAt(c, "name");
    if (!proof.ok()) continue;
    EXPECT_EQ(proof->index, NumberAt(c, "index"));
    EXPECT_EQ(proof->extra.value_or(""), FromBase64(TextAt(c, "extra")));
    std::string hashes;
    for (const Json& h : ListAt(c, "hashes"))
      absl::StrAppend(&hashes, h.string_value(), "\n");
    EXPECT_EQ(FormatHashes(proof->hashes), hashes + "\n");
  }
}

TEST(TlogProof, HasAtMost63Hashes) {
  TlogProof proof{std::nullopt, 1, std::vector<merkle::Hash>(63), "c\n"};
  EXPECT_TRUE(ParseTlogProof(FormatTlogProof(proof)).ok());
  proof.hashes.emplace_back();
  EXPECT_FALSE(ParseTlogProof(FormatTlogProof(proof)).ok());
}

}  // namespace
}  // namespace kinstile::audit
