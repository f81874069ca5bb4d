// SPDX-License-Identifier: Apache-2.0
// Pieces on disk.
#include "gateway/server/sealed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"

namespace kinstile::server {
namespace {

constexpr absl::string_view kMagic = "kinstile-backup/v1";
constexpr absl::string_view kKeyInfo = "kinstile/v1/backup-key";
constexpr absl::string_view kPieceLabel = "kinstile/v1/backup-piece";
// A box is its piece, a nonce and a tag.
constexpr uint32_t kMaxBox = SealedWriter::kPiece + 64;

std::string Context(uint64_t number, bool last) {
  Encoder e(kPieceLabel);
  e.U64(number).Bool(last);
  return std::move(e).Take();
}

absl::Status Errno(const std::string& what) {
  const std::string text = absl::StrCat(what, ": ", std::strerror(errno));
  return errno == ENOSPC ? absl::ResourceExhaustedError(text)
                         : absl::UnavailableError(text);
}

absl::Status Changed() {
  return absl::InvalidArgumentError(
      "backup: was changed or cut short; nothing of it is used");
}

}  // namespace

SealedWriter::SealedWriter(int fd, crypto::AeadKey key)
    : fd_(fd), key_(std::move(key)) {}

SealedWriter::SealedWriter(SealedWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      key_(std::move(other.key_)),
      number_(other.number_),
      buffer_(std::move(other.buffer_)) {}

SealedWriter::~SealedWriter() {
  crypto::Wipe(buffer_);
  if (fd_ >= 0) ::close(fd_);
}

absl::StatusOr<SealedWriter> SealedWriter::Create(
    const std::string& path, const crypto::BoxPublicKey& recipient) {
  const int fd =
      ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    return absl::AlreadyExistsError(absl::StrCat(path, ": is there already"));
  if (fd < 0) return Errno(path);
  SealedWriter writer(fd, crypto::RandomKey<crypto::AeadKey>());
  KS_ASSIGN_OR_RETURN(
      const std::string sealed,
      crypto::HpkeSeal(recipient, kKeyInfo, kMagic,
                       writer.key_.view(crypto::SecretAccess())));
  KS_RETURN_IF_ERROR(writer.Put(
      absl::StrCat(kMagic, "\n", absl::BytesToHexString(sealed), "\n")));
  return writer;
}

absl::Status SealedWriter::Put(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Errno("backup");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status SealedWriter::Piece(bool last) {
  const std::string box =
      crypto::AeadSeal(key_, Context(number_++, last), buffer_);
  crypto::Wipe(buffer_);
  buffer_.clear();
  std::string size;
  for (int shift = 24; shift >= 0; shift -= 8)
    size.push_back(static_cast<char>(box.size() >> shift));
  KS_RETURN_IF_ERROR(Put(size));
  return Put(box);
}

absl::Status SealedWriter::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    // A full piece waits until it is known not to be the last.
    if (buffer_.size() == kPiece) KS_RETURN_IF_ERROR(Piece(false));
    const absl::string_view part = bytes.substr(0, kPiece - buffer_.size());
    buffer_.append(part.data(), part.size());
    bytes.remove_prefix(part.size());
  }
  return absl::OkStatus();
}

absl::Status SealedWriter::Finish() {
  KS_RETURN_IF_ERROR(Piece(true));
  if (::fsync(fd_) != 0) return Errno("backup");
  return absl::OkStatus();
}

absl::StatusOr<SealedReader> SealedReader::Open(
    const std::string& path, const crypto::BoxSecretKey& key) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  std::string magic(kMagic.size() + 1, '\0');
  in.read(magic.data(), static_cast<std::streamsize>(magic.size()));
  std::string hex;
  char c = 0;
  while (hex.size() < 1024 && in.get(c) && c != '\n') hex.push_back(c);
  if (!in || magic != absl::StrCat(kMagic, "\n") || c != '\n')
    return absl::InvalidArgumentError(absl::StrCat(path, ": is no backup"));
  auto raw =
      crypto::HpkeOpen(key, kKeyInfo, kMagic, absl::HexStringToBytes(hex));
  if (!raw.ok())
    return absl::PermissionDeniedError(
        absl::StrCat(path, ": is sealed to another key"));
  auto file_key = crypto::AeadKey::FromBytes(crypto::SecretAccess(), *raw);
  crypto::Wipe(*raw);
  if (!file_key.ok()) return Changed();
  return SealedReader(std::move(in), *std::move(file_key));
}

absl::StatusOr<std::string> SealedReader::Next() {
  if (last_) return std::string();
  uint8_t raw[4];
  if (!in_.read(reinterpret_cast<char*>(raw), sizeof raw)) return Changed();
  const uint32_t size = uint32_t{raw[0]} << 24 | uint32_t{raw[1]} << 16 |
                        uint32_t{raw[2]} << 8 | raw[3];
  if (size > kMaxBox) return Changed();
  std::string box(size, '\0');
  if (!in_.read(box.data(), size)) return Changed();
  // The last piece is the one that nothing follows, and says so itself.
  const bool end = in_.peek() == std::ifstream::traits_type::eof();
  auto piece = crypto::AeadOpen(key_, Context(number_++, end), box);
  if (!piece.ok()) return Changed();
  last_ = end;
  return piece;
}

}  // namespace kinstile::server
