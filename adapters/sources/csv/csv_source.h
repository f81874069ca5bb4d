// SPDX-License-Identifier: Apache-2.0
// An agency's people and items from CSV files and their mapping.
#ifndef KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SOURCE_H_
#define KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "adapters/sources/csv/csv_file.h"
#include "adapters/sources/key_index.h"
#include "adapters/sources/mapping.h"
#include "adapters/sources/record.h"
#include "adapters/sources/source.h"

namespace kinstile::sources {

// One file of people, and the files that the mapping joins to it (families,
// relationships). All are read anew, twice, for every ForEach: once for an
// index of 25 to 60 bytes a row (an HMAC of the key under a key of this object,
// so that it holds no personal data), once for the records. ReadItems uses that
// index until a file changes. Thread-safe.
//
// A row is refused, and reported, when it is malformed, has another number of
// columns than the header, or has a blank or repeated id: of two rows with one
// id, the first counts, but a shield in either holds. A joined row that is
// missing leaves its columns blank and is reported; if the shield should have
// been in it, the person is shielded. Who has several families is enrolled in
// the first; a shielded person closes all of them. Row numbers are the
// spreadsheet's: the header is row 1.
class CsvSource : public RecordSource {
 public:
  // Each joined file of the mapping has its path in `joined`, by name.
  // UNAVAILABLE: a file; INVALID_ARGUMENT: the names differ;
  // FAILED_PRECONDITION: a column that the mapping names is not in the header,
  // or twice, by name.
  static absl::StatusOr<std::unique_ptr<CsvSource>> Open(
      const std::string& path, SourceMapping mapping,
      const std::vector<std::pair<std::string, std::string>>& joined = {});
  ~CsvSource() override;

  absl::Status ForEach(absl::FunctionRef<absl::Status(SourceRecord)> fn,
                       std::vector<RowIssue>& issues) override;
  absl::StatusOr<std::vector<ItemValue>> ReadItems(
      const identity::Pii<>& local_id,
      const std::vector<std::string>& items) override;
  absl::Status ForEachItems(
      const std::vector<std::string>& items,
      absl::FunctionRef<absl::Status(const identity::Pii<>& local_id,
                                     const std::vector<ItemValue>&)>
          fn) override;
  absl::StatusOr<std::vector<RecordFact>> ReadFacts(
      const identity::Pii<>& local_id,
      const std::vector<std::string>& conditions,
      absl::CivilDay today) override;
  std::vector<std::string> ItemNames() const override;

 private:
  // The state of all files at one time.
  struct Index;
  // All files, open.
  class Rows;
  // One record's row, as text.
  struct Found {
    std::shared_ptr<const Index> index;
    Fields fields;
  };

  explicit CsvSource(SourceMapping mapping);

  absl::StatusOr<std::vector<FileStamp>> Stamps() const;
  absl::StatusOr<std::shared_ptr<const Index>> CurrentIndex();
  absl::StatusOr<std::shared_ptr<const Index>> MakeIndex() const;
  absl::Status IndexJoined(size_t k, Rows& rows, Index& index) const;
  absl::Status IndexPeople(Rows& rows, Index& index) const;
  absl::StatusOr<Found> ReadRecord(const identity::Pii<>& local_id);
  // Each record with the row it was made of.
  absl::Status ForEachRow(
      absl::FunctionRef<absl::Status(SourceRecord, const Found&)> fn,
      std::vector<RowIssue>& issues);

  const SourceMapping mapping_;
  const KeyDigester digester_;
  std::vector<CsvFile> files_;  // the people's, then as joined
  absl::Mutex mutex_;
  std::shared_ptr<const Index> index_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_CSV_CSV_SOURCE_H_
