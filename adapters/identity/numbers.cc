// SPDX-License-Identifier: Apache-2.0
// Numbers that carry their own check.
#include "adapters/identity/numbers.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "adapters/identity/text.h"

namespace kinstile::identity {
namespace {

bool AllDigits(absl::string_view text) {
  return absl::c_all_of(text, absl::ascii_isdigit);
}

bool Has(absl::string_view set, char c) {
  return set.find(c) != absl::string_view::npos;
}

// HMRC, NIM39110: letters that are never used, and prefixes never allocated.
bool IsNinoPrefix(absl::string_view prefix) {
  static constexpr absl::string_view kNever[] = {"BG", "GB", "KN", "NK",
                                                 "NT", "TN", "ZZ"};
  return absl::c_all_of(prefix, absl::ascii_isupper) &&
         !Has("DFIQUV", prefix[0]) && !Has("DFIOQUV", prefix[1]) &&
         !absl::c_linear_search(kNever, prefix);
}

}  // namespace

int NhsCheckDigit(absl::string_view nine_digits) {
  int sum = 0;
  for (int k = 0; k < 9; ++k) sum += (nine_digits[k] - '0') * (10 - k);
  return (11 - sum % 11) % 11;
}

CheckedNumber CheckNhsNumber(absl::string_view text) {
  std::string n = Alnum(text);
  if (n.empty()) return {};
  if (n.size() != 10 || !AllDigits(n)) return {"", "not ten digits"};
  if (n.find_first_not_of(n[0]) == std::string::npos)
    return {"", "a placeholder"};
  if (NhsCheckDigit(n) != n[9] - '0') return {"", "wrong check digit"};
  return {std::move(n), ""};
}

CheckedNumber CheckNino(absl::string_view text) {
  std::string n = Alnum(text);
  if (n.empty()) return {};
  const bool well_formed =
      (n.size() == 8 || (n.size() == 9 && n[8] >= 'A' && n[8] <= 'D')) &&
      IsNinoPrefix(n.substr(0, 2)) && AllDigits(n.substr(2, 6));
  if (!well_formed) return {"", "malformed"};
  n.resize(8);
  return {std::move(n), ""};
}

CheckedNumber CheckUprn(absl::string_view text) {
  std::string n = Alnum(text);
  if (n.empty()) return {};
  if (n.size() > 12 || !AllDigits(n)) return {"", "malformed"};
  n.erase(0, n.find_first_not_of('0'));
  return {std::move(n), ""};
}

}  // namespace kinstile::identity
