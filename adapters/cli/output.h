// SPDX-License-Identifier: Apache-2.0
// What a person or a machine sees of a command.
#ifndef KINSTILE_ADAPTERS_CLI_OUTPUT_H_
#define KINSTILE_ADAPTERS_CLI_OUTPUT_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/daemon/progress.h"

namespace kinstile::cli {

using Json = nlohmann::ordered_json;

// Exit codes of every command.
enum ExitCode {
  kDone = 0,
  kFailed = 1,         // could not be done
  kUsage = 2,          // wrong arguments or configuration
  kNothingShared = 3,  // decided and audited: refused, not found, unreachable
  kNotVerified = 4,    // a check was run to its end, and did not hold
};

// One document on standard output.
void PrintJson(const Json& json);
// Lines as they are; what a terminal would obey in them, as what it is
// (gateway/base/plain_text.h).
std::string PlainLines(absl::string_view text);
// A file of mode 0600 that was not there; ALREADY_EXISTS if it was.
absl::Status WriteNewFile(const std::string& path, absl::string_view bytes);
// "kinstile: message" on standard error; gives `code`.
int Complain(const absl::Status& status, int code = kFailed);

// Bold, dim and colours on a terminal that wants them (NO_COLOR is obeyed).
std::string Bold(absl::string_view text);
std::string Dim(absl::string_view text);
std::string Green(absl::string_view text);
std::string Red(absl::string_view text);

using daemon::Progress;

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_OUTPUT_H_
