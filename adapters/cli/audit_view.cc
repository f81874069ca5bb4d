// SPDX-License-Identifier: Apache-2.0
// Describing audit entries.
#include "adapters/cli/audit_view.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gateway/base/plain_text.h"

namespace kinstile::cli {
namespace {

using audit::Leg;
using audit::Record;

std::string When(int64_t ms) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

// What sort of entry this is, in words an officer uses.
std::string Meaning(audit::EntryType type) {
  switch (type) {
    case audit::EntryType::kIntent:
      return "is about to ask";
    case audit::EntryType::kRelease:
      return "asked and was answered";
    case audit::EntryType::kDeny:
      return "asked and was refused";
    case audit::EntryType::kAsked:
      return "asked about people of this register";
    case audit::EntryType::kKeyEvaluation:
      return "had match-keys evaluated";
    case audit::EntryType::kEnrolment:
      return "changed its register";
    case audit::EntryType::kSearch:
      return "searched this trail";
    default:
      return std::string(audit::EntryTypeName(type));
  }
}

std::string Items(const std::vector<audit::ReleasedItem>& items) {
  return absl::StrJoin(
      items, ", ", [](std::string* out, const audit::ReleasedItem& i) {
        absl::StrAppend(out, i.item, " (", i.granularity, ", ", i.who.size(),
                        i.who.size() == 1 ? " person)" : " people)");
      });
}

std::vector<std::string> Ids(const Leg& leg) {
  std::vector<std::string> ids;
  for (const FlowId& f : leg.flows) ids.push_back(f.str());
  return ids;
}

void DescribeLeg(const Leg& leg, std::vector<std::string>& out) {
  out.push_back(absl::StrCat(
      "  of ", leg.agency.str(), ": ", audit::LegStatusName(leg.status),
      leg.flows.empty() ? "" : " under flow ", absl::StrJoin(Ids(leg), ", ")));
  out.push_back(
      absl::StrCat("    items asked: ", absl::StrJoin(leg.items_asked, ", ")));
  for (const std::string& basis : leg.basis)
    out.push_back("    basis: " + basis);
  if (!leg.released.empty())
    out.push_back("    released: " + Items(leg.released));
  for (const audit::WithheldItem& w : leg.withheld)
    out.push_back(absl::StrCat("    withheld: ", w.item, ": ", w.reason));
  if (!leg.obligations.empty())
    out.push_back(absl::StrCat("    obligations: ",
                               absl::StrJoin(leg.obligations, ", ")));
}

void DescribeTruth(const audit::HolderTruth& truth,
                   std::vector<std::string>& out) {
  out.push_back(absl::StrCat("  for the holder's eyes: ", truth.candidates,
                             " candidate records"));
  for (const std::string& line : truth.keys_agreed)
    out.push_back("    " + line);
  for (const audit::WithheldItem& w : truth.shielded)
    out.push_back(absl::StrCat("    ", w.layer, ": ", w.reason));
  if (!truth.late_refusal.empty())
    out.push_back("    refused after matching: " + truth.late_refusal);
}

Json LegJson(const Leg& leg) {
  Json released = Json::array();
  for (const auto& i : leg.released)
    released.push_back({{"item", i.item},
                        {"granularity", i.granularity},
                        {"people", i.who.size()},
                        {"who", i.who}});
  Json withheld = Json::array();
  for (const auto& w : leg.withheld)
    withheld.push_back({{"item", w.item},
                        {"rule", w.rule},
                        {"layer", w.layer},
                        {"reason", w.reason}});
  return {{"agency", leg.agency.str()},
          {"flows", Ids(leg)},
          {"status", std::string(audit::LegStatusName(leg.status))},
          {"basis", leg.basis},
          {"items_asked", leg.items_asked},
          {"released", released},
          {"withheld", withheld},
          {"confirmed", leg.confirmed},
          {"obligations", leg.obligations}};
}

Json TruthJson(const audit::HolderTruth& truth) {
  Json shielded = Json::array();
  for (const auto& w : truth.shielded) shielded.push_back(w.reason);
  return {{"candidates", truth.candidates},
          {"keys_agreed", truth.keys_agreed},
          {"shielded", shielded},
          {"late_refusal", truth.late_refusal}};
}

}  // namespace

std::vector<std::string> Describe(const audit::OpenedEntry& entry) {
  const Record& r = entry.record;
  std::vector<std::string> out;
  out.push_back(absl::StrCat("entry ", entry.index, ", ", When(r.time_ms), ": ",
                             r.requester.str(), " ", Meaning(r.type)));
  if (!r.practitioner.empty())
    out.push_back(absl::StrCat("  who: ", r.practitioner, ", ", r.role,
                               "; purpose: ", r.purpose,
                               "; reason: ", r.reason));
  if (!r.agreement.empty())
    out.push_back(absl::StrCat(
        "  agreement: ", r.agreement.str(),
        r.agreement_version > 0 ? absl::StrCat(" v", r.agreement_version) : "",
        "; about ", r.subjects.size(), " people"));
  for (const Leg& leg : r.legs) DescribeLeg(leg, out);
  if (r.refusal)
    out.push_back(
        absl::StrCat("  refused: ", r.refusal->layer, ": ", r.refusal->reason));
  if (r.holder) DescribeTruth(*r.holder, out);
  for (const audit::Count& c : r.counts)
    out.push_back(absl::StrCat("  ", c.what, ": ", c.number));
  for (const audit::Criterion& c : r.criteria)
    out.push_back(absl::StrCat("  searched for ", c.field, ": ", c.value));
  // Practitioners and sources wrote some of it.
  for (std::string& line : out) line = Plain(line);
  return out;
}

Json ToJson(const audit::OpenedEntry& entry) {
  const Record& r = entry.record;
  Json legs = Json::array();
  for (const Leg& leg : r.legs) legs.push_back(LegJson(leg));
  Json subjects = Json::array();
  for (const Handle& h : r.subjects)
    subjects.push_back(absl::BytesToHexString(h.view()));
  Json counts = Json::object();
  for (const audit::Count& c : r.counts) counts[c.what] = c.number;
  Json criteria = Json::object();
  for (const audit::Criterion& c : r.criteria) criteria[c.field] = c.value;
  auto hex = [](const Digest& d) { return absl::BytesToHexString(d.view()); };
  Json out = {{"index", entry.index},
              {"type", std::string(audit::EntryTypeName(r.type))},
              {"time", When(r.time_ms)},
              {"requester", r.requester.str()},
              {"practitioner", r.practitioner},
              {"role", r.role},
              {"purpose", r.purpose},
              {"mode", r.mode},
              {"reason", r.reason},
              {"agreement", r.agreement.str()},
              {"agreement_version", r.agreement_version},
              {"request", absl::BytesToHexString(r.request_id.view())},
              {"agreement_digest", hex(r.agreement_digest)},
              {"policy_set_digest", hex(r.policy_set_digest)},
              {"law_digest", hex(r.law_digest)},
              {"manifest_digest", hex(r.manifest_digest)},
              {"legs", legs},
              {"subjects", subjects},
              {"counts", counts},
              {"searched_for", criteria}};
  if (r.refusal)
    out["refusal"] = {{"flow", r.refusal->flow.str()},
                      {"layer", r.refusal->layer},
                      {"missing", r.refusal->missing},
                      {"reason", r.refusal->reason}};
  if (r.holder) out["holder"] = TruthJson(*r.holder);
  return out;
}

namespace {

std::string Witnessed(const audit::VerifyReport& r) {
  if (r.cosignatures == 0)
    return "No witness has cosigned any of it that is stored here.";
  const std::string checked =
      absl::StrCat("Checked ", r.cosignatures, " cosignatures of witnesses");
  if (!r.cosignatures_checked)
    return absl::StrCat(r.cosignatures,
                        " cosignatures of witnesses are stored; whose they are "
                        "was not checked (give --config).");
  if (r.quorum_size == 0)
    return absl::StrCat(checked, "; no quorum among them.");
  return absl::StrCat(checked, "; a quorum has seen the first ", r.quorum_size,
                      " entries, last at ", When(r.quorum_ms),
                      r.quorum_size < r.entries
                          ? absl::StrCat(", the ", r.entries - r.quorum_size,
                                         " after those not yet.")
                          : std::string("."));
}

}  // namespace

std::vector<std::string> Describe(const audit::VerifyReport& r) {
  std::vector<std::string> out;
  out.push_back(absl::StrCat(
      "Read ", r.entries, " entries, ", r.sealed, " of them sealed",
      r.entries > 0
          ? absl::StrCat(", from ", When(r.first_ms), " to ", When(r.last_ms))
          : "",
      ": their numbers, order, hashes and payloads."));
  out.push_back(absl::StrCat("Rebuilt the tree and held it against ",
                             r.checkpoints,
                             " signed heads that are kept here."));
  out.push_back(
      absl::StrCat("Followed ", r.keyframes, " epochs of keys, ", r.epochs_open,
                   " of them not ended yet, sealed to the readers of ",
                   r.manifests, " manifests; ",
                   r.manifests_believed == r.manifests
                       ? "two agencies signed each of these."
                       : "who signed these was not checked (give --config)."));
  out.push_back(Witnessed(r));
  if (r.shreds > 0)
    out.push_back(absl::StrCat(
        r.shreds, r.shreds == 1 ? " order" : " orders", " to erase recorded; ",
        r.erased, r.erased == 1 ? " payload is" : " payloads are",
        " ERASED by it. A payload that is MISSING is named below."));
  out.push_back(
      r.receipts + r.kept_checkpoints > 0
          ? absl::StrCat("Held it against ", r.receipts, " receipts and ",
                         r.kept_checkpoints, " heads kept elsewhere.")
          : std::string("Nothing kept elsewhere was held against it: a trail "
                        "that was cut short, rolled back or rewritten with the "
                        "log's own key looks whole by itself (give --config, "
                        "--receipt or --checkpoint)."));
  if (r.newer_evidence > 0)
    out.push_back(absl::StrCat(
        "Left out ", r.newer_evidence,
        " receipts or heads from after the moment of this copy (--as-of): what "
        "they prove was not looked for."));
  for (const std::string& note : r.notes)
    out.push_back(absl::StrCat("Of this log: ", Plain(note), "."));
  for (const std::string& failure : r.failures)
    out.push_back(Red("FAILED: ") + Plain(failure));
  if (r.more_failures > 0)
    out.push_back(absl::StrCat("and ", r.more_failures, " more"));
  if (r.ok())
    out.push_back(
        Green("The trail is whole: nothing edited, removed, "
              "reordered or added outside it."));
  return out;
}

Json ToJson(const audit::VerifyReport& r) {
  return {{"ok", r.ok()},
          {"entries", r.entries},
          {"sealed", r.sealed},
          {"keyframes", r.keyframes},
          {"epochs_open", r.epochs_open},
          {"manifests", r.manifests},
          {"manifests_believed", r.manifests_believed},
          {"manifest_version", r.manifest_version},
          {"shreds", r.shreds},
          {"erased", r.erased},
          {"checkpoints", r.checkpoints},
          {"receipts", r.receipts},
          {"kept_checkpoints", r.kept_checkpoints},
          {"newer_evidence", r.newer_evidence},
          {"cosignatures", r.cosignatures},
          {"cosignatures_checked", r.cosignatures_checked},
          {"quorum_entries", r.quorum_size},
          {"notes", r.notes},
          {"failures", r.failures},
          {"more_failures", r.more_failures}};
}

}  // namespace kinstile::cli
