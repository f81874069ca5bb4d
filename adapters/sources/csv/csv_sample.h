// SPDX-License-Identifier: Apache-2.0
// A first look into a CSV file of which nothing is known.
#ifndef KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SAMPLE_H_
#define KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SAMPLE_H_

#include <string>

#include "absl/status/statusor.h"
#include "adapters/sources/propose.h"

namespace kinstile::sources {

// Encoding (UTF-8, else Windows-1252) and delimiter (comma, semicolon, tab or
// bar) from the file's first MiB; its header and first `rows` good rows.
// Errors as CsvFile::Open.
absl::StatusOr<TableSample> SampleCsv(const std::string& path, size_t rows);

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SAMPLE_H_
