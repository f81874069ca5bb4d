// SPDX-License-Identifier: Apache-2.0
// Lines, colours and progress on a terminal, documents for machines.
#include "adapters/cli/output.h"

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
