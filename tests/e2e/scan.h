// SPDX-License-Identifier: Apache-2.0
// Looks for many byte strings at once, also behind hex and base64.
#ifndef KINSTILE_TESTS_E2E_SCAN_H_
#define KINSTILE_TESTS_E2E_SCAN_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace kinstile::e2e {

// How a value was turned into the bytes that are looked for.
enum class Form { kAsWritten, kDerived, kComposite, kSha256, kBlake2b, kHmac };
const char* FormName(Form form);

struct Needle {
  std::string bytes;
  uint32_t value = 0;  // which planted value: the caller's number
  Form form = Form::kAsWritten;
};

struct Hit {
  uint32_t needle = 0;
  std::string place;     // the caller's name of the haystack
  const char* encoding;  // plain, hex or base64
  size_t offset = 0;     // in the haystack, of the run that was decoded
};

// Every haystack is looked at as it is, with every run of hex digits decoded
// (from either nibble) and with every run of base64 characters decoded (both
// alphabets, from each of the four places in a quantum): so one needle is
// found in each encoding, whatever surrounds it.
//
// Chance: a needle of n bytes is met by accident in random bytes (ciphertext,
// keys, digests) once in 256^n places. With some tens of thousands of needles
// and some tens of megabytes six bytes and more are never met, four and five
// would be now and then. Those count only where a text would stand: as a whole
// word of a printable run of 12 or more, behind their own length (Kinstile's
// encoding or protobuf's), or alone in their haystack, database cell or
// decoded run. The zeros that fill a number up to its width are not counted.
// Under four bytes nothing is looked for ("yes" is anywhere).
class Scanner {
 public:
  static constexpr size_t kShortest = 4;
  static constexpr size_t kAnywhere = 6;

  // Needles under kShortest are left out.
  explicit Scanner(std::vector<Needle> needles);

  const Needle& needle(uint32_t i) const { return needles_[i]; }
  size_t size() const { return needles_.size(); }

  void Scan(const std::string& place, absl::string_view bytes,
            std::vector<Hit>& hits) const;
  // Every file below a folder; of a database every cell as well, so that a
  // value split over two of its pages is found too.
  void ScanFolder(const std::string& folder, std::vector<Hit>& hits) const;

  // Scans without these from now on.
  void Exclude(const std::vector<Hit>& hits);
  bool excluded(uint32_t needle) const { return excluded_.count(needle) > 0; }

 private:
  using Found = absl::FunctionRef<void(uint32_t needle, size_t offset)>;
  void Match(absl::string_view view, Found found) const;
  void ScanCells(const std::string& path, std::vector<Hit>& hits) const;

  std::vector<Needle> needles_;  // sorted by their first four bytes
  std::vector<uint32_t> keys_;   // those four bytes, in the same order
  std::vector<bool> maybe_;      // by hash of a key
  std::set<uint32_t> excluded_;
};

}  // namespace kinstile::e2e

#endif  // KINSTILE_TESTS_E2E_SCAN_H_
