// SPDX-License-Identifier: Apache-2.0
// CSV that no spreadsheet runs.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "adapters/cli/audit/export.h"

namespace kinstile::cli {
namespace {

constexpr absl::string_view kFormulaStarts = "=+-@|%";

constexpr const char* kColumns[] = {
    "entry",    "time_utc", "type",     "asked_by",  "practitioner", "role",
    "purpose",  "reason",   "mode",     "agreement", "version",      "request",
    "asked",    "status",   "flows",    "basis",     "items_asked",  "released",
    "withheld", "refused",  "subjects", "counts",    "search"};

std::string Line(const std::vector<std::string>& cells) {
  return absl::StrCat(
      absl::StrJoin(cells, ",",
                    [](std::string* out, const std::string& cell) {
                      absl::StrAppend(out, CsvCell(cell));
                    }),
      "\r\n");
}

template <class T, class F>
std::string Join(const std::vector<T>& list, F text) {
  return absl::StrJoin(list, "; ", [&text](std::string* out, const T& v) {
    absl::StrAppend(out, text(v));
  });
}

std::vector<std::string> LegCells(const audit::Leg* leg) {
  if (leg == nullptr) return std::vector<std::string>(7);
  return {leg->agency.str(),
          std::string(audit::LegStatusName(leg->status)),
          Join(leg->flows, [](const FlowId& f) { return f.str(); }),
          absl::StrJoin(leg->basis, "; "),
          absl::StrJoin(leg->items_asked, "; "),
          Join(leg->released,
               [](const audit::ReleasedItem& i) {
                 return absl::StrCat(i.item, " (", i.granularity, ")");
               }),
          Join(leg->withheld, [](const audit::WithheldItem& w) {
            return absl::StrCat(w.item, ": ", w.reason);
          })};
}

std::string LineOf(const Found& found, const audit::Leg* leg) {
  const audit::Record& r = found.record;
  std::vector<std::string> cells = {
      absl::StrCat(found.index),
      absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMillis(r.time_ms),
                       absl::UTCTimeZone()),
      std::string(audit::EntryTypeName(r.type)), r.requester.str(),
      r.practitioner, r.role, r.purpose, r.reason, r.mode, r.agreement.str(),
      r.agreement_version == 0 ? "" : absl::StrCat(r.agreement_version),
      // An enrolment, say, answers to none.
      r.request_id == RequestId()
          ? ""
          : absl::BytesToHexString(r.request_id.view())};
  for (std::string& cell : LegCells(leg)) cells.push_back(std::move(cell));
  cells.push_back(
      r.refusal ? absl::StrCat(r.refusal->layer, ": ", r.refusal->reason) : "");
  cells.push_back(Join(r.subjects, [](const Handle& h) {
    return absl::BytesToHexString(h.view());
  }));
  cells.push_back(Join(r.counts, [](const audit::Count& c) {
    return absl::StrCat(c.what, ": ", c.number);
  }));
  cells.push_back(Join(r.criteria, [](const audit::Criterion& c) {
    return absl::StrCat(c.field, ": ", c.value);
  }));
  return Line(cells);
}

}  // namespace

std::string CsvCell(absl::string_view text) {
  std::string cell;
  bool quote = false;
  for (char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    cell.push_back(control ? ' ' : c);
    quote = quote || c == '"' || c == ',' || c == ';' || control;
  }
  // Behind blanks and quotes, because some programs strip them first. A tab or
  // carriage return in front has become a blank.
  const size_t start = cell.find_first_not_of(" '\"");
  if (start != cell.npos &&
      kFormulaStarts.find(cell[start]) != kFormulaStarts.npos)
    cell.insert(0, "'");
  if (!quote && cell.find(' ') == cell.npos) return cell;
  return absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
}

std::string CsvHeader() {
  return Line(
      std::vector<std::string>(std::begin(kColumns), std::end(kColumns)));
}

std::string ToCsv(const Found& found) {
  if (found.record.legs.empty()) return LineOf(found, nullptr);
  std::string lines;
  for (const audit::Leg& leg : found.record.legs)
    absl::StrAppend(&lines, LineOf(found, &leg));
  return lines;
}

}  // namespace kinstile::cli
