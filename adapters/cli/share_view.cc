// SPDX-License-Identifier: Apache-2.0
// Sentences and JSON for one answer.
#include "adapters/cli/share_view.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace kinstile::cli {
namespace {

void Line(absl::string_view text) {
  std::printf("%s\n", std::string(text).c_str());
}

// What another agency wrote, without what would steer this terminal.
std::string Plain(absl::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  // C1 controls as UTF-8: C2 80 to C2 9F.
  for (size_t i = 0; i + 1 < out.size(); ++i)
    if (out[i] == '\xC2' && static_cast<unsigned char>(out[i + 1]) < 0xA0)
      out[i] = out[i + 1] = '?';
  return out;
}

std::string Headline(const client::VerifiedResult& r) {
  switch (r.status) {
    case share::SourceStatus::kAnswered:
      return Green("answered");
    case share::SourceStatus::kNoMatch:
      return "no match found (absent, or not to be told)";
    case share::SourceStatus::kDenied:
      return Red("refused");
    case share::SourceStatus::kUnreachable:
      return Red("not reachable: this is not a \"no\", ask again later");
  }
  return "?";
}

std::string Month(absl::Time t) {
  return absl::FormatTime("%Y-%m-%d", t, absl::UTCTimeZone());
}

Json ToJson(const std::vector<share::WithheldItem>& withheld) {
  Json out = Json::array();
  for (const share::WithheldItem& w : withheld)
    out.push_back({{"item", w.item},
                   {"rule", w.rule},
                   {"layer", w.layer},
                   {"reason", w.reason}});
  return out;
}

}  // namespace

std::string ShareView::CaseOf(size_t member) const {
  if (members_.empty()) return "counts";
  auto local = node_.LocalId(members_[member].handle);
  return local.ok() ? local->Reveal(identity::PiiAccess()) : "?";
}

bool ShareView::AnythingShared() const {
  for (const client::VerifiedResult& r : outcome_.results)
    if (!r.items.empty()) return true;
  return false;
}

void ShareView::PrintResult(const client::VerifiedResult& r) const {
  Line(absl::StrCat("  ", Bold(r.agency.str()), ": ", Headline(r)));
  for (const client::ReceivedItem& i : r.items)
    Line(absl::StrCat("    ", CaseOf(i.member), "  ", i.item, " = ",
                      Plain(i.value.Reveal(identity::PiiAccess())),
                      Dim(absl::StrCat("  (", i.granularity, ", as of ",
                                       Month(i.as_of), ")"))));
  for (const share::WithheldItem& w : r.withheld)
    Line(absl::StrCat("    withheld: ", Bold(w.item), ": ", Plain(w.reason)));
  if (r.dropped > 0)
    Line(absl::StrCat("    the gateway took out ", r.dropped, " items"));
  if (r.status == share::SourceStatus::kDenied && !r.refusal.reason.empty()) {
    Line(absl::StrCat("    layer that failed: ", Bold(r.refusal.layer)));
    Line(absl::StrCat("    ", Plain(r.refusal.reason)));
    if (!r.refusal.missing.empty())
      Line(absl::StrCat("    missing: ",
                        absl::StrJoin(r.refusal.missing, ", ")));
  }
  if (!r.obligations.empty())
    Line(absl::StrCat("    you must: ", absl::StrJoin(r.obligations, ", ")));
}

void ShareView::Print() const {
  for (const client::VerifiedResult& r : outcome_.results) PrintResult(r);
  Line(Dim(absl::StrCat("  proof: audit entry ", outcome_.audit_index,
                        ", receipt verified and kept")));
}

Json ShareView::ToJson() const {
  Json results = Json::array();
  for (const client::VerifiedResult& r : outcome_.results) {
    Json items = Json::array();
    for (const client::ReceivedItem& i : r.items)
      items.push_back(
          {{"case", members_.empty() ? Json(nullptr) : Json(CaseOf(i.member))},
           {"item", i.item},
           {"granularity", i.granularity},
           {"as_of", Month(i.as_of)},
           {"value", i.value.Reveal(identity::PiiAccess())}});
    results.push_back(
        {{"agency", r.agency.str()},
         {"status", std::string(share::StatusName(r.status))},
         {"items", items},
         {"withheld", cli::ToJson(r.withheld)},
         {"obligations", r.obligations},
         {"dropped_by_gateway", r.dropped},
         {"refusal", r.refusal.reason.empty()
                         ? Json(nullptr)
                         : Json({{"flow", r.refusal.flow},
                                 {"rule", r.refusal.rule},
                                 {"layer", r.refusal.layer},
                                 {"missing", r.refusal.missing},
                                 {"reason", r.refusal.reason}})}});
  }
  return {{"results", results},
          {"audit_entry", outcome_.audit_index},
          {"receipt", outcome_.receipt}};
}

}  // namespace kinstile::cli
