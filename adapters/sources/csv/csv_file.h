// SPDX-License-Identifier: Apache-2.0
// One CSV file: its header, its rows in order, and a row by its place.
#ifndef KINSTILE_ADAPTERS_SOURCES_CSV_CSV_FILE_H_
#define KINSTILE_ADAPTERS_SOURCES_CSV_CSV_FILE_H_

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/sources/csv/reader.h"
#include "adapters/sources/mapping.h"
#include "adapters/sources/record.h"
#include "adapters/sources/source.h"

namespace kinstile::sources {

// What tells one state of a file from another.
struct FileStamp {
  int64_t inode = 0, size = 0, mtime_ns = -1;
  absl::Time changed() const { return absl::FromUnixNanos(mtime_ns); }
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Text in UTF-8 and without blanks around it, as the mapping says. A row of
// another number of columns than the header is none. Immutable, thread-safe;
// an open Reading is not.
class CsvFile {
 public:
  // `table` names it in issues; empty for the people's file.
  CsvFile(std::string path, std::string table, const SourceMapping& mapping);

  // An open file, read past its header.
  class Reading {
   public:
    const std::vector<std::string>& header() const { return header_; }
    // Reads on to the next row that fits; false at the end. A row that does
    // not fit is reported and skipped.
    bool Next(CsvRow& row, IssueList& issues);
    // The row at a place that Next gave; false when there is none any more.
    bool At(uint64_t offset, CsvRow& row);

   private:
    friend class CsvFile;
    explicit Reading(const CsvFile& file) : file_(file) {}

    const CsvFile& file_;
    std::ifstream stream_;
    std::unique_ptr<CsvReader> reader_;
    std::vector<std::string> header_;
  };

  // UNAVAILABLE: the file; FAILED_PRECONDITION: it has no header that could be
  // one, or is UTF-16.
  absl::StatusOr<std::unique_ptr<Reading>> Open() const;
  // UNAVAILABLE: there is no such file.
  absl::StatusOr<FileStamp> Stamp() const;

  const std::string& path() const { return path_; }
  const std::string& table() const { return table_; }

 private:
  void MakeText(identity::Pii<>& field) const;

  const std::string path_, table_;
  const CsvEncoding encoding_;
  const char delimiter_;
  const bool trim_;
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_CSV_CSV_FILE_H_
