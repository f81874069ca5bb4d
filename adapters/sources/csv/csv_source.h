// SPDX-License-Identifier: Apache-2.0
// An agency's people and items from one CSV file and its mapping.
#ifndef KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SOURCE_H_
#define KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SOURCE_H_

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "adapters/sources/csv/mapping.h"
#include "adapters/sources/csv/reader.h"
#include "adapters/sources/source.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hash.h"

namespace kinstile::sources {

// Reads the file anew for every ForEach. ReadItems keeps an index from record
// id (as an HMAC under a key of this object, so that it holds no personal
// data) to place in the file, made anew when the file has changed. Thread-safe.
//
// A row is refused, and reported, when it is malformed, has another number of
// columns than the header, or has a blank or repeated id: of two rows with one
// id, the first counts. Row numbers are the spreadsheet's: the header is row 1.
class CsvSource : public RecordSource {
 public:
  // NOT_FOUND or UNAVAILABLE: the file; FAILED_PRECONDITION: a column that the
  // mapping names is not in the header, or twice, by name.
  static absl::StatusOr<std::unique_ptr<CsvSource>> Open(
      const std::string& path, CsvMapping mapping);

  absl::Status ForEach(absl::FunctionRef<absl::Status(SourceRecord)> fn,
                       std::vector<RowIssue>& issues) override;
  absl::StatusOr<std::vector<ItemValue>> ReadItems(
      const identity::Pii<>& local_id,
      const std::vector<std::string>& items) override;
  absl::StatusOr<std::vector<RecordFact>> ReadFacts(
      const identity::Pii<>& local_id,
      const std::vector<std::string>& conditions,
      absl::CivilDay today) override;
  std::vector<std::string> ItemNames() const override;

 private:
  // The mapped columns as positions in the row.
  struct Columns {
    size_t count = 0;
    size_t id = 0;
    std::optional<size_t> family, shielded, nhs_verified;
    std::vector<size_t> person, items, facts;  // as in the mapping
  };
  // One record's row, as text.
  struct Found {
    Columns columns;
    CsvRow row;
    absl::Time as_of;
  };
  // An open file, read past its header.
  struct File {
    std::ifstream stream;
    std::unique_ptr<CsvReader> reader;
    Columns columns;
  };
  // What tells one state of the file from another.
  struct Stamp {
    int64_t inode = 0, size = 0, mtime_ns = -1;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Index {
    Stamp stamp;
    Columns columns;
    absl::flat_hash_map<Digest, uint64_t> offsets;
  };

  CsvSource(std::string path, CsvMapping mapping);

  absl::StatusOr<Stamp> ReadStamp() const;
  absl::StatusOr<std::unique_ptr<File>> OpenFile() const;
  absl::StatusOr<Found> ReadRecord(const identity::Pii<>& local_id);
  absl::StatusOr<Columns> FindColumns(const CsvRow& header) const;
  // Reads on to the next row that fits; false at the end.
  bool NextRow(File& file, CsvRow& row, std::vector<RowIssue>* issues,
               size_t& bad_rows) const;
  SourceRecord MakeRecord(const Columns& columns, CsvRow& row) const;
  void MakeText(identity::Pii<>& field) const;
  bool IsSet(const Flag& flag, std::optional<size_t> column,
             const CsvRow& row) const;
  Digest IdDigest(const identity::Pii<>& id) const;
  absl::Status Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const CsvMapping mapping_;
  const crypto::MacKey key_;
  absl::Mutex mutex_;
  Index index_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SOURCE_H_
