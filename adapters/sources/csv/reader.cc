// SPDX-License-Identifier: Apache-2.0
// A state machine over bytes, with a way back after a stray quote.
#include "adapters/sources/csv/reader.h"

#include <utility>

namespace kinstile::sources {

CsvReader::CsvReader(std::istream& in, char delimiter, uint64_t offset,
                     size_t next_number)
    : in_(in),
      delimiter_(delimiter),
      offset_(offset),
      next_number_(next_number) {
  if (offset != 0) return;
  for (const int expected : {0xEF, 0xBB, 0xBF}) {
    if (Get() == expected) continue;
    SeekTo(0);
    break;
  }
}

int CsvReader::Get() {
  const int c = in_.rdbuf()->sbumpc();
  if (c == std::char_traits<char>::eof()) return kEnd;
  ++offset_;
  return c;
}

int CsvReader::Peek() {
  const int c = in_.rdbuf()->sgetc();
  return c == std::char_traits<char>::eof() ? kEnd : c;
}

void CsvReader::SeekTo(uint64_t offset) {
  in_.clear();
  in_.rdbuf()->pubseekpos(static_cast<std::streamoff>(offset), std::ios::in);
  offset_ = offset;
}

// The rest of CRLF, after its first character.
void CsvReader::TakeLineEnd(int c) {
  if (c == '\r' && Peek() == '\n') Get();
}

void CsvReader::SkipLine() {
  for (int c = Get(); c != kEnd; c = Get())
    if (c == '\r' || c == '\n') return TakeLineEnd(c);
}

bool CsvReader::SkipEmptyLines() {
  while (Peek() == '\r' || Peek() == '\n') Get();
  return Peek() != kEnd;
}

CsvReader::Stop CsvReader::Problem(CsvRow& row, const char* what) {
  row.problem = what;
  return Stop::kProblem;
}

CsvReader::Stop CsvReader::ReadQuoted(CsvRow& row, std::string& field) {
  for (int c = Get(); c != kEnd; c = Get()) {
    if (c == '"') {
      if (Peek() != '"') {
        c = Get();
        while (c == ' ' && delimiter_ != ' ') c = Get();
        if (c == kEnd) return Stop::kEnd;
        if (c == static_cast<unsigned char>(delimiter_))
          return Stop::kDelimiter;
        if (c != '\r' && c != '\n')
          return Problem(row, "text after a closing quote");
        TakeLineEnd(c);
        return Stop::kLine;
      }
      Get();
    }
    if (c == '\n' || c == '\r') row.many_lines = true;
    if (field.size() >= kMaxCsvFieldBytes)
      return Problem(row, "a field is over 1 MiB");
    field.push_back(static_cast<char>(c));
  }
  return Problem(row, "a quote is never closed");
}

CsvReader::Stop CsvReader::ReadPlain(CsvRow& row, std::string& field) {
  for (int c = Get(); c != kEnd; c = Get()) {
    if (c == static_cast<unsigned char>(delimiter_)) return Stop::kDelimiter;
    if (c == '\r' || c == '\n') {
      TakeLineEnd(c);
      return Stop::kLine;
    }
    if (field.size() >= kMaxCsvFieldBytes)
      return Problem(row, "a field is over 1 MiB");
    field.push_back(static_cast<char>(c));
  }
  return Stop::kEnd;
}

CsvReader::Stop CsvReader::ReadField(CsvRow& row, std::string& field) {
  if (row.fields.size() >= kMaxCsvColumns)
    return Problem(row, "too many columns");
  if (Peek() != '"') return ReadPlain(row, field);
  Get();
  return ReadQuoted(row, field);
}

bool CsvReader::Next(CsvRow& row) {
  if (!SkipEmptyLines()) return false;
  row = CsvRow();
  row.number = next_number_++;
  row.offset = offset_;
  for (;;) {
    std::string field;
    const Stop stop = ReadField(row, field);
    if (stop == Stop::kProblem) {
      row.fields.clear();
      Reread(row);
      return true;
    }
    row.fields.emplace_back(std::move(field));
    if (stop != Stop::kDelimiter) return true;
  }
}

void CsvReader::Reread(const CsvRow& row) {
  if (rewinds_ < kMaxRewinds) {
    ++rewinds_;
    SeekTo(row.offset);
  }
  SkipLine();
}

}  // namespace kinstile::sources
