// SPDX-License-Identifier: Apache-2.0
// Encoding and delimiter by looking.
#include "adapters/sources/csv/csv_sample.h"

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/identity/text.h"
#include "adapters/sources/csv/csv_file.h"
#include "gateway/base/status_macros.h"

namespace kinstile::sources {
namespace {

constexpr size_t kLook = 1 << 20;

// Whether it is UTF-8 up to a character that the end may have cut.
bool IsUtf8(std::string text) {
  for (int cut = 0; cut < 4; ++cut) {
    if (identity::IsText(text)) return true;
    if (text.empty()) return true;
    text.pop_back();
  }
  return false;
}

// Outside quotes, in the first line.
char DelimiterOf(absl::string_view text) {
  size_t counts[256] = {};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    if (!quoted) ++counts[static_cast<unsigned char>(c)];
  }
  char best = ',';
  for (const char c : {';', '\t', '|'})
    if (counts[static_cast<unsigned char>(c)] >
        counts[static_cast<unsigned char>(best)])
      best = c;
  return best;
}

}  // namespace

absl::StatusOr<TableSample> SampleCsv(const std::string& path, size_t rows) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be read"));
  std::string start(kLook, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(file.gcount()));
  SourceMapping form;
  form.delimiter = DelimiterOf(start);
  TableSample sample;
  sample.delimiter = form.delimiter;
  if (!IsUtf8(start)) {
    form.encoding = CsvEncoding::kWindows1252;
    sample.encoding = "windows-1252";
  }
  crypto::Wipe(start);
  const CsvFile csv(path, "", form);
  KS_ASSIGN_OR_RETURN(const auto reading, csv.Open());
  sample.header = reading->header();
  std::vector<RowIssue> unread;
  IssueList nobody(unread);
  for (CsvRow row; sample.rows.size() < rows && reading->Next(row, nobody);)
    sample.rows.push_back(std::move(row.fields));
  return sample;
}

}  // namespace kinstile::sources
