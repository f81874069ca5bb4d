// SPDX-License-Identifier: Apache-2.0
// Sealed files: whole and unchanged, or nothing.
#include "gateway/server/sealed_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include "gateway/crypto/random.h"

namespace kinstile::server {
namespace {

namespace fs = std::filesystem;

class SealedFile : public testing::Test {
 protected:
  SealedFile() {
    std::string pattern =
        (fs::temp_directory_path() / "kinstile-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~SealedFile() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const {
    return folder_ + "/" + name;
  }
  void Seal(const std::string& name, const std::string& text) {
    auto writer = SealedWriter::Create(Path(name), crypto::PublicKeyOf(key_));
    ASSERT_TRUE(writer.ok()) << writer.status();
    // In parts that do not fit the pieces.
    for (size_t at = 0; at < text.size(); at += 10'007)
      ASSERT_TRUE(writer->Write(text.substr(at, 10'007)).ok());
    ASSERT_TRUE(writer->Finish().ok());
  }
  absl::StatusOr<std::string> Open(const std::string& name,
                                   const crypto::BoxSecretKey& key) {
    auto reader = SealedReader::Open(Path(name), key);
    if (!reader.ok()) return reader.status();
    std::string out;
    while (!reader->complete()) {
      auto piece = reader->Next();
      if (!piece.ok()) return piece.status();
      out += *piece;
    }
    return out;
  }
  std::string Bytes(const std::string& name) {
    std::ifstream in(Path(name), std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  void Put(const std::string& name, const std::string& bytes) {
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }

  std::string folder_;
  const crypto::BoxSecretKey key_ = crypto::RandomKey<crypto::BoxSecretKey>();
};

TEST_F(SealedFile, GivesBackWhatWasSealed) {
  const size_t piece = SealedWriter::kPiece;
  int n = 0;
  for (size_t size : {size_t{0}, size_t{1}, piece - 1, piece, piece + 1,
                      3 * piece, 3 * piece + 5}) {
    const std::string name = std::to_string(n++);
    const std::string text = crypto::RandomString(size);
    Seal(name, text);
    const auto opened = Open(name, key_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, text) << size;
  }
}

TEST_F(SealedFile, IsReadByItsOwnerAndKeyAlone) {
  Seal("a", "text");
  EXPECT_EQ(fs::status(Path("a")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(absl::IsPermissionDenied(
      Open("a", crypto::RandomKey<crypto::BoxSecretKey>()).status()));
  EXPECT_TRUE(absl::IsNotFound(Open("b", key_).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(
      SealedWriter::Create(Path("a"), crypto::PublicKeyOf(key_)).status()));
}

TEST_F(SealedFile, EveryChangedOrMissingByteIsNoticed) {
  Seal("a", "a text of some length, to be changed at every place");
  const std::string good = Bytes("a");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 1;
    Put("bad", bad);
    // Hex digits have two cases; what is sealed has one form.
    if (!Open("bad", key_).ok()) {
      Put("bad", good.substr(0, i));
      EXPECT_FALSE(Open("bad", key_).ok()) << i;
      continue;
    }
    ADD_FAILURE() << "byte " << i;
  }
  Put("bad", good + "x");
  EXPECT_FALSE(Open("bad", key_).ok());
}

TEST_F(SealedFile, PiecesCannotBeMovedDroppedOrCutOff) {
  Seal("a", crypto::RandomString(3 * SealedWriter::kPiece + 9));
  const std::string good = Bytes("a");
  const size_t head = good.find('\n', good.find('\n') + 1) + 1;
  std::vector<std::string> pieces;
  for (size_t at = head; at < good.size();) {
    size_t size = 4;
    for (int i = 0; i < 4; ++i)
      size += static_cast<size_t>(static_cast<uint8_t>(good[at + i]))
              << 8 * (3 - i);
    pieces.push_back(good.substr(at, size));
    at += size;
  }
  ASSERT_EQ(pieces.size(), 4u);
  const auto& p = pieces;
  const std::string start = good.substr(0, head);
  for (const std::string& bad :
       {start + p[1] + p[0] + p[2] + p[3], start + p[0] + p[2] + p[3],
        start + p[0] + p[0] + p[1] + p[2] + p[3], start + p[0] + p[1] + p[2],
        start, start + p[0] + p[1] + p[2] + p[3] + p[3]}) {
    Put("bad", bad);
    EXPECT_FALSE(Open("bad", key_).ok());
  }
}

}  // namespace
}  // namespace kinstile::server
