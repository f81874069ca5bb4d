// SPDX-License-Identifier: Apache-2.0
// Files as they are on disk.
#include "adapters/sources/csv/csv_file.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/sources/csv/windows1252.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;

}  // namespace

CsvFile::CsvFile(std::string path, std::string table,
                 const SourceMapping& mapping)
    : path_(std::move(path)),
      table_(std::move(table)),
      encoding_(mapping.encoding),
      delimiter_(mapping.delimiter),
      trim_(mapping.trim) {}

absl::StatusOr<FileStamp> CsvFile::Stamp() const {
  struct stat s;
  if (stat(path_.c_str(), &s) != 0)
    return absl::UnavailableError(absl::StrCat(path_, ": cannot be read"));
  return FileStamp{static_cast<int64_t>(s.st_ino),
                   static_cast<int64_t>(s.st_size),
                   int64_t{s.st_mtim.tv_sec} * 1000000000 + s.st_mtim.tv_nsec};
}

void CsvFile::MakeText(Pii<>& field) const {
  if (encoding_ == CsvEncoding::kWindows1252)
    field = Pii<>(Windows1252ToUtf8(field.Reveal(PiiAccess{})));
  if (trim_) absl::StripAsciiWhitespace(&field.RevealMutable(PiiAccess{}));
}

absl::StatusOr<std::unique_ptr<CsvFile::Reading>> CsvFile::Open() const {
  std::unique_ptr<Reading> reading(new Reading(*this));
  reading->stream_.open(path_, std::ios::binary);
  if (!reading->stream_)
    return absl::UnavailableError(absl::StrCat(path_, ": cannot be read"));
  reading->reader_ = std::make_unique<CsvReader>(reading->stream_, delimiter_);
  CsvRow header;
  if (!reading->reader_->Next(header))
    return absl::FailedPreconditionError(absl::StrCat(path_, ": no header"));
  if (!header.problem.empty())
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": header: ", header.problem));
  const std::string& first = header.fields[0].Reveal(PiiAccess{});
  if (absl::StartsWith(first, "\xFF\xFE") ||
      absl::StartsWith(first, "\xFE\xFF"))
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": UTF-16; save it as UTF-8"));
  for (Pii<>& name : header.fields) {
    MakeText(name);
    reading->header_.push_back(name.Reveal(PiiAccess{}));
  }
  return reading;
}

bool CsvFile::Reading::Next(CsvRow& row, IssueList& issues) {
  while (reader_->Next(row)) {
    if (row.problem.empty() && row.fields.size() == header_.size()) {
      for (Pii<>& field : row.fields) file_.MakeText(field);
      return true;
    }
    if (row.problem.empty()) {
      row.problem = absl::StrCat(row.fields.size(), " columns instead of ",
                                 header_.size());
      // A quote that opened by mistake may have joined two rows.
      if (row.many_lines) reader_->Reread(row);
    }
    issues.Add({row.number, "", row.problem, false, file_.table_});
  }
  return false;
}

bool CsvFile::Reading::At(uint64_t offset, CsvRow& row) {
  stream_.clear();
  stream_.seekg(static_cast<std::streamoff>(offset));
  if (!stream_) return false;
  CsvReader reader(stream_, file_.delimiter_, offset);
  if (!reader.Next(row) || row.fields.size() != header_.size()) return false;
  for (Pii<>& field : row.fields) file_.MakeText(field);
  return true;
}

}  // namespace kinstile::sources
