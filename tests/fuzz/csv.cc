// SPDX-License-Identifier: Apache-2.0
// Fuzzes the CSV reader: it ends, stays within its limits, and never mixes a
// problem with fields.
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/sources/csv/reader.h"
#include "adapters/sources/csv/windows1252.h"

std::vector<std::string> FuzzSeeds() {
  return {"a,b\n\"c\nd\",\"e\"\"f\"\r\n\n\"g\"h,i\nj", "\xEF\xBB\xBFid,x\n1,\"",
          "\"a,b\n\"c,d\n\"e\",f\n"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using kinstile::identity::PiiAccess;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::istringstream in(text);
  kinstile::sources::CsvReader reader(in, ',');
  uint64_t last = 0;
  bool first = true;
  for (kinstile::sources::CsvRow row; reader.Next(row);) {
    // Rows begin further and further on, so the reader must end.
    if (!first && row.offset <= last) std::abort();
    if (row.offset >= size) std::abort();
    if (row.problem.empty() == row.fields.empty()) std::abort();
    last = row.offset;
    first = false;
    for (const auto& field : row.fields)
      kinstile::sources::Windows1252ToUtf8(field.Reveal(PiiAccess{}));
  }
  return 0;
}
