// SPDX-License-Identifier: Apache-2.0
// Writing and reading the tiles folder, bundle by bundle.
#include "gateway/audit/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/note.h"
#include "gateway/base/status_macros.h"
#include "gateway/merkle/tiles.h"

namespace kinstile::audit {
namespace {

namespace fs = std::filesystem;
using merkle::kTileWidth;
using merkle::Tile;
using merkle::TilePath;

constexpr char kCheckpoint[] = "checkpoint";
constexpr char kEntries[] = "tile/entries";
constexpr char kPayloads[] = "payload";
constexpr char kHeads[] = "head";
constexpr uint32_t kGone = 0xffffffff;
// The largest bundle: 256 payloads of a generous size.
constexpr uintmax_t kMaxFile = 256u << 20;

// Lengths in front of the pieces of a bundle: `Width` bytes, big-endian.
template <int Width>
void AppendLength(std::string& out, uint32_t n) {
  for (int i = Width - 1; i >= 0; --i)
    out.push_back(static_cast<char>(n >> (8 * i)));
}

template <int Width>
absl::StatusOr<uint32_t> TakeLength(absl::string_view& rest) {
  if (rest.size() < Width) return absl::DataLossError("cut short");
  uint32_t n = 0;
  for (int i = 0; i < Width; ++i) n = n << 8 | static_cast<uint8_t>(rest[i]);
  rest.remove_prefix(Width);
  return n;
}

absl::StatusOr<absl::string_view> TakeBytes(absl::string_view& rest,
                                            uint32_t n) {
  if (rest.size() < n) return absl::DataLossError("cut short");
  absl::string_view taken = rest.substr(0, n);
  rest.remove_prefix(n);
  return taken;
}

// Writes bundles of 256 pieces as they fill up.
template <int Width>
class BundleWriter {
 public:
  BundleWriter(std::string root, std::string folder)
      : root_(std::move(root)), folder_(std::move(folder)) {}
  absl::Status Add(absl::string_view piece) {
    if (Width == 2 && piece.size() > 0xffff)
      return absl::FailedPreconditionError(
          absl::StrCat(folder_, ": a piece is over 65,535 bytes"));
    AppendLength<Width>(bytes_, static_cast<uint32_t>(piece.size()));
    absl::StrAppend(&bytes_, piece);
    return Count();
  }
  absl::Status AddGone() {
    AppendLength<Width>(bytes_, kGone);
    return Count();
  }
  absl::Status Finish();

 private:
  absl::Status Count() {
    ++tile_.width;
    return tile_.width == kTileWidth ? Finish() : absl::OkStatus();
  }
  const std::string root_;
  const std::string folder_;
  std::string bytes_;
  Tile tile_{0, 0};
};

// Whole and on disk, or an error.
absl::Status WriteFile(const std::string& root, const std::string& name,
                       absl::string_view bytes) {
  const fs::path path = fs::path(root) / name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (error || !out)
    return absl::InternalError(absl::StrCat(name, ": cannot be written"));
  return absl::OkStatus();
}

template <int Width>
absl::Status BundleWriter<Width>::Finish() {
  if (tile_.width == 0) return absl::OkStatus();
  KS_RETURN_IF_ERROR(WriteFile(root_, TilePath(folder_, tile_), bytes_));
  bytes_.clear();
  tile_ = {tile_.index + 1, 0};
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& root,
                                     const std::string& name) {
  const fs::path path = fs::path(root) / name;
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (error) return absl::DataLossError(absl::StrCat(name, ": missing"));
  if (size > kMaxFile) return absl::DataLossError(absl::StrCat(name, ": huge"));
  std::string bytes(size, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!in || in.peek() != EOF)
    return absl::DataLossError(absl::StrCat(name, ": cannot be read"));
  return bytes;
}

absl::Status In(const std::string& name, const absl::Status& s) {
  return absl::DataLossError(absl::StrCat(name, ": ", s.message()));
}

// The pieces of one bundle file. `f` gets kGone pieces as nothing.
template <int Width>
absl::Status ForEachPiece(
    const std::string& root, const std::string& name, uint64_t count,
    absl::FunctionRef<absl::Status(std::optional<absl::string_view>)> f) {
  KS_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(root, name));
  absl::string_view rest = bytes;
  for (uint64_t i = 0; i < count; ++i) {
    absl::StatusOr<uint32_t> length = TakeLength<Width>(rest);
    if (!length.ok()) return In(name, length.status());
    if (Width == 4 && *length == kGone) {
      KS_RETURN_IF_ERROR(f(std::nullopt));
      continue;
    }
    absl::StatusOr<absl::string_view> piece = TakeBytes(rest, *length);
    if (!piece.ok()) return In(name, piece.status());
    KS_RETURN_IF_ERROR(f(*piece));
  }
  if (!rest.empty())
    return absl::DataLossError(absl::StrCat(name, ": goes on after its end"));
  return absl::OkStatus();
}

void Sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  if (fd < 0) return;
  ::syncfs(fd);
  ::close(fd);
}

absl::Status WriteTiles(const merkle::Tree& tree, const std::string& path) {
  for (int level = 0;; ++level) {
    const uint64_t hashes = merkle::HashesAtTileLevel(tree.size(), level);
    if (hashes == 0) return absl::OkStatus();
    for (const Tile& tile : merkle::TilesFor(hashes)) {
      KS_ASSIGN_OR_RETURN(const std::string bytes,
                          merkle::TileBytes(tree, level, tile));
      KS_RETURN_IF_ERROR(
          WriteFile(path, TilePath(absl::StrCat("tile/", level), tile), bytes));
    }
  }
}

// Gives the newest head's note.
absl::StatusOr<std::string> WriteHeads(LogCopy& copy, const std::string& path) {
  BundleWriter<2> heads(path, kHeads);
  std::string newest;
  KS_RETURN_IF_ERROR(copy.ForEachCheckpoint([&](const CheckpointRow& row) {
    newest = std::string(row.note);
    return heads.Add(row.note);
  }));
  KS_RETURN_IF_ERROR(heads.Finish());
  return newest;
}

fs::path FolderAbove(const std::string& path) {
  const fs::path whole = fs::absolute(path);
  return whole.has_filename() ? whole.parent_path()
                              : whole.parent_path().parent_path();
}

absl::StatusOr<Checkpoint> ParseHead(absl::string_view note) {
  KS_ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  return ParseCheckpoint(parsed.text);
}

}  // namespace

absl::Status ExportFolder(LogCopy& copy, const std::string& path,
                          std::function<void(uint64_t entries)> progress) {
  KS_RETURN_IF_ERROR(copy.Find());
  std::error_code error;
  if (fs::exists(path, error))
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": is there already; an export is a new folder"));
  if (!fs::is_directory(FolderAbove(path), error))
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the folder above it is not there"));
  merkle::Tree tree;
  BundleWriter<2> leaves(path, kEntries);
  BundleWriter<4> payloads(path, kPayloads);
  KS_RETURN_IF_ERROR(copy.ForEachEntry(0, [&](const EntryRow& row) {
    tree.Append(merkle::HashLeaf(row.leaf));
    if (progress && tree.size() % 10000 == 0) progress(tree.size());
    KS_RETURN_IF_ERROR(leaves.Add(row.leaf));
    return row.payload ? payloads.Add(*row.payload) : payloads.AddGone();
  }));
  KS_RETURN_IF_ERROR(leaves.Finish());
  KS_RETURN_IF_ERROR(payloads.Finish());
  KS_RETURN_IF_ERROR(WriteTiles(tree, path));
  KS_ASSIGN_OR_RETURN(const std::string newest, WriteHeads(copy, path));
  KS_ASSIGN_OR_RETURN(const Checkpoint head, ParseHead(newest));
  if (head.size != tree.size())
    return absl::FailedPreconditionError(
        "the newest head does not cover the entries: verify the log first");
  // Last, so that a folder with a checkpoint is a whole one.
  KS_RETURN_IF_ERROR(WriteFile(path, kCheckpoint, newest));
  Sync(path);
  return absl::OkStatus();
}

FolderCopy::FolderCopy(std::string path, absl::string_view origin)
    : path_(std::move(path)), origin_(origin) {}

absl::Status FolderCopy::Find() {
  std::error_code error;
  if (!fs::exists(fs::path(path_) / kCheckpoint, error))
    return absl::NotFoundError("no checkpoint is in this folder");
  KS_ASSIGN_OR_RETURN(checkpoint_, ReadFile(path_, kCheckpoint));
  absl::StatusOr<Checkpoint> head = ParseHead(checkpoint_);
  if (!head.ok()) return In(kCheckpoint, head.status());
  if (head->origin != origin_)
    return absl::NotFoundError("the checkpoint is of another log");
  size_ = head->size;
  return absl::OkStatus();
}

absl::Status FolderCopy::ForEachEntry(uint64_t from, EntryCallback f) {
  // Bundle by bundle, for as long as they are there: how many there should be
  // is the word of a note that nobody has checked yet.
  for (uint64_t t = from / kTileWidth; t < size_ / kTileWidth + 1; ++t) {
    const Tile tile{t, std::min(kTileWidth, size_ - t * kTileWidth)};
    if (tile.width == 0) break;
    std::vector<std::string> leaves;
    KS_RETURN_IF_ERROR(
        ForEachPiece<2>(path_, TilePath(kEntries, tile), tile.width,
                        [&](std::optional<absl::string_view> piece) {
                          leaves.emplace_back(*piece);
                          return absl::OkStatus();
                        }));
    uint64_t i = 0;
    KS_RETURN_IF_ERROR(ForEachPiece<4>(
        path_, TilePath(kPayloads, tile), tile.width,
        [&](std::optional<absl::string_view> payload) -> absl::Status {
          const std::string& bytes = leaves[i];
          const uint64_t index = tile.index * kTileWidth + i++;
          if (index < from) return absl::OkStatus();
          absl::StatusOr<Leaf> leaf = DecodeLeaf(bytes);
          return f(EntryRow{index,
                            leaf.ok() ? absl::string_view(leaf->audience) : "",
                            bytes, payload});
        }));
  }
  return absl::OkStatus();
}

// How many heads there are no other file says: one bundle after the other.
absl::Status FolderCopy::ForEachCheckpoint(
    absl::FunctionRef<absl::Status(const CheckpointRow&)> f) {
  heads_ = 0;
  auto give = [&](std::optional<absl::string_view> note) -> absl::Status {
    absl::StatusOr<Checkpoint> head = ParseHead(*note);
    if (!head.ok())
      return In(absl::StrCat(kHeads, " number ", heads_), head.status());
    ++heads_;
    return f(CheckpointRow{head->size, *note});
  };
  for (uint64_t n = 0;; ++n) {
    std::error_code error;
    Tile tile{n, kTileWidth};
    if (!fs::exists(fs::path(path_) / TilePath(kHeads, tile), error)) {
      for (tile.width = kTileWidth - 1; tile.width > 0; --tile.width)
        if (fs::exists(fs::path(path_) / TilePath(kHeads, tile), error)) break;
      if (tile.width == 0) return absl::OkStatus();
    }
    KS_RETURN_IF_ERROR(
        ForEachPiece<2>(path_, TilePath(kHeads, tile), tile.width, give));
    if (tile.width < kTileWidth) return absl::OkStatus();
  }
}

absl::Status FolderCopy::CheckRest(const Contents& contents,
                                   Complaint complain) {
  std::string newest;
  KS_RETURN_IF_ERROR(ForEachCheckpoint([&](const CheckpointRow& row) {
    newest = std::string(row.note);
    return absl::OkStatus();
  }));
  if (newest != checkpoint_)
    complain("checkpoint: is not the newest of the signed heads");
  KS_RETURN_IF_ERROR(CheckTiles(contents, complain));
  CheckFiles(contents.tree.size(), complain);
  return absl::OkStatus();
}

absl::Status FolderCopy::CheckTiles(const Contents& contents,
                                    Complaint complain) {
  for (int level = 0;; ++level) {
    const uint64_t hashes =
        merkle::HashesAtTileLevel(contents.tree.size(), level);
    if (hashes == 0) return absl::OkStatus();
    for (const Tile& tile : merkle::TilesFor(hashes)) {
      const std::string name = TilePath(absl::StrCat("tile/", level), tile);
      KS_ASSIGN_OR_RETURN(const std::string expected,
                          merkle::TileBytes(contents.tree, level, tile));
      absl::StatusOr<std::string> bytes = ReadFile(path_, name);
      if (!bytes.ok())
        complain(std::string(bytes.status().message()));
      else if (*bytes != expected)
        complain(absl::StrCat(name, ": is not the entries' hashes"));
    }
  }
}

// A file that nothing accounts for is unexplained.
void FolderCopy::CheckFiles(uint64_t size, Complaint complain) const {
  std::set<std::string> known = {kCheckpoint};
  std::set<fs::path> folders;
  auto add = [&](const std::string& folder, uint64_t count) {
    for (const Tile& tile : merkle::TilesFor(count)) {
      fs::path path = TilePath(folder, tile);
      known.insert(path.string());
      while (folders.insert(path = path.parent_path()).second) {
      }
    }
  };
  add(kEntries, size);
  add(kPayloads, size);
  add(kHeads, heads_);
  for (int level = 0; merkle::HashesAtTileLevel(size, level) > 0; ++level)
    add(absl::StrCat("tile/", level), merkle::HashesAtTileLevel(size, level));
  std::error_code error;
  for (fs::recursive_directory_iterator it(path_, error), end;
       !error && it != end; it.increment(error)) {
    const fs::path name = fs::relative(it->path(), path_, error);
    const bool folder = it->is_directory(error) && !it->is_symlink(error);
    if (folder ? folders.count(name) == 0 : known.count(name.string()) == 0)
      complain(absl::StrCat(name.string(), ": is no file of a log"));
  }
}

}  // namespace kinstile::audit
