// SPDX-License-Identifier: Apache-2.0
// CSV rows from a stream, one at a time (RFC 4180, and what people do to it).
#ifndef KINSTILE_ADAPTERS_SOURCES_CSV_READER_H_
#define KINSTILE_ADAPTERS_SOURCES_CSV_READER_H_

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "adapters/identity/pii.h"

namespace kinstile::sources {

inline constexpr size_t kMaxCsvFieldBytes = 1 << 20;
inline constexpr size_t kMaxCsvColumns = 4096;

struct CsvRow {
  size_t number = 0;    // the first row, usually the header, is 1
  uint64_t offset = 0;  // of its first byte in the stream
  bool many_lines = false;
  std::vector<identity::Pii<>> fields;
  // What is wrong with the row as CSV; the fields are then empty.
  std::string problem;
};

// Quoted fields with delimiters, line ends and doubled quotes inside; CRLF, LF
// or CR; a UTF-8 byte-order mark is skipped; empty lines are no rows; a quote
// inside an unquoted field is a character. Bytes are given as they are.
// Memory: one row. Not thread-safe.
//
// A row with a problem (text after a closing quote, a quote that is never
// closed, a field over kMaxCsvFieldBytes, too many columns) costs one line:
// reading goes on after the first line end behind the row's start, because a
// stray quote would swallow the rows behind it. At most kMaxRewinds times;
// after that it goes on where it stands, which bounds the time.
class CsvReader {
 public:
  static constexpr int kMaxRewinds = 1000;

  // `in` outlives the reader, is seekable and stands at `offset`.
  CsvReader(std::istream& in, char delimiter, uint64_t offset = 0,
            size_t next_number = 1);

  // False at the end.
  bool Next(CsvRow& row);

  // Reads on after the first line of `row`, the last one read: for a caller
  // that finds a row of many lines to be wrong.
  void Reread(const CsvRow& row);

 private:
  static constexpr int kEnd = -1;
  // How a field ended.
  enum class Stop { kDelimiter, kLine, kEnd, kProblem };

  int Get();
  int Peek();
  void SeekTo(uint64_t offset);
  void TakeLineEnd(int c);
  void SkipLine();
  bool SkipEmptyLines();
  Stop ReadField(CsvRow& row, std::string& field);
  Stop ReadQuoted(CsvRow& row, std::string& field);
  Stop ReadPlain(CsvRow& row, std::string& field);
  Stop Problem(CsvRow& row, const char* what);

  std::istream& in_;
  const char delimiter_;
  uint64_t offset_;
  size_t next_number_;
  int rewinds_ = 0;
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_CSV_READER_H_
