// SPDX-License-Identifier: Apache-2.0
// What makes a public name well formed.
#include "gateway/base/ids.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace kinstile {

absl::Status CheckName(absl::string_view what, absl::string_view text) {
  constexpr char kRule[] =
      " must be 1 to 64 of a-z, 0-9 and hyphen, starting with a letter";
  bool good =
      !text.empty() && text.size() <= 64 && absl::ascii_islower(text[0]);
  for (char c : text)
    good =
        good && (absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-');
  if (!good) return absl::InvalidArgumentError(absl::StrCat(what, kRule));
  return absl::OkStatus();
}

}  // namespace kinstile
