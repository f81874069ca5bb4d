// SPDX-License-Identifier: Apache-2.0
// One list of terms, for finding and for checking what was found.
#include "adapters/cli/audit/query.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace kinstile::cli {
namespace {

constexpr char kSubject[] = "subject";
constexpr char kPractitioner[] = "practitioner";
constexpr char kAgency[] = "agency";
constexpr char kPurpose[] = "purpose";
constexpr char kAgreement[] = "agreement";
constexpr char kOutcome[] = "outcome";

class Terms {
 public:
  void Add(absl::string_view field, absl::string_view value) {
    if (!value.empty()) terms_.insert({std::string(field), std::string(value)});
  }
  std::vector<Term> Take() const { return {terms_.begin(), terms_.end()}; }

 private:
  std::set<Term> terms_;
};

std::string TimeText(int64_t ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

}  // namespace

std::vector<Term> TermsOf(const audit::Record& record) {
  Terms terms;
  for (const Handle& h : record.subjects) terms.Add(kSubject, h.view());
  terms.Add(kPractitioner, record.practitioner);
  terms.Add(kAgency, record.requester.str());
  terms.Add(kPurpose, record.purpose);
  terms.Add(kAgreement, record.agreement.str());
  terms.Add(kOutcome, audit::EntryTypeName(record.type));
  for (const audit::Leg& leg : record.legs) {
    terms.Add(kAgency, leg.agency.str());
    terms.Add(kOutcome, audit::LegStatusName(leg.status));
  }
  return terms.Take();
}

std::vector<Term> TermsOf(const Query& query) {
  Terms terms;
  if (query.subject) terms.Add(kSubject, query.subject->view());
  terms.Add(kPractitioner, query.practitioner);
  terms.Add(kAgency, query.agency);
  terms.Add(kPurpose, query.purpose);
  terms.Add(kAgreement, query.agreement);
  terms.Add(kOutcome, absl::AsciiStrToUpper(query.outcome));
  return terms.Take();
}

absl::Status CheckQuery(const Query& query) {
  if (query.from_ms && query.to_ms && *query.from_ms >= *query.to_ms)
    return absl::InvalidArgumentError("--to: must be later than --from");
  if (query.outcome.empty()) return absl::OkStatus();
  const std::string wanted = absl::AsciiStrToUpper(query.outcome);
  std::vector<std::string> words;
  for (int i = 1; audit::ParseEntryType(static_cast<uint8_t>(i)).ok(); ++i)
    words.emplace_back(audit::EntryTypeName(static_cast<audit::EntryType>(i)));
  for (int i = 1; i <= static_cast<int>(audit::LegStatus::kPending); ++i)
    words.emplace_back(audit::LegStatusName(static_cast<audit::LegStatus>(i)));
  if (std::find(words.begin(), words.end(), wanted) != words.end())
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--outcome: is none; there are ", absl::StrJoin(words, ", ")));
}

bool Matches(const Query& query, const audit::Record& record) {
  if (query.from_ms && record.time_ms < *query.from_ms) return false;
  if (query.to_ms && record.time_ms >= *query.to_ms) return false;
  const std::vector<Term> have = TermsOf(record);
  for (const Term& wanted : TermsOf(query))
    if (!std::binary_search(have.begin(), have.end(), wanted)) return false;
  return true;
}

std::vector<audit::Criterion> CriteriaOf(const Query& query) {
  std::vector<audit::Criterion> out;
  for (const Term& t : TermsOf(query))
    out.push_back({t.field, t.field == kSubject
                                ? absl::BytesToHexString(t.value)
                                : t.value});
  if (query.from_ms) out.push_back({"from", TimeText(*query.from_ms)});
  if (query.to_ms) out.push_back({"to", TimeText(*query.to_ms)});
  return out;
}

absl::StatusOr<Handle> ParseHandle(absl::string_view hex) {
  const bool good =
      hex.size() == 2 * Handle::kSize &&
      std::all_of(hex.begin(), hex.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (!good)
    return absl::InvalidArgumentError("--subject: must be 32 hex digits");
  return Handle::FromBytes(absl::HexStringToBytes(hex));
}

absl::StatusOr<int64_t> ParseTime(absl::string_view option,
                                  absl::string_view text) {
  absl::Time time;
  std::string error;
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"})
    if (absl::ParseTime(format, text, absl::UTCTimeZone(), &time, &error))
      return absl::ToUnixMillis(time);
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": must be 2026-11-24 or 2026-11-24T09:30:00Z"));
}

}  // namespace kinstile::cli
