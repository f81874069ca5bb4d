// SPDX-License-Identifier: Apache-2.0
// Reading and creating key files.
#include "gateway/wire/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/text.h"

namespace kinstile::wire {
namespace {

absl::Status WriteAll(int fd, const std::string& path, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0)
      return absl::UnavailableError(
          absl::StrCat(path, ": ", std::strerror(errno)));
    text.remove_prefix(static_cast<size_t>(n));
  }
  if (::fsync(fd) != 0)
    return absl::UnavailableError(
        absl::StrCat(path, ": ", std::strerror(errno)));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSecretMode(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0)
    return absl::NotFoundError(absl::StrCat(path, ": ", std::strerror(errno)));
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": holds a secret key but others may read it (chmod 600)"));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> KeyFilesOf(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (entry.path().extension() == ".key") files.push_back(entry.path());
  if (error)
    return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  if (files.empty())
    return absl::NotFoundError(absl::StrCat(path, ": holds no .key file"));
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::string> ReadKeyBytes(const std::string& path, size_t size) {
  KS_RETURN_IF_ERROR(CheckSecretMode(path));
  KS_ASSIGN_OR_RETURN(std::string hex, ReadFile(path, 4096));
  const absl::string_view trimmed = absl::StripAsciiWhitespace(hex);
  bool good = trimmed.size() == 2 * size;
  for (char c : trimmed) good = good && absl::ascii_isxdigit(c);
  std::string raw = good ? absl::HexStringToBytes(trimmed) : "";
  crypto::Wipe(hex);
  if (!good)
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": is no key of ", size, " bytes in hex"));
  return raw;
}

absl::Status WriteKeyBytes(const std::string& path, absl::string_view raw) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (fd < 0) {
    const std::string what = absl::StrCat(path, ": ", std::strerror(errno));
    return errno == EEXIST ? absl::AlreadyExistsError(what)
                           : absl::UnavailableError(what);
  }
  std::string hex = absl::BytesToHexString(raw) + "\n";
  absl::Status status = WriteAll(fd, path, hex);
  crypto::Wipe(hex);
  ::close(fd);
  return status;
}

absl::StatusOr<crypto::SigningKey> ReadSigningKey(const std::string& path) {
  KS_ASSIGN_OR_RETURN(const auto seed, ReadKey<crypto::SigningSeed>(path));
  return crypto::SigningKey::FromSeed(seed);
}

absl::StatusOr<crypto::OprfKey> ReadOprfKey(const std::string& path) {
  KS_ASSIGN_OR_RETURN(std::string raw, ReadKeyBytes(path, 32));
  auto scalar = crypto::Scalar::Parse(crypto::SecretAccess(), raw);
  crypto::Wipe(raw);
  if (!scalar.ok())
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": is no key share"));
  return crypto::OprfKey::FromScalar(*std::move(scalar));
}

}  // namespace kinstile::wire
