// SPDX-License-Identifier: Apache-2.0
// Where a tile lies, and what is in it.
#include "gateway/merkle/tiles.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gateway/base/status_macros.h"

namespace kinstile::merkle {
namespace {

constexpr int kTileHeight = 8;

}  // namespace

std::vector<Tile> TilesFor(uint64_t count) {
  std::vector<Tile> tiles;
  for (uint64_t i = 0; i < count / kTileWidth; ++i)
    tiles.push_back({i, kTileWidth});
  if (count % kTileWidth != 0)
    tiles.push_back({count / kTileWidth, count % kTileWidth});
  return tiles;
}

uint64_t HashesAtTileLevel(uint64_t size, int level) {
  const int shift = kTileHeight * level;
  return shift < 64 ? size >> shift : 0;
}

std::string TilePath(absl::string_view folder, const Tile& tile) {
  // Groups of three digits, an x before all but the last.
  std::string number = absl::StrFormat("%03d", tile.index % 1000);
  for (uint64_t rest = tile.index / 1000; rest > 0; rest /= 1000)
    number = absl::StrFormat("x%03d/%s", rest % 1000, number);
  std::string path = absl::StrCat(folder, "/", number);
  if (tile.width < kTileWidth) absl::StrAppend(&path, ".p/", tile.width);
  return path;
}

absl::StatusOr<std::string> TileBytes(const Tree& tree, int level,
                                      const Tile& tile) {
  std::string bytes;
  bytes.reserve(tile.width * Hash::kSize);
  for (uint64_t i = 0; i < tile.width; ++i) {
    KS_ASSIGN_OR_RETURN(
        const Hash hash,
        tree.Node(kTileHeight * level, tile.index * kTileWidth + i));
    bytes.append(hash.view().data(), Hash::kSize);
  }
  return bytes;
}

}  // namespace kinstile::merkle
