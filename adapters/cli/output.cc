// SPDX-License-Identifier: Apache-2.0
// Lines, colours and progress on a terminal, documents for machines.
#include "adapters/cli/output.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

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
  std::fprintf(stderr, "kinstile: %s\n", std::string(status.message()).c_str());
  return code;
}

std::string Bold(absl::string_view text) { return Paint("1", text); }
std::string Dim(absl::string_view text) { return Paint("2", text); }
std::string Green(absl::string_view text) { return Paint("32", text); }
std::string Red(absl::string_view text) { return Paint("31", text); }

Progress::Progress(std::string what, uint64_t total)
    : what_(std::move(what)),
      total_(total),
      shown_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
}

void Progress::At(uint64_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done) / seconds;
  std::string line = absl::StrFormat("  %s: %d", what_, done);
  if (total_ > 0)
    absl::StrAppendFormat(&line, " of %d (%d%%)", total_, 100 * done / total_);
  absl::StrAppendFormat(&line, ", %.0f/s", rate);
  if (total_ > done && rate > 0)
    absl::StrAppendFormat(&line, ", %.0f s left",
                          static_cast<double>(total_ - done) / rate);
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

}  // namespace kinstile::cli
