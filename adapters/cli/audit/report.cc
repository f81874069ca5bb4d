// SPDX-License-Identifier: Apache-2.0
// Counting entries into sentences.
#include "adapters/cli/audit/report.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace kinstile::cli {
namespace {

using audit::EntryType;
using audit::Leg;
using audit::LegStatus;
using audit::Record;

std::string DateTime(int64_t ms) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

std::string Times(uint64_t n) {
  return n == 1 ? "once" : absl::StrCat(n, " times");
}

// The answer to a request, to whichever side: not INTENTs, not the log's own.
bool IsAnswer(const Record& r) {
  switch (r.type) {
    case EntryType::kRelease:
    case EntryType::kDeny:
    case EntryType::kAbort:
    case EntryType::kAsked:
      return true;
    default:
      return false;
  }
}

// What was turned away before it was read is one entry for many requests.
uint64_t RequestsIn(const Record& r) {
  return r.counts.empty() ? 1 : r.counts[0].number;
}

std::string BasisOf(const Leg& leg) {
  return leg.basis.empty() ? "no basis recorded"
                           : absl::StrJoin(leg.basis, "; ");
}

// For one person: what became of others in the same answer is theirs.
std::string OutcomeFor(const Leg& leg, const std::set<uint8_t>& places) {
  const auto about = [&places](const std::vector<uint8_t>& who) {
    return std::any_of(who.begin(), who.end(),
                       [&](uint8_t p) { return places.contains(p); });
  };
  switch (leg.status) {
    case LegStatus::kAnswered:
      for (const audit::ReleasedItem& item : leg.released)
        if (about(item.who)) return "information was passed on";
      return about(leg.confirmed) ? "it was confirmed that the person is known"
                                  : "nothing was passed on";
    case LegStatus::kDenied:
      return "the request was refused";
    case LegStatus::kUnreachable:
      return "the agency could not be reached";
    default:
      return "nothing was passed on";
  }
}

}  // namespace

void SharesReport::Add(const Found& found) {
  const Record& r = found.record;
  if (!IsAnswer(r)) return;
  for (const Leg& leg : r.legs) {
    if (leg.status != LegStatus::kAnswered) continue;
    const bool outgoing = r.type == EntryType::kAsked;
    Row& row = rows_[{outgoing, outgoing ? r.requester.str() : leg.agency.str(),
                      r.purpose, BasisOf(leg)}];
    ++row.answers;
    for (const audit::ReleasedItem& item : leg.released) ++row.items[item.item];
  }
}

std::vector<std::string> SharesReport::Sentences() const {
  std::vector<std::string> out;
  for (const auto& [key, row] : rows_) {
    out.push_back(absl::StrCat(
        key.outgoing ? absl::StrCat(agency_, " answered ", key.other)
                     : absl::StrCat(key.other, " answered ", agency_),
        " ", Times(row.answers), " for ", key.purpose, ", on the basis of ",
        key.basis, "."));
    for (const auto& [item, count] : row.items)
      out.push_back(absl::StrCat("    ", item, ": ", Times(count)));
  }
  if (out.empty()) out.push_back("Nothing was shared in this time.");
  return out;
}

Json SharesReport::ToJson() const {
  Json rows = Json::array();
  for (const auto& [key, row] : rows_)
    rows.push_back({{"from", key.outgoing ? agency_ : key.other},
                    {"to", key.outgoing ? key.other : agency_},
                    {"purpose", key.purpose},
                    {"basis", key.basis},
                    {"answers", row.answers},
                    {"items", row.items}});
  return {{"report", "shares"}, {"rows", rows}};
}

void RefusalsReport::Add(const Found& found) {
  const Record& r = found.record;
  if (!IsAnswer(r)) return;
  const bool outgoing = r.type == EntryType::kAsked;
  if (r.refusal)
    counts_[{outgoing, r.refusal->layer, r.refusal->reason, ""}] +=
        RequestsIn(r);
  for (const Leg& leg : r.legs)
    for (const audit::WithheldItem& w : leg.withheld)
      ++counts_[{outgoing, w.layer, w.reason, w.item}];
  if (!r.holder) return;
  for (const audit::WithheldItem& w : r.holder->shielded)
    ++counts_[{outgoing, w.layer, w.reason, w.item}];
  if (!r.holder->late_refusal.empty())
    ++counts_[{outgoing, "after matching", r.holder->late_refusal, ""}];
}

std::vector<std::string> RefusalsReport::Sentences() const {
  std::vector<std::string> out;
  for (const auto& [key, count] : counts_)
    out.push_back(absl::StrCat(
        key.outgoing ? absl::StrCat("Asked of ", agency_)
                     : absl::StrCat("Asked by ", agency_),
        ", ", Times(count), ": ",
        key.what.empty() ? "refused" : absl::StrCat(key.what, " held back"),
        " (", key.layer, "): ", key.reason, "."));
  if (out.empty()) out.push_back("Nothing was refused in this time.");
  return out;
}

Json RefusalsReport::ToJson() const {
  Json rows = Json::array();
  for (const auto& [key, count] : counts_)
    rows.push_back({{"asked_of_us", key.outgoing},
                    {"item", key.what},
                    {"layer", key.layer},
                    {"reason", key.reason},
                    {"count", count}});
  return {{"report", "refusals"}, {"rows", rows}};
}

void SubjectReport::Add(const Found& found) {
  const Record& r = found.record;
  if (!IsAnswer(r)) return;
  std::set<uint8_t> places;
  for (size_t i = 0; i < r.subjects.size(); ++i)
    if (r.subjects[i] == subject_) places.insert(static_cast<uint8_t>(i));
  for (const Leg& leg : r.legs) {
    Look look{r.time_ms,
              r.requester.str(),
              r.role,
              leg.agency.str(),
              r.purpose,
              r.agreement.str(),
              OutcomeFor(leg, places),
              {},
              {}};
    for (const audit::ReleasedItem& item : leg.released)
      for (uint8_t place : item.who)
        if (places.contains(place))
          look.items.push_back(
              absl::StrCat(item.item, " (", item.granularity, ")"));
    if (!look.items.empty()) look.basis = leg.basis;
    looks_.push_back(std::move(look));
  }
}

std::vector<std::string> SubjectReport::Sentences() const {
  std::vector<std::string> out;
  for (const Look& l : looks_) {
    out.push_back(absl::StrCat(
        DateTime(l.time_ms), ": ", l.asked_by,
        l.role.empty() ? "" : absl::StrCat(" (a ", l.role, ")"), " asked ",
        l.asked, " for ", l.purpose, " under the agreement ", l.agreement, "; ",
        l.outcome, "."));
    if (!l.items.empty())
      out.push_back(
          absl::StrCat("    passed on: ", absl::StrJoin(l.items, ", ")));
    if (!l.items.empty() && !l.basis.empty())
      out.push_back(
          absl::StrCat("    lawful basis: ", absl::StrJoin(l.basis, "; ")));
  }
  if (out.empty()) out.push_back("Nobody looked at this person in this time.");
  out.push_back(
      "Other people are left out of this report, as are the names of staff.");
  return out;
}

Json SubjectReport::ToJson() const {
  Json looks = Json::array();
  for (const Look& l : looks_)
    looks.push_back({{"time", DateTime(l.time_ms)},
                     {"asked_by", l.asked_by},
                     {"role", l.role},
                     {"asked", l.asked},
                     {"purpose", l.purpose},
                     {"agreement", l.agreement},
                     {"basis", l.basis},
                     {"outcome", l.outcome},
                     {"items", l.items}});
  return {{"report", "subject"}, {"looks", looks}};
}

UnusualReport::UnusualReport(Limits limits)
    : limits_(limits), london_(absl::LoadTimeZone("Europe/London", &zone_)) {}

void UnusualReport::Add(const Found& found) {
  const Record& r = found.record;
  if (!IsAnswer(r)) return;
  if (r.practitioner.empty()) {
    Row& row = turned_away_[r.requester.str()];
    row.requests += r.refusal ? RequestsIn(r) : 0;
    row.entries.push_back(found.index);
    return;
  }
  const Person person{r.requester.str(), r.practitioner, r.role};
  asked_[person].push_back(found.index);
  const absl::CivilSecond local =
      absl::ToCivilSecond(absl::FromUnixMillis(r.time_ms), zone_);
  const absl::Weekday day = absl::GetWeekday(local);
  if (local.hour() < limits_.from_hour || local.hour() >= limits_.to_hour ||
      day == absl::Weekday::saturday || day == absl::Weekday::sunday)
    out_of_hours_[person].push_back(found.index);
  const auto all_are = [&r](LegStatus status) {
    return !r.legs.empty() &&
           std::all_of(r.legs.begin(), r.legs.end(),
                       [&](const Leg& l) { return l.status == status; });
  };
  if (r.refusal || std::any_of(r.legs.begin(), r.legs.end(), [](const Leg& l) {
        return l.status == LegStatus::kDenied;
      }))
    refused_[person].emplace_back(r.time_ms, found.index);
  else if (all_are(LegStatus::kNoMatch))
    not_found_[person].emplace_back(r.time_ms, found.index);
}

void UnusualReport::AddFarMoreThanPeers(std::vector<Oddity>& out) const {
  for (const auto& [person, entries] : asked_) {
    if (entries.size() < limits_.many) continue;
    std::vector<size_t> peers;
    for (const auto& [other, theirs] : asked_)
      if (other.agency == person.agency && other.role == person.role &&
          other.practitioner != person.practitioner)
        peers.push_back(theirs.size());
    if (peers.size() < limits_.min_peers) continue;
    std::nth_element(peers.begin(), peers.begin() + peers.size() / 2,
                     peers.end());
    const size_t median = peers[peers.size() / 2];
    if (static_cast<double>(entries.size()) <
        limits_.times_peers * static_cast<double>(median))
      continue;
    out.push_back(
        {"far more than peers", person.agency, person.practitioner, person.role,
         absl::StrCat(person.practitioner, " of ", person.agency, " asked ",
                      Times(entries.size()), "; others with the role ",
                      person.role, " asked ", Times(median), " (median of ",
                      peers.size(), ")."),
         entries});
  }
}

void UnusualReport::AddRepeated(const std::map<Person, Moments>& all,
                                uint64_t limit, const std::string& kind,
                                const std::string& what,
                                std::vector<Oddity>& out) {
  constexpr int64_t kDayMs = 24 * 60 * 60 * 1000;
  for (const auto& [person, refusals] : all) {
    // The fullest day, by a window that slides over the refusals.
    size_t first = 0, best = 0, best_first = 0;
    for (size_t last = 0; last < refusals.size(); ++last) {
      while (refusals[last].first - refusals[first].first >= kDayMs) ++first;
      if (last - first + 1 > best) {
        best = last - first + 1;
        best_first = first;
      }
    }
    if (best < limit) continue;
    Oddity oddity{kind,
                  person.agency,
                  person.practitioner,
                  person.role,
                  absl::StrCat(person.practitioner, " of ", person.agency, what,
                               Times(best), " within a day from ",
                               DateTime(refusals[best_first].first), "."),
                  {}};
    for (size_t i = best_first; i < best_first + best; ++i)
      oddity.entries.push_back(refusals[i].second);
    out.push_back(std::move(oddity));
  }
}

std::vector<UnusualReport::Oddity> UnusualReport::Oddities() const {
  std::vector<Oddity> out;
  for (const auto& [person, entries] : out_of_hours_)
    out.push_back(
        {"out of hours", person.agency, person.practitioner, person.role,
         absl::StrCat(person.practitioner, " of ", person.agency, " asked ",
                      Times(entries.size()), " at night or on a weekend."),
         entries});
  AddFarMoreThanPeers(out);
  AddRepeated(refused_, limits_.refusals, "repeated refusals", " was refused ",
              out);
  AddRepeated(not_found_, limits_.not_found, "nobody found",
              " asked about people whom nobody knows ", out);
  for (const auto& [agency, row] : turned_away_)
    if (row.requests >= limits_.refusals)
      out.push_back({"turned away", agency, "", "",
                     absl::StrCat("requests in the name of ", agency,
                                  " were turned away ", Times(row.requests),
                                  " before they were read: not signed by it, "
                                  "repeated, expired or malformed."),
                     row.entries});
  return out;
}

std::vector<std::string> UnusualReport::Sentences() const {
  std::vector<std::string> out;
  for (const Oddity& o : Oddities())
    out.push_back(absl::StrCat(
        o.kind, ": ", o.sentence, " Entries ",
        absl::StrJoin(
            o.entries.begin(),
            o.entries.begin() + std::min<size_t>(10, o.entries.size()), ", "),
        o.entries.size() > 10 ? ", ..." : "", "."));
  if (out.empty())
    out.push_back("Nothing stands out in this time.");
  else
    out.push_back(
        "These are reasons to ask, not findings: on-call work and a large "
        "case-load look the same.");
  if (!london_)
    out.push_back("Hours are in UTC: this machine has no time zones.");
  return out;
}

Json UnusualReport::ToJson() const {
  Json rows = Json::array();
  for (const Oddity& o : Oddities())
    rows.push_back({{"kind", o.kind},
                    {"agency", o.who_agency},
                    {"practitioner", o.practitioner},
                    {"role", o.role},
                    {"sentence", o.sentence},
                    {"entries", o.entries}});
  return {{"report", "unusual"},
          {"hours_in", london_ ? "Europe/London" : "UTC"},
          {"rows", rows}};
}

}  // namespace kinstile::cli
