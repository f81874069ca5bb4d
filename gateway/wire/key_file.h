// SPDX-License-Identifier: Apache-2.0
// Secret keys in files: hex, mode 0600, never overwritten.
#ifndef KINSTILE_GATEWAY_WIRE_KEY_FILE_H_
#define KINSTILE_GATEWAY_WIRE_KEY_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/crypto/oprf.h"
#include "gateway/crypto/secret.h"
#include "gateway/crypto/sign.h"

namespace kinstile::wire {

// FAILED_PRECONDITION naming the path when others may read the file, NOT_FOUND
// when there is none.
absl::Status CheckSecretMode(const std::string& path);

// The raw bytes of a key file. FAILED_PRECONDITION naming the path when others
// may read it or it is no hex of `size` bytes. The caller wipes the result.
absl::StatusOr<std::string> ReadKeyBytes(const std::string& path, size_t size);

// Creates `path` with mode 0600 and the bytes as hex, synced to disk.
// ALREADY_EXISTS when there is a file: a key is never overwritten.
absl::Status WriteKeyBytes(const std::string& path, absl::string_view raw);

// A key of type crypto::Secret<N, Tag>.
template <class Key>
absl::StatusOr<Key> ReadKey(const std::string& path) {
  auto raw = ReadKeyBytes(path, Key::kSize);
  if (!raw.ok()) return raw.status();
  auto key = Key::FromBytes(crypto::SecretAccess(), *raw);
  crypto::Wipe(*raw);
  return key;
}

// The paths of the *.key files of a folder, in order of name, or of the one
// file that `path` is. NOT_FOUND if there is none.
absl::StatusOr<std::vector<std::string>> KeyFilesOf(const std::string& path);

// Every key of a folder, or the one of a file: a team's keys for the audit, one
// for each month.
template <class Key>
absl::StatusOr<std::vector<Key>> ReadKeys(const std::string& path) {
  auto files = KeyFilesOf(path);
  if (!files.ok()) return files.status();
  std::vector<Key> keys;
  for (const std::string& file : *files) {
    auto key = ReadKey<Key>(file);
    if (!key.ok()) return key.status();
    keys.push_back(*std::move(key));
  }
  return keys;
}

absl::StatusOr<crypto::SigningKey> ReadSigningKey(const std::string& path);
// A share of the matching key (a ristretto255 scalar).
absl::StatusOr<crypto::OprfKey> ReadOprfKey(const std::string& path);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_KEY_FILE_H_
