// SPDX-License-Identifier: Apache-2.0
// A long file sealed to a public key, in pieces, read and written in order.
#ifndef KINSTILE_GATEWAY_SERVER_SEALED_FILE_H_
#define KINSTILE_GATEWAY_SERVER_SEALED_FILE_H_

#include <cstdint>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hpke.h"

namespace kinstile::server {

// Layout: a line "kinstile-backup/v1", a line with a fresh file key sealed by
// HPKE (hex), then pieces of u32 length || XChaCha20-Poly1305 box. Each box
// binds its number and whether it is the last (the STREAM construction, Hoang
// et al. 2015), so that pieces cannot be changed, moved, dropped or cut off.
class SealedWriter {
 public:
  static constexpr size_t kPiece = 64 * 1024;

  // Creates `path`, 0600. ALREADY_EXISTS when it is there.
  static absl::StatusOr<SealedWriter> Create(
      const std::string& path, const crypto::BoxPublicKey& recipient);

  SealedWriter(SealedWriter&& other) noexcept;
  SealedWriter& operator=(SealedWriter&&) = delete;
  ~SealedWriter();

  absl::Status Write(absl::string_view bytes);
  // The last piece, synced to disk.
  absl::Status Finish();

 private:
  SealedWriter(int fd, crypto::AeadKey key);
  absl::Status Piece(bool last);
  absl::Status Put(absl::string_view bytes);

  int fd_;
  crypto::AeadKey key_;
  uint64_t number_ = 0;
  std::string buffer_;
};

class SealedReader {
 public:
  // INVALID_ARGUMENT when it is no such file, PERMISSION_DENIED when it is
  // sealed to another key, NOT_FOUND when there is none.
  static absl::StatusOr<SealedReader> Open(const std::string& path,
                                           const crypto::BoxSecretKey& key);

  // The next piece; empty when the last one has been given. INVALID_ARGUMENT
  // when the file was changed or cut short.
  absl::StatusOr<std::string> Next();
  // Whether the last piece, whole, has been given.
  bool complete() const { return last_; }

 private:
  SealedReader(std::ifstream in, crypto::AeadKey key)
      : in_(std::move(in)), key_(std::move(key)) {}

  std::ifstream in_;
  crypto::AeadKey key_;
  uint64_t number_ = 0;
  bool last_ = false;
};

}  // namespace kinstile::server

#endif  // KINSTILE_GATEWAY_SERVER_SEALED_FILE_H_
