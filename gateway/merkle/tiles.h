// SPDX-License-Identifier: Apache-2.0
// The tree cut into tiles, as c2sp.org/tlog-tiles lays them out in files.
#ifndef KINSTILE_GATEWAY_MERKLE_TILES_H_
#define KINSTILE_GATEWAY_MERKLE_TILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/merkle/tree.h"

namespace kinstile::merkle {

// Hashes in a full tile, entries in a full bundle.
inline constexpr uint64_t kTileWidth = 256;

// Number `index` of its row, with `width` things in it: 256, or fewer in the
// last one of a row.
struct Tile {
  uint64_t index = 0;
  uint64_t width = kTileWidth;
  friend bool operator==(const Tile&, const Tile&) = default;
};

// The tiles that `count` things fill, in order; none for 0.
std::vector<Tile> TilesFor(uint64_t count);
// How many hashes of tile level `level` (tree level 8 * level) a tree of `size`
// leaves has: size / 256^level.
uint64_t HashesAtTileLevel(uint64_t size, int level);

// FOLDER/x001/x234/067, and .p/WIDTH behind it when it is not full.
std::string TilePath(absl::string_view folder, const Tile& tile);

// The hashes of one tile of the tree, one after the
// other. OUT_OF_RANGE when the tree has not all of them.
absl::StatusOr<std::string> TileBytes(const Tree& tree, int level,
                                      const Tile& tile);

}  // namespace kinstile::merkle

#endif  // KINSTILE_GATEWAY_MERKLE_TILES_H_
