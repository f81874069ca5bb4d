// SPDX-License-Identifier: Apache-2.0
// Rows to records, and back to a row by its id.
#include "adapters/sources/csv/csv_source.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/identity/dates.h"
#include "adapters/identity/text.h"
#include "adapters/sources/csv/windows1252.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;

const std::string& Read(const Pii<>& pii) { return pii.Reveal(PiiAccess{}); }

// Keeps the list short on a file that is wrong from end to end.
void Report(std::vector<RowIssue>* issues, size_t& bad_rows, RowIssue issue) {
  ++bad_rows;
  if (issues != nullptr && bad_rows <= kMaxRowIssues)
    issues->push_back(std::move(issue));
}

// Drops the last n characters of UTF-8; empty when there are no more than n.
std::string DropLast(std::string text, size_t n) {
  for (; n > 0 && !text.empty(); --n) {
    while (text.size() > 1 && (text.back() & 0xC0) == 0x80) text.pop_back();
    text.pop_back();
  }
  return text;
}

// Whole years; nothing unless the whole date is there.
std::optional<int64_t> AgeOn(absl::CivilDay today, absl::string_view date) {
  const identity::BirthDate birth = identity::ParseBirthDate(date, today);
  int year = 0, month = 0, day = 0;
  if (!absl::SimpleAtoi(birth.year, &year) ||
      !absl::SimpleAtoi(birth.month, &month) ||
      !absl::SimpleAtoi(birth.day, &day))
    return std::nullopt;
  const bool before_birthday =
      today.month() < month || (today.month() == month && today.day() < day);
  return today.year() - year - (before_birthday ? 1 : 0);
}

// Nothing when the column does not show it.
std::optional<RecordFact> ToFact(const FactColumn& how,
                                 const std::string& value,
                                 absl::CivilDay today) {
  const std::string lower = absl::AsciiStrToLower(value);
  if (absl::c_linear_search(how.yes, lower))
    return RecordFact{how.condition, true, {}};
  if (absl::c_linear_search(how.no, lower))
    return RecordFact{how.condition, false, {}};
  if (!how.yes.empty() || !how.no.empty()) return std::nullopt;
  int64_t number = 0;
  // More digits are a date, as people write them.
  if (value.size() <= 3 && absl::SimpleAtoi(value, &number) && number >= 0)
    return RecordFact{how.condition, true, number};
  const auto age = AgeOn(today, value);
  if (!age.has_value() || *age < 0) return std::nullopt;
  return RecordFact{how.condition, true, *age};
}

}  // namespace

CsvSource::CsvSource(std::string path, CsvMapping mapping)
    : path_(std::move(path)),
      mapping_(std::move(mapping)),
      key_(crypto::RandomKey<crypto::MacKey>()) {}

absl::StatusOr<std::unique_ptr<CsvSource>> CsvSource::Open(
    const std::string& path, CsvMapping mapping) {
  auto source =
      std::unique_ptr<CsvSource>(new CsvSource(path, std::move(mapping)));
  KS_RETURN_IF_ERROR(source->OpenFile().status());
  return source;
}

absl::StatusOr<CsvSource::Stamp> CsvSource::ReadStamp() const {
  struct stat s;
  if (stat(path_.c_str(), &s) != 0)
    return absl::UnavailableError(absl::StrCat(path_, ": cannot be read"));
  return Stamp{static_cast<int64_t>(s.st_ino), static_cast<int64_t>(s.st_size),
               int64_t{s.st_mtim.tv_sec} * 1000000000 + s.st_mtim.tv_nsec};
}

absl::StatusOr<CsvSource::Columns> CsvSource::FindColumns(
    const CsvRow& header) const {
  absl::flat_hash_map<std::string, size_t> position;
  absl::flat_hash_set<std::string> twice;
  for (size_t k = 0; k < header.fields.size(); ++k) {
    Pii<> name = header.fields[k];
    MakeText(name);
    if (!position.emplace(Read(name), k).second) twice.insert(Read(name));
  }
  absl::Status problem;
  auto find = [&](const std::string& column, const std::string& use) -> size_t {
    const auto found = position.find(column);
    const bool once = found != position.end() && !twice.contains(column);
    if (!once && problem.ok())
      problem = absl::FailedPreconditionError(absl::StrCat(
          path_, ": column \"", column, "\", mapped to ", use, ", is ",
          found == position.end() ? "not in the header" : "there twice"));
    return once ? found->second : 0;
  };
  auto find_optional = [&](const std::string& column,
                           const std::string& use) -> std::optional<size_t> {
    if (column.empty()) return std::nullopt;
    return find(column, use);
  };
  Columns c;
  c.count = header.fields.size();
  c.id = find(mapping_.id, "id");
  c.family = find_optional(mapping_.family, "family");
  c.shielded = find_optional(mapping_.shielded.column, "shielded");
  c.nhs_verified =
      find_optional(mapping_.nhs_verified.column, "nhs_number.verified");
  for (const TextColumn& t : mapping_.person)
    c.person.push_back(find(t.column, t.field));
  for (const ItemColumn& i : mapping_.items)
    c.items.push_back(find(i.column, i.item));
  for (const FactColumn& f : mapping_.facts)
    c.facts.push_back(find(f.column, f.condition));
  KS_RETURN_IF_ERROR(problem);
  return c;
}

absl::StatusOr<std::unique_ptr<CsvSource::File>> CsvSource::OpenFile() const {
  auto file = std::make_unique<File>();
  file->stream.open(path_, std::ios::binary);
  if (!file->stream)
    return absl::UnavailableError(absl::StrCat(path_, ": cannot be read"));
  file->reader = std::make_unique<CsvReader>(file->stream, mapping_.delimiter);
  CsvRow header;
  if (!file->reader->Next(header))
    return absl::FailedPreconditionError(absl::StrCat(path_, ": no header"));
  if (!header.problem.empty())
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": header: ", header.problem));
  if (absl::StartsWith(Read(header.fields[0]), "\xFF\xFE") ||
      absl::StartsWith(Read(header.fields[0]), "\xFE\xFF"))
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": UTF-16; save it as UTF-8"));
  KS_ASSIGN_OR_RETURN(file->columns, FindColumns(header));
  return file;
}

bool CsvSource::NextRow(File& file, CsvRow& row, std::vector<RowIssue>* issues,
                        size_t& bad_rows) const {
  while (file.reader->Next(row)) {
    if (row.problem.empty() && row.fields.size() == file.columns.count)
      return true;
    if (row.problem.empty()) {
      row.problem = absl::StrCat(row.fields.size(), " columns instead of ",
                                 file.columns.count);
      // A quote that opened by mistake may have joined two rows.
      if (row.many_lines) file.reader->Reread(row);
    }
    Report(issues, bad_rows, {row.number, "", row.problem});
  }
  return false;
}

// To UTF-8, without the blanks around it.
void CsvSource::MakeText(Pii<>& field) const {
  if (mapping_.encoding == CsvEncoding::kWindows1252)
    field = Pii<>(Windows1252ToUtf8(Read(field)));
  if (mapping_.trim)
    absl::StripAsciiWhitespace(&field.RevealMutable(PiiAccess{}));
}

bool CsvSource::IsSet(const Flag& flag, std::optional<size_t> column,
                      const CsvRow& row) const {
  return column &&
         absl::c_linear_search(
             flag.values, absl::AsciiStrToLower(Read(row.fields[*column])));
}

Digest CsvSource::IdDigest(const Pii<>& id) const {
  return crypto::HmacSha256(key_, "kinstile/csv/record-id", Read(id));
}

SourceRecord CsvSource::MakeRecord(const Columns& c, CsvRow& row) const {
  SourceRecord record;
  record.row = row.number;
  record.local_id = row.fields[c.id];
  if (c.family)
    record.local_family =
        Pii<>(DropLast(Read(row.fields[*c.family]), mapping_.family_drop_last));
  record.shielded = IsSet(mapping_.shielded, c.shielded, row);
  identity::RawPerson& person = record.person;
  for (size_t k = 0; k < mapping_.person.size(); ++k)
    person.*mapping_.person[k].member = row.fields[c.person[k]];
  if (!mapping_.male.empty()) {
    const std::string sex = absl::AsciiStrToLower(Read(person.sex));
    const bool male = absl::c_linear_search(mapping_.male, sex);
    const bool female = absl::c_linear_search(mapping_.female, sex);
    person.sex = Pii<>(std::string(male ? "M" : female ? "F" : ""));
  }
  person.nhs_verified = mapping_.nhs_all_verified ||
                        IsSet(mapping_.nhs_verified, c.nhs_verified, row);
  person.identifier_kind = mapping_.identifier_kind;
  person.postcode_system = mapping_.postcode_system;
  return record;
}

absl::Status CsvSource::ForEach(
    absl::FunctionRef<absl::Status(SourceRecord)> fn,
    std::vector<RowIssue>& issues) {
  KS_ASSIGN_OR_RETURN(std::unique_ptr<File> file, OpenFile());
  absl::flat_hash_set<Digest> seen;
  size_t bad_rows = 0;
  CsvRow row;
  while (NextRow(*file, row, &issues, bad_rows)) {
    for (Pii<>& field : row.fields) MakeText(field);
    const Pii<>& id = row.fields[file->columns.id];
    if (id.empty() || !identity::IsText(Read(id))) {
      Report(&issues, bad_rows,
             {row.number, "id", id.empty() ? "is blank" : "not UTF-8"});
      continue;
    }
    if (!seen.insert(IdDigest(id)).second) {
      Report(&issues, bad_rows,
             {row.number, "id", "is that of an earlier row"});
      continue;
    }
    KS_RETURN_IF_ERROR(fn(MakeRecord(file->columns, row)));
  }
  if (bad_rows > kMaxRowIssues)
    issues.push_back(
        {0, "",
         absl::StrCat(bad_rows - kMaxRowIssues, " more rows were refused")});
  return absl::OkStatus();
}

absl::Status CsvSource::Refresh() {
  KS_ASSIGN_OR_RETURN(const Stamp stamp, ReadStamp());
  if (stamp == index_.stamp) return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(std::unique_ptr<File> file, OpenFile());
  Index fresh;
  // The stamp was read first: a change during the reading is seen next time.
  fresh.stamp = stamp;
  fresh.columns = file->columns;
  size_t bad_rows = 0;
  CsvRow row;
  while (NextRow(*file, row, nullptr, bad_rows)) {
    Pii<>& id = row.fields[file->columns.id];
    MakeText(id);
    if (!id.empty()) fresh.offsets.emplace(IdDigest(id), row.offset);
  }
  index_ = std::move(fresh);
  return absl::OkStatus();
}

absl::StatusOr<CsvSource::Found> CsvSource::ReadRecord(const Pii<>& local_id) {
  const absl::Status gone = absl::NotFoundError("no such record");
  uint64_t offset = 0;
  Found found;
  {
    absl::MutexLock lock(&mutex_);
    KS_RETURN_IF_ERROR(Refresh());
    const auto place = index_.offsets.find(IdDigest(local_id));
    if (place == index_.offsets.end()) return gone;
    offset = place->second;
    found.columns = index_.columns;
    found.as_of = absl::FromUnixNanos(index_.stamp.mtime_ns);
  }
  std::ifstream stream(path_, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset));
  if (!stream)
    return absl::UnavailableError(absl::StrCat(path_, ": cannot be read"));
  CsvReader reader(stream, mapping_.delimiter, offset);
  if (!reader.Next(found.row) || found.row.fields.size() != found.columns.count)
    return gone;
  for (Pii<>& field : found.row.fields) MakeText(field);
  // The file may have changed since: never another record's items.
  if (IdDigest(found.row.fields[found.columns.id]) != IdDigest(local_id))
    return gone;
  return found;
}

absl::StatusOr<std::vector<ItemValue>> CsvSource::ReadItems(
    const Pii<>& local_id, const std::vector<std::string>& items) {
  KS_ASSIGN_OR_RETURN(Found found, ReadRecord(local_id));
  std::vector<ItemValue> values;
  for (size_t k = 0; k < mapping_.items.size(); ++k) {
    Pii<>& value = found.row.fields[found.columns.items[k]];
    if (!absl::c_linear_search(items, mapping_.items[k].item)) continue;
    if (value.empty() || !identity::IsText(Read(value))) continue;
    values.push_back({mapping_.items[k].item, value, found.as_of});
  }
  return values;
}

absl::StatusOr<std::vector<RecordFact>> CsvSource::ReadFacts(
    const Pii<>& local_id, const std::vector<std::string>& conditions,
    absl::CivilDay today) {
  KS_ASSIGN_OR_RETURN(const Found found, ReadRecord(local_id));
  std::vector<RecordFact> facts;
  for (size_t k = 0; k < mapping_.facts.size(); ++k) {
    if (!absl::c_linear_search(conditions, mapping_.facts[k].condition))
      continue;
    if (const auto fact =
            ToFact(mapping_.facts[k],
                   Read(found.row.fields[found.columns.facts[k]]), today))
      facts.push_back(*fact);
  }
  return facts;
}

std::vector<std::string> CsvSource::ItemNames() const {
  std::vector<std::string> names;
  for (const ItemColumn& i : mapping_.items) names.push_back(i.item);
  absl::c_sort(names);
  return names;
}

}  // namespace kinstile::sources
