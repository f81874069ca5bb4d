// SPDX-License-Identifier: Apache-2.0
// Rows of several files to records, and back to a row by its id.
#include "adapters/sources/csv/csv_source.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::sources {
namespace {

using identity::Pii;

constexpr absl::string_view kId = "kinstile/csv/record-id";
constexpr absl::string_view kFamily = "kinstile/csv/family";
constexpr absl::string_view kJoined = "kinstile/csv/joined-key";

}  // namespace

struct CsvSource::Index {
  std::vector<FileStamp> stamps;
  Layout layout;
  KeyIndex people;
  std::vector<KeyIndex> joined;
  // Of rows that were refused: whose shield holds all the same.
  absl::flat_hash_set<RowKey> shielded_ids;
  // Families that are no family of a record but have a shielded person.
  absl::flat_hash_set<RowKey> closed_families;
  // A person's further families, from the joined file that has the families.
  std::vector<std::pair<RowKey, RowKey>> more_families;
  std::vector<RowIssue> issues;  // of the joined files

  absl::Time as_of() const {
    FileStamp latest = stamps[0];
    for (const FileStamp& s : stamps)
      if (s.mtime_ns > latest.mtime_ns) latest = s;
    return latest.changed();
  }
};

// Puts one row together from all files.
class CsvSource::Rows {
 public:
  static absl::StatusOr<std::unique_ptr<Rows>> Open(const CsvSource& source) {
    auto rows = std::unique_ptr<Rows>(new Rows(source));
    for (const CsvFile& file : source.files_) {
      KS_ASSIGN_OR_RETURN(auto reading, file.Open());
      rows->files_.push_back(std::move(reading));
    }
    KS_RETURN_IF_ERROR(rows->FindKeys());
    return rows;
  }

  CsvFile::Reading& file(size_t k) { return *files_[k]; }
  const std::vector<std::string>& header() const { return header_; }
  // Of a joined file: the column looked up, and the one whose value is sought.
  size_t key(size_t k) const { return keys_[k]; }
  size_t on(size_t k) const { return ons_[k]; }

  // The row of the people's file with the columns of the others. A joined row
  // that should be there and is not is reported, if `issues` is given; true in
  // `shield_lost` when the shield should have been in it.
  Fields Join(CsvRow&& row, const Index& index, IssueList* issues,
              bool* shield_lost) {
    Fields fields = std::move(row.fields);
    *shield_lost = false;
    for (size_t k = 0; k < index.joined.size(); ++k) {
      const Pii<>& wanted = fields[ons_[k]];
      const size_t columns = files_[k + 1]->header().size();
      const bool found = !wanted.empty() && Find(k, wanted, index);
      if (!found && !wanted.empty()) {
        const size_t first = fields.size();
        const auto shield = index.layout.shielded;
        if (shield && *shield >= first && *shield < first + columns)
          *shield_lost = true;
        if (issues != nullptr)
          issues->Add({row.number, s_.mapping_.joined[k].name,
                       "has no row for this one", true});
      }
      for (size_t c = 0; c < columns; ++c)
        fields.push_back(found ? std::move(joined_.fields[c]) : Pii<>());
    }
    return fields;
  }

 private:
  explicit Rows(const CsvSource& source) : s_(source) {}

  bool Find(size_t k, const Pii<>& wanted, const Index& index) {
    const auto place = index.joined[k].find(s_.digester_.Of(kJoined, wanted));
    if (place == index.joined[k].end()) return false;
    // Its key again: the file may have changed since.
    return files_[k + 1]->At(place->second, joined_) &&
           s_.digester_.Of(kJoined, joined_.fields[keys_[k]]) == place->first;
  }

  absl::StatusOr<size_t> Column(const std::vector<std::string>& header,
                                const std::string& column, const CsvFile& file,
                                absl::string_view use) const {
    const auto n = std::count(header.begin(), header.end(), column);
    if (n == 1)
      return std::find(header.begin(), header.end(), column) - header.begin();
    return absl::FailedPreconditionError(
        absl::StrCat(file.path(), ": column \"", column, "\", mapped to ", use,
                     ", is ", n == 0 ? "not in the header" : "there twice"));
  }

  absl::Status FindKeys() {
    header_ = files_[0]->header();
    for (size_t k = 0; k < s_.mapping_.joined.size(); ++k) {
      const JoinedFile& j = s_.mapping_.joined[k];
      const auto& header = files_[k + 1]->header();
      KS_ASSIGN_OR_RETURN(const size_t key,
                          Column(header, j.key, s_.files_[k + 1],
                                 absl::StrCat(j.name, ".key")));
      KS_ASSIGN_OR_RETURN(const size_t on, Column(header_, j.on, s_.files_[0],
                                                  absl::StrCat(j.name, ".on")));
      keys_.push_back(key);
      ons_.push_back(on);
      for (const std::string& name : header)
        header_.push_back(absl::StrCat(j.name, ".", name));
    }
    return absl::OkStatus();
  }

  const CsvSource& s_;
  std::vector<std::unique_ptr<CsvFile::Reading>> files_;
  std::vector<std::string> header_;
  std::vector<size_t> keys_, ons_;
  CsvRow joined_;
};

CsvSource::CsvSource(SourceMapping mapping) : mapping_(std::move(mapping)) {}
CsvSource::~CsvSource() = default;

absl::StatusOr<std::unique_ptr<CsvSource>> CsvSource::Open(
    const std::string& path, SourceMapping mapping,
    const std::vector<std::pair<std::string, std::string>>& joined) {
  auto source = std::unique_ptr<CsvSource>(new CsvSource(std::move(mapping)));
  const SourceMapping& m = source->mapping_;
  if (m.sql || m.fhir)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the mapping is not for CSV"));
  source->files_.emplace_back(path, "", m);
  for (const JoinedFile& j : m.joined) {
    const auto file =
        std::find_if(joined.begin(), joined.end(),
                     [&](const auto& f) { return f.first == j.name; });
    if (file == joined.end())
      return absl::InvalidArgumentError(absl::StrCat(
          "joined file \"", j.name, "\" of the mapping is not given"));
    source->files_.emplace_back(file->second, j.name, m);
  }
  if (joined.size() != m.joined.size())
    return absl::InvalidArgumentError(
        "a joined file is given that the mapping does not name");
  KS_ASSIGN_OR_RETURN(const auto rows, Rows::Open(*source));
  KS_RETURN_IF_ERROR(FindColumns(m, rows->header(), path).status());
  return source;
}

absl::StatusOr<std::vector<FileStamp>> CsvSource::Stamps() const {
  std::vector<FileStamp> stamps;
  for (const CsvFile& file : files_) {
    KS_ASSIGN_OR_RETURN(const FileStamp stamp, file.Stamp());
    stamps.push_back(stamp);
  }
  return stamps;
}

absl::Status CsvSource::IndexJoined(size_t k, Rows& rows, Index& index) const {
  IssueList issues(index.issues);
  KeyIndex& places = index.joined[k];
  // Whether it says who is in which family: then a second row is a second
  // family.
  const std::string prefix = absl::StrCat(mapping_.joined[k].name, ".");
  std::optional<size_t> family;
  if (absl::StartsWith(mapping_.family, prefix)) {
    const auto& header = rows.file(k + 1).header();
    const auto at = std::find(header.begin(), header.end(),
                              mapping_.family.substr(prefix.size()));
    if (at != header.end()) family = at - header.begin();
  }
  CsvRow row;
  while (rows.file(k + 1).Next(row, issues)) {
    const Pii<>& value = row.fields[rows.key(k)];
    if (value.empty()) {
      issues.Add({row.number, mapping_.joined[k].key, "is blank", false,
                  mapping_.joined[k].name});
      continue;
    }
    const RowKey key = digester_.Of(kJoined, value);
    if (places.emplace(key, row.offset).second) continue;
    if (family)
      index.more_families.emplace_back(
          key, digester_.Of(kFamily, row.fields[*family]));
    issues.Add({row.number, mapping_.joined[k].key, "is that of an earlier row",
                false, mapping_.joined[k].name});
  }
  issues.Finish();
  return absl::OkStatus();
}

// Two things cannot be known from one row alone: a shield in a second row of
// the same person, and the further families of a shielded one.
absl::Status CsvSource::IndexPeople(Rows& rows, Index& index) const {
  std::optional<size_t> member;  // the column that more_families is about
  for (size_t k = 0; k < mapping_.joined.size(); ++k)
    if (absl::StartsWith(mapping_.family,
                         absl::StrCat(mapping_.joined[k].name, ".")))
      member = rows.on(k);
  std::sort(index.more_families.begin(), index.more_families.end());
  std::vector<RowIssue> unread;
  IssueList nobody(unread);
  CsvRow row;
  while (rows.file(0).Next(row, nobody)) {
    const Pii<>& id = row.fields[index.layout.id];
    if (id.empty()) continue;
    const RowKey key = digester_.Of(kId, id);
    const bool first = index.people.emplace(key, row.offset).second;
    if (first && index.more_families.empty()) continue;
    bool lost = false;
    const Fields fields = rows.Join(std::move(row), index, nullptr, &lost);
    if (!lost && !IsShielded(mapping_, index.layout, fields)) continue;
    if (!first) index.shielded_ids.insert(key);
    if (!member) continue;
    const RowKey person = digester_.Of(kJoined, fields[*member]);
    auto more =
        std::lower_bound(index.more_families.begin(), index.more_families.end(),
                         std::make_pair(person, RowKey{}));
    for (; more != index.more_families.end() && more->first == person; ++more)
      index.closed_families.insert(more->second);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const CsvSource::Index>> CsvSource::MakeIndex()
    const {
  auto index = std::make_shared<Index>();
  // The stamps first: a change during the reading is seen the next time.
  KS_ASSIGN_OR_RETURN(index->stamps, Stamps());
  KS_ASSIGN_OR_RETURN(const auto rows, Rows::Open(*this));
  KS_ASSIGN_OR_RETURN(index->layout,
                      FindColumns(mapping_, rows->header(), files_[0].path()));
  index->joined.resize(mapping_.joined.size());
  for (size_t k = 0; k < index->joined.size(); ++k)
    KS_RETURN_IF_ERROR(IndexJoined(k, *rows, *index));
  // Join reads the joined files by place: fresh streams for that.
  KS_ASSIGN_OR_RETURN(const auto again, Rows::Open(*this));
  KS_RETURN_IF_ERROR(IndexPeople(*again, *index));
  return index;
}

absl::StatusOr<std::shared_ptr<const CsvSource::Index>>
CsvSource::CurrentIndex() {
  absl::MutexLock lock(&mutex_);
  KS_ASSIGN_OR_RETURN(const std::vector<FileStamp> stamps, Stamps());
  if (index_ != nullptr && index_->stamps == stamps) return index_;
  KS_ASSIGN_OR_RETURN(index_, MakeIndex());
  return index_;
}

absl::Status CsvSource::ForEach(
    absl::FunctionRef<absl::Status(SourceRecord)> fn,
    std::vector<RowIssue>& issues) {
  return ForEachRow(
      [&](SourceRecord record, const Found&) { return fn(std::move(record)); },
      issues);
}

absl::Status CsvSource::ForEachItems(
    const std::vector<std::string>& items,
    absl::FunctionRef<absl::Status(const Pii<>& local_id,
                                   const std::vector<ItemValue>&)>
        fn) {
  std::vector<RowIssue> issues;
  return ForEachRow(
      [&](const SourceRecord& record, const Found& row) {
        if (record.shielded) return absl::OkStatus();
        return fn(record.local_id,
                  MakeItems(mapping_, row.index->layout, row.fields, items,
                            row.index->as_of()));
      },
      issues);
}

absl::Status CsvSource::ForEachRow(
    absl::FunctionRef<absl::Status(SourceRecord, const Found&)> fn,
    std::vector<RowIssue>& out) {
  KS_ASSIGN_OR_RETURN(const auto index, CurrentIndex());
  KS_ASSIGN_OR_RETURN(const auto rows, Rows::Open(*this));
  out.insert(out.end(), index->issues.begin(), index->issues.end());
  IssueList issues(out);
  CsvRow row;
  while (rows->file(0).Next(row, issues)) {
    const size_t number = row.number;
    const uint64_t offset = row.offset;
    const Pii<>& id = row.fields[index->layout.id];
    const RowKey key = digester_.Of(kId, id);
    const auto place = index->people.find(key);
    if (!id.empty() &&
        (place == index->people.end() || place->second != offset)) {
      issues.Add({number, "id", "is that of an earlier row"});
      continue;
    }
    bool lost = false;
    const Found found{index,
                      rows->Join(std::move(row), *index, &issues, &lost)};
    auto record =
        MakeRecord(mapping_, index->layout, found.fields, number, issues);
    if (!record.has_value()) continue;
    record->shielded = record->shielded || lost ||
                       index->shielded_ids.contains(key) ||
                       index->closed_families.contains(
                           digester_.Of(kFamily, record->local_family));
    KS_RETURN_IF_ERROR(fn(*std::move(record), found));
  }
  issues.Finish();
  // Half of one extract and half of the next is neither.
  KS_ASSIGN_OR_RETURN(const std::vector<FileStamp> stamps, Stamps());
  if (stamps != index->stamps)
    return absl::UnavailableError(absl::StrCat(
        files_[0].path(), ": changed while it was read; try again"));
  return absl::OkStatus();
}

absl::StatusOr<CsvSource::Found> CsvSource::ReadRecord(const Pii<>& local_id) {
  const absl::Status gone = absl::NotFoundError("no such record");
  Found found;
  KS_ASSIGN_OR_RETURN(found.index, CurrentIndex());
  const RowKey key = digester_.Of(kId, local_id);
  const auto place = found.index->people.find(key);
  if (place == found.index->people.end()) return gone;
  KS_ASSIGN_OR_RETURN(const auto rows, Rows::Open(*this));
  CsvRow row;
  if (!rows->file(0).At(place->second, row)) return gone;
  // The file may have changed since: never another record's items.
  if (digester_.Of(kId, row.fields[found.index->layout.id]) != key) return gone;
  bool lost = false;
  found.fields = rows->Join(std::move(row), *found.index, nullptr, &lost);
  // Shielded since the register was read: nothing of this person is given.
  if (lost || IsShielded(mapping_, found.index->layout, found.fields) ||
      found.index->shielded_ids.contains(key))
    return gone;
  return found;
}

absl::StatusOr<std::vector<ItemValue>> CsvSource::ReadItems(
    const Pii<>& local_id, const std::vector<std::string>& items) {
  KS_ASSIGN_OR_RETURN(const Found found, ReadRecord(local_id));
  return MakeItems(mapping_, found.index->layout, found.fields, items,
                   found.index->as_of());
}

absl::StatusOr<std::vector<RecordFact>> CsvSource::ReadFacts(
    const Pii<>& local_id, const std::vector<std::string>& conditions,
    absl::CivilDay today) {
  KS_ASSIGN_OR_RETURN(const Found found, ReadRecord(local_id));
  return MakeFacts(mapping_, found.index->layout, found.fields, conditions,
                   today);
}

std::vector<std::string> CsvSource::ItemNames() const {
  return MappedItems(mapping_);
}

}  // namespace kinstile::sources
