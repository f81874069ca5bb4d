// SPDX-License-Identifier: Apache-2.0
// One pass over each view, one table look-up a byte.
#include "tests/e2e/scan.h"

#include <sqlite3.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPrintableRun = 12;
constexpr size_t kEncodedRun = 8;  // characters: four bytes in hex
constexpr size_t kMaybeBits = size_t{1} << 27;

uint32_t KeyAt(const char* p) {
  uint32_t key;
  std::memcpy(&key, p, sizeof key);
  return key;
}

size_t Slot(uint32_t key) {
  return (uint64_t{key} * 0x9E3779B97F4A7C15u) >> 37;
}

bool Printable(char c) { return c >= 0x20 && c < 0x7f; }
bool WordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Whether four or five bytes stand where a text would (see the header).
bool InContext(absl::string_view view, size_t at, size_t n) {
  if (at == 0 && n == view.size()) return true;
  if (at >= 4 && view[at - 4] == 0 && view[at - 3] == 0 && view[at - 2] == 0 &&
      static_cast<size_t>(view[at - 1]) == n)
    return true;
  // Protobuf: a tag of wire type 2, then the length.
  if (at >= 2 && static_cast<size_t>(view[at - 1]) == n &&
      (view[at - 2] & 7) == 2 && view[at - 2] > 0)
    return true;
  size_t from = at;
  size_t to = at + n;
  if (from > 0 && WordCharacter(view[from - 1])) return false;
  if (to < view.size() && WordCharacter(view[to])) return false;
  while (from > 0 && Printable(view[from - 1])) --from;
  while (to < view.size() && Printable(view[to])) ++to;
  return to - from >= kPrintableRun;
}

// Without the zeros around it: those of a number say nothing.
size_t Telling(absl::string_view bytes) {
  const size_t first = bytes.find_first_not_of('\0');
  if (first == absl::string_view::npos) return 0;
  return bytes.find_last_not_of('\0') - first + 1;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

// Digits of `bits` each to bytes; the bits left over at the end are dropped.
std::string Pack(const std::vector<int>& digits, size_t from, int bits) {
  std::string out;
  uint32_t buffer = 0;
  int have = 0;
  for (size_t i = from; i < digits.size(); ++i) {
    buffer = buffer << bits | static_cast<uint32_t>(digits[i]);
    have += bits;
    if (have < 8) continue;
    have -= 8;
    out.push_back(static_cast<char>(buffer >> have & 0xff));
  }
  return out;
}

// Calls `run` with the digits of every long enough run of them. A run may be
// broken over lines, as PEM files are.
void ForRuns(absl::string_view bytes, int (*digit)(char),
             absl::FunctionRef<void(size_t, const std::vector<int>&)> run) {
  std::vector<int> digits;
  size_t start = 0;
  for (size_t i = 0; i <= bytes.size(); ++i) {
    const int d = i < bytes.size() ? digit(bytes[i]) : -1;
    if (d >= 0) {
      if (digits.empty()) start = i;
      digits.push_back(d);
      continue;
    }
    if (i < bytes.size() && bytes[i] == '\n' && !digits.empty()) continue;
    if (digits.size() >= kEncodedRun) run(start, digits);
    digits.clear();
  }
}

}  // namespace

const char* FormName(Form form) {
  static constexpr const char* kNames[] = {"as written", "derived", "composite",
                                           "SHA-256",    "BLAKE2b", "HMAC"};
  return kNames[static_cast<size_t>(form)];
}

Scanner::Scanner(std::vector<Needle> needles) : maybe_(kMaybeBits) {
  for (Needle& n : needles)
    if (n.bytes.size() >= kShortest) needles_.push_back(std::move(n));
  std::sort(needles_.begin(), needles_.end(),
            [](const Needle& a, const Needle& b) {
              return KeyAt(a.bytes.data()) < KeyAt(b.bytes.data());
            });
  for (const Needle& n : needles_) {
    keys_.push_back(KeyAt(n.bytes.data()));
    maybe_[Slot(keys_.back())] = true;
  }
}

void Scanner::Match(absl::string_view view, Found found) const {
  for (size_t at = 0; at + kShortest <= view.size(); ++at) {
    const uint32_t key = KeyAt(view.data() + at);
    if (!maybe_[Slot(key)]) continue;
    const auto range = std::equal_range(keys_.begin(), keys_.end(), key);
    for (auto it = range.first; it != range.second; ++it) {
      const auto i = static_cast<uint32_t>(it - keys_.begin());
      const std::string& bytes = needles_[i].bytes;
      if (view.substr(at, bytes.size()) != bytes) continue;
      if (Telling(bytes) < kAnywhere && !InContext(view, at, bytes.size()))
        continue;
      if (excluded_.count(i) == 0) found(i, at);
    }
  }
}

void Scanner::Scan(const std::string& place, absl::string_view bytes,
                   std::vector<Hit>& hits) const {
  Match(bytes, [&](uint32_t n, size_t at) {
    hits.push_back({n, place, "plain", at});
  });
  const auto decoded = [&](const char* encoding, int bits, size_t places) {
    return [&, encoding, bits, places](size_t start,
                                       const std::vector<int>& digits) {
      for (size_t skip = 0; skip < places; ++skip)
        Match(Pack(digits, skip, bits), [&](uint32_t n, size_t) {
          hits.push_back({n, place, encoding, start});
        });
    };
  };
  ForRuns(bytes, HexDigit, decoded("hex", 4, 2));
  ForRuns(bytes, Base64Digit, decoded("base64", 6, 4));
}

void Scanner::ScanCells(const std::string& path, std::vector<Hit>& hits) const {
  sqlite3* db = nullptr;
  sqlite3_stmt* tables = nullptr;
  if (sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) ==
          SQLITE_OK &&
      sqlite3_prepare_v2(db,
                         "SELECT name FROM sqlite_master WHERE type='table'",
                         -1, &tables, nullptr) == SQLITE_OK)
    while (sqlite3_step(tables) == SQLITE_ROW) {
      const std::string table =
          reinterpret_cast<const char*>(sqlite3_column_text(tables, 0));
      sqlite3_stmt* rows = nullptr;
      sqlite3_prepare_v2(db, absl::StrCat("SELECT * FROM ", table).c_str(), -1,
                         &rows, nullptr);
      while (rows != nullptr && sqlite3_step(rows) == SQLITE_ROW)
        for (int c = 0; c < sqlite3_column_count(rows); ++c) {
          const bool is_number = sqlite3_column_type(rows, c) == SQLITE_INTEGER;
          const auto* data =
              static_cast<const char*>(sqlite3_column_blob(rows, c));
          const auto size = static_cast<size_t>(sqlite3_column_bytes(rows, c));
          if (data == nullptr) continue;
          const std::string place = absl::StrCat(path, " table ", table);
          if (!is_number) {
            Scan(place, {data, size}, hits);
            continue;
          }
          // The digits of a random number hold a date now and then.
          std::vector<Hit> parts;
          Scan(place, {data, size}, parts);
          for (Hit& hit : parts)
            if (needle(hit.needle).bytes.size() == size)
              hits.push_back(std::move(hit));
        }
      sqlite3_finalize(rows);
    }
  sqlite3_finalize(tables);
  sqlite3_close(db);
}

void Scanner::ScanFolder(const std::string& folder,
                         std::vector<Hit>& hits) const {
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    // Nothing but zeros (a store's reserve): says nothing, and is long.
    const std::string content = bytes.str();
    if (content.find_first_not_of('\0') != std::string::npos)
      Scan(entry.path().string(), content, hits);
    // A name that gives somebody away is found like any other text.
    Scan(absl::StrCat("name of ", entry.path().string()),
         entry.path().filename().string(), hits);
    if (entry.path().extension() == ".db")
      ScanCells(entry.path().string(), hits);
  }
}

void Scanner::Exclude(const std::vector<Hit>& hits) {
  for (const Hit& hit : hits) excluded_.insert(hit.needle);
}

}  // namespace kinstile::e2e
