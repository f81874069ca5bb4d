// SPDX-License-Identifier: Apache-2.0
// Queries to records, and one record live.
#include "adapters/sources/sql/sql_source.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "adapters/sources/record.h"
#include "gateway/base/status_macros.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;

constexpr absl::string_view kId = "kinstile/sql/record-id";
constexpr size_t kMaxIdle = 4;

std::vector<std::string> MappedColumns(const SourceMapping& m) {
  std::vector<std::string> columns = {m.id, m.family, m.shielded.column,
                                      m.nhs_verified.column};
  for (const TextColumn& t : m.person) columns.push_back(t.column);
  for (const ItemColumn& i : m.items) {
    columns.push_back(i.column);
    columns.push_back(i.day);
    columns.push_back(i.count_by);
  }
  for (const FactColumn& f : m.facts) columns.push_back(f.column);
  return columns;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqlSource>> SqlSource::Open(
    Options options, SourceMapping mapping, const Clock& clock) {
  if (!mapping.sql)
    return absl::InvalidArgumentError("mapping: has no sql { people record }");
  auto source = std::unique_ptr<SqlSource>(
      new SqlSource(std::move(options), std::move(mapping), clock));
  KS_ASSIGN_OR_RETURN(auto connection,
                      OdbcConnection::Open(source->options_.connection_string,
                                           source->options_.record_deadline));
  for (const auto& [name, query] :
       {std::pair<absl::string_view, const std::string&>(
            "sql.people", source->mapping_.sql->people),
        {"sql.record", source->mapping_.sql->record}}) {
    KS_ASSIGN_OR_RETURN(auto header, connection->Describe(query));
    KS_RETURN_IF_ERROR(source->Find(std::move(header), name).status());
  }
  source->GiveBack(std::move(connection));
  return source;
}

// Databases fold the case of names, each in its own way.
absl::StatusOr<Layout> SqlSource::Find(std::vector<std::string> header,
                                       absl::string_view query) const {
  const std::vector<std::string> mapped = MappedColumns(mapping_);
  for (std::string& name : header) {
    if (absl::c_linear_search(mapped, name)) continue;
    const auto alike = absl::c_find_if(mapped, [&](const std::string& m) {
      return absl::EqualsIgnoreCase(m, name);
    });
    if (alike != mapped.end()) name = *alike;
  }
  return FindColumns(mapping_, header, query);
}

void SqlSource::MakeText(Fields& fields) const {
  if (!mapping_.trim) return;
  for (Pii<>& field : fields)
    absl::StripAsciiWhitespace(&field.RevealMutable(PiiAccess{}));
}

absl::Status SqlSource::ForEach(
    absl::FunctionRef<absl::Status(SourceRecord)> fn,
    std::vector<RowIssue>& issues) {
  return ForEachRow(
      [&](SourceRecord record, const Found&) { return fn(std::move(record)); },
      issues);
}

absl::Status SqlSource::ForEachItems(
    const std::vector<std::string>& items,
    absl::FunctionRef<absl::Status(const Pii<>& local_id,
                                   const std::vector<ItemValue>&)>
        fn) {
  std::vector<RowIssue> issues;
  return ForEachRow(
      [&](const SourceRecord& record, const Found& row) {
        if (record.shielded) return absl::OkStatus();
        return fn(record.local_id, MakeItems(mapping_, row.layout, row.fields,
                                             items, row.as_of));
      },
      issues);
}

absl::Status SqlSource::ForEachRow(
    absl::FunctionRef<absl::Status(SourceRecord, const Found&)> fn,
    std::vector<RowIssue>& out) {
  Found row;
  row.as_of = clock_.Now();
  KS_ASSIGN_OR_RETURN(auto connection,
                      OdbcConnection::Open(options_.connection_string,
                                           options_.people_deadline));
  KS_ASSIGN_OR_RETURN(auto rows,
                      connection->Run(mapping_.sql->people, nullptr));
  KS_ASSIGN_OR_RETURN(row.layout, Find(rows->header(), "sql.people"));
  const Layout& layout = row.layout;
  IssueList issues(out);
  absl::flat_hash_map<RowKey, bool> seen;  // to: shielded
  Fields& fields = row.fields;
  for (size_t number = 1;; ++number) {
    KS_ASSIGN_OR_RETURN(const bool more, rows->Next(fields));
    if (!more) break;
    MakeText(fields);
    const bool shielded = IsShielded(mapping_, layout, fields);
    if (!fields[layout.id].empty()) {
      const auto [place, first] =
          seen.emplace(digester_.Of(kId, fields[layout.id]), shielded);
      if (!first && shielded && !place->second)
        return absl::FailedPreconditionError(absl::StrCat(
            "sql.people: row ", number,
            " shields a person whom an earlier row does not: make it one row"));
      if (!first) {
        issues.Add({number, "id", "is that of an earlier row"});
        continue;
      }
    }
    auto record = MakeRecord(mapping_, layout, fields, number, issues);
    if (record.has_value()) KS_RETURN_IF_ERROR(fn(*std::move(record), row));
  }
  issues.Finish();
  return absl::OkStatus();
}

std::unique_ptr<OdbcConnection> SqlSource::TakeIdle() {
  absl::MutexLock lock(&mutex_);
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void SqlSource::GiveBack(std::unique_ptr<OdbcConnection> connection) {
  if (!connection->EndTransaction()) return;
  absl::MutexLock lock(&mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

absl::StatusOr<SqlSource::Found> SqlSource::ReadRecordOver(
    OdbcConnection& connection, const Pii<>& local_id) {
  Found found;
  found.as_of = clock_.Now();
  KS_ASSIGN_OR_RETURN(const auto rows,
                      connection.Run(mapping_.sql->record, &local_id));
  KS_ASSIGN_OR_RETURN(found.layout, Find(rows->header(), "sql.record"));
  KS_ASSIGN_OR_RETURN(const bool there, rows->Next(found.fields));
  if (!there) return absl::NotFoundError("no such record");
  MakeText(found.fields);
  // Whatever the query selects: never another record's items.
  if (digester_.Of(kId, found.fields[found.layout.id]) !=
      digester_.Of(kId, local_id))
    return absl::NotFoundError("no such record");
  // Shielded since the register was read: nothing of this person is given.
  if (IsShielded(mapping_, found.layout, found.fields))
    return absl::NotFoundError("no such record");
  return found;
}

absl::StatusOr<SqlSource::Found> SqlSource::ReadRecord(const Pii<>& local_id) {
  // A connection that lay idle may have been cut: then a new one.
  if (auto connection = TakeIdle()) {
    auto found = ReadRecordOver(*connection, local_id);
    if (found.ok() || absl::IsNotFound(found.status())) {
      GiveBack(std::move(connection));
      return found;
    }
  }
  KS_ASSIGN_OR_RETURN(auto connection,
                      OdbcConnection::Open(options_.connection_string,
                                           options_.record_deadline));
  auto found = ReadRecordOver(*connection, local_id);
  if (found.ok() || absl::IsNotFound(found.status()))
    GiveBack(std::move(connection));
  return found;
}

absl::StatusOr<std::vector<ItemValue>> SqlSource::ReadItems(
    const Pii<>& local_id, const std::vector<std::string>& items) {
  KS_ASSIGN_OR_RETURN(const Found found, ReadRecord(local_id));
  return MakeItems(mapping_, found.layout, found.fields, items, found.as_of);
}

absl::StatusOr<std::vector<RecordFact>> SqlSource::ReadFacts(
    const Pii<>& local_id, const std::vector<std::string>& conditions,
    absl::CivilDay today) {
  KS_ASSIGN_OR_RETURN(const Found found, ReadRecord(local_id));
  return MakeFacts(mapping_, found.layout, found.fields, conditions, today);
}

std::vector<std::string> SqlSource::ItemNames() const {
  return MappedItems(mapping_);
}

}  // namespace kinstile::sources
