// SPDX-License-Identifier: Apache-2.0
// An agency's people and items from a database.
#ifndef KINSTILE_ADAPTERS_SOURCES_SQL_SQL_SOURCE_H_
#define KINSTILE_ADAPTERS_SOURCES_SQL_SQL_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "adapters/sources/key_index.h"
#include "adapters/sources/mapping.h"
#include "adapters/sources/source.h"
#include "adapters/sources/sql/odbc.h"
#include "gateway/base/clock.h"

namespace kinstile::sources {

// Two queries of the mapping: one gives everybody, streamed; one gives a single
// person by the id, bound as a parameter, and is run anew for every question,
// so that items are as the database has them then. Row numbers count the rows
// of the first query. Of two rows with one id the first counts; when the second
// is shielded and the first was not, nothing of the database is taken.
// Thread-safe: as many connections as there are questions at a time.
class SqlSource : public RecordSource {
 public:
  struct Options {
    identity::Pii<> connection_string;  // holds a password: never shown
    absl::Duration record_deadline = absl::Seconds(5);
    absl::Duration people_deadline = absl::Minutes(2);  // of each portion
  };
  // Connects, and looks at the columns of both queries. INVALID_ARGUMENT: the
  // mapping has no queries; else as OdbcConnection, or FAILED_PRECONDITION for
  // a column that is not there.
  static absl::StatusOr<std::unique_ptr<SqlSource>> Open(
      Options options, SourceMapping mapping,
      const Clock& clock = SystemClock());

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
  SqlSource(Options options, SourceMapping mapping, const Clock& clock)
      : options_(std::move(options)),
        mapping_(std::move(mapping)),
        clock_(clock) {}

  // One person's row and where its columns are.
  struct Found {
    Layout layout;
    Fields fields;
    absl::Time as_of;
  };
  absl::StatusOr<Found> ReadRecord(const identity::Pii<>& local_id);
  // Each record with the row it was made of.
  absl::Status ForEachRow(
      absl::FunctionRef<absl::Status(SourceRecord, const Found&)> fn,
      std::vector<RowIssue>& issues);
  absl::StatusOr<Found> ReadRecordOver(OdbcConnection& connection,
                                       const identity::Pii<>& local_id);
  absl::StatusOr<Layout> Find(std::vector<std::string> header,
                              absl::string_view query) const;
  void MakeText(Fields& fields) const;

  std::unique_ptr<OdbcConnection> TakeIdle();
  void GiveBack(std::unique_ptr<OdbcConnection> connection);

  const Options options_;
  const SourceMapping mapping_;
  const Clock& clock_;
  const KeyDigester digester_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<OdbcConnection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_SQL_SQL_SOURCE_H_
