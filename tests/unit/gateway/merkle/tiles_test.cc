// SPDX-License-Identifier: Apache-2.0
// Tiles against the C2SP worked example and a log that other people made.
#include "gateway/merkle/tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/crypto/hash.h"
#include "tests/unit/gateway/merkle/vectors.h"

namespace kinstile::merkle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TilePath, IsThatOfTheSpecification) {
  EXPECT_EQ(TilePath("tile/0", {0, 256}), "tile/0/000");
  EXPECT_EQ(TilePath("tile/0", {273, 112}), "tile/0/273.p/112");
  EXPECT_EQ(TilePath("tile/1", {1, 17}), "tile/1/001.p/17");
  EXPECT_EQ(TilePath("tile/entries", {1234067, 8}),
            "tile/entries/x001/x234/067.p/8");
  EXPECT_EQ(TilePath("tile/5", {1000, 256}), "tile/5/x001/000");
}

TEST(TilesFor, FillsAllButTheLast) {
  EXPECT_THAT(TilesFor(0), IsEmpty());
  EXPECT_THAT(TilesFor(1), ElementsAre(Tile{0, 1}));
  EXPECT_THAT(TilesFor(256), ElementsAre(Tile{0, 256}));
  EXPECT_THAT(TilesFor(513),
              ElementsAre(Tile{0, 256}, Tile{1, 256}, Tile{2, 1}));
}

TEST(TileBytes, RefusesWhatTheTreeHasNot) {
  Tree tree;
  for (int i = 0; i < 300; ++i) tree.Append(HashLeaf(absl::StrCat(i)));
  EXPECT_TRUE(TileBytes(tree, 0, {1, 44}).ok());
  EXPECT_TRUE(absl::IsOutOfRange(TileBytes(tree, 0, {1, 45}).status()));
  EXPECT_TRUE(TileBytes(tree, 1, {0, 1}).ok());
  EXPECT_TRUE(absl::IsOutOfRange(TileBytes(tree, 1, {0, 2}).status()));
  EXPECT_TRUE(absl::IsOutOfRange(TileBytes(tree, 2, {0, 1}).status()));
}

// derived_tree_70000.json: leaves "entry-0" to "entry-69999".
struct Derived {
  int level;
  Tile tile;
  const char* sha256;
};
constexpr Derived kDerived[] = {
    {0,
     {0, 256},
     "8921c57d2f65271c82bf0f686c002793863c80c8d1cbbbf5db6046ff59e8b590"},
    {0,
     {273, 112},
     "41c090f240cc1bbcec93391099da9f3bde6e87927975e789b8f7794061b27f1d"},
    {1,
     {0, 256},
     "3f2180f39b716a1f9ba5b330e55deac1781861f2854c705884f31806688285e0"},
    {1,
     {1, 17},
     "e7be92bf44b56bfc274e384835c09a9b949542f7ef3bed21a46195a871173926"},
    {2,
     {0, 1},
     "a39abb517974ee0fe428abf332453555ac40e6bdf705bb4a4bf919dfa6b3b24c"}};

TEST(TileBytes, OfATreeOf70000AreTheDerivedOnes) {
  Tree tree;
  for (int i = 0; i < 70000; ++i)
    tree.Append(HashLeaf(absl::StrCat("entry-", i)));
  for (const Derived& d : kDerived)
    EXPECT_EQ(absl::BytesToHexString(
                  crypto::Sha256(*TileBytes(tree, d.level, d.tile)).view()),
              d.sha256)
        << d.level;
  // The last tile of each level is the one in the specification's example.
  EXPECT_EQ(TilesFor(HashesAtTileLevel(70000, 0)).back(), (Tile{273, 112}));
  EXPECT_EQ(TilesFor(HashesAtTileLevel(70000, 1)).back(), (Tile{1, 17}));
  EXPECT_EQ(TilesFor(HashesAtTileLevel(70000, 2)).back(), (Tile{0, 1}));
  EXPECT_EQ(HashesAtTileLevel(70000, 3), 0u);

  absl::StatusOr<Json> vectors = LoadVectors("rfc6962/derived_tree_70000.json");
  if (!vectors.ok()) {
    RecordProperty("vectors", "absent: only transcribed values were checked");
    return;
  }
  size_t known = 0;
  for (const auto& [path, tile] : At(*vectors, "tiles").struct_value().fields())
    for (const Derived& d : kDerived) {
      if (TilePath(absl::StrCat("tile/", d.level), d.tile) != path) continue;
      ++known;
      EXPECT_EQ(TextAt(tile, "sha256"), d.sha256) << path;
    }
  EXPECT_EQ(known, At(*vectors, "tiles").struct_value().fields().size());
}

// Tessera's own log of 15 entries, tile for tile.
TEST(TileBytes, AreThoseOfALogThatTesseraWrote) {
  absl::StatusOr<Json> log = LoadVectors("c2sp/tlog_tiles_log15.json");
  if (!log.ok()) {
    RecordProperty("vectors", "absent: nothing was checked here");
    return;
  }
  const auto& files = At(*log, "files").struct_value().fields();
  Tree tree;
  int checked = 0;
  for (const Json& leaf : ListAt(*log, "leaves_utf8")) {
    tree.Append(HashLeaf(leaf.string_value()));
    auto it = files.find(TilePath("tile/0", {0, tree.size()}));
    if (it == files.end()) continue;
    ++checked;
    EXPECT_EQ(*TileBytes(tree, 0, {0, tree.size()}),
              FromBase64(it->second.string_value()));
  }
  EXPECT_GT(checked, 0);
}

}  // namespace
}  // namespace kinstile::merkle
