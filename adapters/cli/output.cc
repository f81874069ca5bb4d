// SPDX-License-Identifier: Apache-2.0
// Lines, colours and progress on a terminal, documents for machines.
#include "adapters/cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gateway/base/plain_text.h"

namespace kinstile::cli {
namespace {

bool Coloured() {
  static const bool yes =
      ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  return yes;
}

std::string Paint(absl::string_view code, absl::string_view text) {
  if (!Coloured()) return std::string(text);
  return absl::StrCat("\033[", code, "m", text, "\033[0m");
}

}  // namespace

void PrintJson(const Json& json) {
  std::printf("%s\n",
              json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

int Complain(const absl::Status& status, int code) {
  std::fprintf(stderr, "kinstile: %s\n", PlainLines(status.message()).c_str());
  return code;
}

absl::Status WriteNewFile(const std::string& path, absl::string_view bytes) {
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": is there already, or cannot be made"));
  bool good = true;
  while (good && !bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    good = n > 0;
    if (good) bytes.remove_prefix(static_cast<size_t>(n));
  }
  good = ::close(fd) == 0 && good;
  if (good) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(path, ": not written"));
}

std::string PlainLines(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, '\n'), "\n",
                       [](std::string* out, absl::string_view line) {
                         out->append(Plain(line));
                       });
}

std::string Bold(absl::string_view text) { return Paint("1", text); }
std::string Dim(absl::string_view text) { return Paint("2", text); }
std::string Green(absl::string_view text) { return Paint("32", text); }
std::string Red(absl::string_view text) { return Paint("31", text); }

}  // namespace kinstile::cli
