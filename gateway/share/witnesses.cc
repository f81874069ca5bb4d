// SPDX-License-Identifier: Apache-2.0
// Heads are compared with the trail; times with the manifest's limits.
#include "gateway/share/witnesses.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"

namespace kinstile::share {
namespace {

absl::Status Malformed(absl::string_view what) {
  return Refuse(absl::StatusCode::kInvalidArgument, Reason::kMalformed,
                absl::StrCat("note: ", what));
}

std::string Words(absl::Duration d) {
  return absl::FormatDuration(absl::Trunc(d, absl::Seconds(1)));
}

// The last line of `note` by this witness's key: all of those hold.
std::string LineOf(const audit::Note& note, const audit::NoteVerifier& key) {
  const uint32_t id = audit::NoteKeyId(key.name, key.algorithm, key.key);
  std::string line;
  for (const audit::NoteSignature& s : note.signatures)
    if (s.name == key.name && s.key_id == id) line = audit::FormatSignature(s);
  return line;
}

}  // namespace

absl::StatusOr<Witnesses::Taken> Witnesses::Take(const AgencyId& witness,
                                                 absl::string_view text) {
  const auto consortium = directory_.Current();
  const Agency* agency = consortium->FindAgency(witness);
  if (agency == nullptr) return Malformed("is by no witness of the manifest");
  const auto note = audit::ParseNote(text);
  if (!note.ok()) return Malformed("is none");
  // Signed by us, or it says nothing about us.
  const auto head =
      audit::OpenCheckpoint(text, log_.origin(), log_.verify_key());
  if (!head.ok()) return Malformed("is not signed by this trail's key");
  const auto time = audit::VerifyCosignature(*note, agency->witness.name,
                                             agency->witness.key);
  if (!time.ok()) return Malformed("is not cosigned by this witness");
  // A checkpoint is shown only after its commit: what witnesses have seen of
  // this process is in the tree by now.
  const auto root = log_.RootAt(head->size);
  const absl::Time now = clock_.Now();
  std::lock_guard lock(mutex_);
  Seen& seen = seen_[witness.str()];
  seen.presented = true;
  if (!root.ok()) {
    RefuseFrom(witness.str(),
               absl::StrCat("has cosigned ", head->size,
                            " entries of this trail, and this store has ",
                            log_.size(), ": it is an older copy"));
  } else if (*root != head->root) {
    RefuseFrom(
        witness.str(),
        absl::StrCat("has cosigned another history of the first ", head->size,
                     " entries: this store is an older copy that was "
                     "carried on, or the trail was forked"));
  } else {
    // A witness's clock that is ahead must not make its word last longer.
    const absl::Time at =
        std::min(absl::FromUnixSeconds(static_cast<int64_t>(*time)), now);
    seen.at = std::max(seen.at.value_or(absl::InfinitePast()), at);
    seen.size = std::max(seen.size, head->size);
  }
  return Taken{*head, agency->witness.name, LineOf(*note, agency->witness)};
}

void Witnesses::RefuseFrom(const std::string& witness, absl::string_view what) {
  refused_.Update(Refuse(
      absl::StatusCode::kFailedPrecondition, Reason::kTrailRefused,
      absl::StrCat("audit: ", witness, " ", what,
                   ". Nothing is served. Put back the newest copy (kinstile "
                   "restore) or, if it is lost, begin a trail that continues "
                   "this one: see \"Backup and restore\" in the operator's "
                   "guide")));
}

absl::Status Witnesses::Present(const AgencyId& witness,
                                absl::string_view note) {
  if (!note.empty()) return Take(witness, note).status();
  const auto consortium = directory_.Current();
  if (consortium->FindAgency(witness) == nullptr)
    return Malformed("is by no witness of the manifest");
  std::lock_guard lock(mutex_);
  seen_[witness.str()].presented = true;
  return absl::OkStatus();
}

absl::Status Witnesses::AddCosignature(const AgencyId& witness,
                                       absl::string_view note) {
  KS_ASSIGN_OR_RETURN(const Taken taken, Take(witness, note));
  {
    std::lock_guard lock(mutex_);
    KS_RETURN_IF_ERROR(refused_);
  }
  const absl::Status stored = db_.Write([&](storage::Transaction& tx) {
    return audit::UpsertCosignature(tx, audit::LogNumber(log_.origin()),
                                    {taken.head.size, taken.name, taken.line});
  });
  if (!stored.ok())
    return Refuse(absl::StatusCode::kUnavailable, Reason::kAuditUnavailable,
                  "audit: the cosignature cannot be kept now");
  const auto consortium = directory_.Current();
  std::lock_guard lock(mutex_);
  if (taken.head.size != offered_.size) return stored;
  offered_.lines[witness.str()] = taken.line;
  if (QuorumOnOffered(*consortium)) {
    witnessed_ = offered_.note;
    for (const auto& [agency, line] : offered_.lines) witnessed_ += line;
  }
  return stored;
}

bool Witnesses::QuorumOnOffered(const Consortium& consortium) const {
  std::set<std::string> agencies;
  for (const auto& [agency, line] : offered_.lines) agencies.insert(agency);
  return consortium.witnesses.policy.Met(agencies);
}

std::string Witnesses::ToCosign() {
  const auto consortium = directory_.Current();
  const absl::Time now = clock_.Now();
  std::lock_guard lock(mutex_);
  if (!offered_.note.empty() && now < offered_.until &&
      !QuorumOnOffered(*consortium))
    return offered_.note;
  // One call gives both, so that they belong together.
  std::string newest = log_.checkpoint();
  if (newest == offered_.note) return newest;
  const auto note = audit::ParseNote(newest);
  const auto head = audit::ParseCheckpoint(note->text);
  offered_ = {std::move(newest), head->size, now + kOfferedFor, {}};
  return offered_.note;
}

std::string Witnesses::Witnessed() const {
  std::lock_guard lock(mutex_);
  return witnessed_;
}

absl::Status Witnesses::ServingLocked(const Consortium& consortium) const {
  KS_RETURN_IF_ERROR(refused_);
  if (start_ == Start::kAtOnce) return absl::OkStatus();
  std::set<std::string> presented;
  for (const auto& [agency, seen] : seen_)
    if (seen.presented) presented.insert(agency);
  if (consortium.witnesses.policy.Met(presented)) return absl::OkStatus();
  return Refuse(
      absl::StatusCode::kUnavailable, Reason::kWitnessesMissing,
      absl::StrCat("audit: nobody is served before a quorum of the agencies' "
                   "adapters has presented the last heads they saw; so far: ",
                   presented.empty() ? "none" : absl::StrJoin(presented, ", "),
                   ". Start the other adapters"));
}

std::optional<absl::Time> Witnesses::QuorumTimeLocked(
    const Consortium& consortium) const {
  std::map<std::string, int64_t> times;
  for (const auto& [agency, seen] : seen_)
    if (seen.at) times[agency] = ToMillis(*seen.at);
  const auto ms = consortium.witnesses.policy.QuorumTime(times);
  if (!ms) return std::nullopt;
  return absl::FromUnixMillis(*ms);
}

absl::Status Witnesses::FreshLocked(const Consortium& consortium,
                                    bool sensitive) const {
  KS_RETURN_IF_ERROR(ServingLocked(consortium));
  const WitnessRules& rules = consortium.witnesses;
  if (rules.policy.none()) return absl::OkStatus();
  const absl::Duration limit = sensitive ? rules.sensitive : rules.ordinary;
  const auto at = QuorumTimeLocked(consortium);
  const absl::Duration age = clock_.Now() - at.value_or(absl::InfinitePast());
  if (age <= limit) return absl::OkStatus();
  return Refuse(
      absl::StatusCode::kUnavailable, Reason::kWitnessesStale,
      absl::StrCat(
          "audit: ",
          at ? absl::StrCat("a quorum of witnesses last cosigned the trail ",
                            Words(age), " ago")
             : std::string("no quorum of witnesses has cosigned the trail yet"),
          "; ", sensitive ? "sensitive items stop" : "all answers stop",
          " after ", Words(limit),
          ". See that the agencies' adapters run and reach this gateway"));
}

absl::Status Witnesses::Serving() const {
  const auto consortium = directory_.Current();
  std::lock_guard lock(mutex_);
  return ServingLocked(*consortium);
}

absl::Status Witnesses::Fresh(bool sensitive) const {
  const auto consortium = directory_.Current();
  std::lock_guard lock(mutex_);
  return FreshLocked(*consortium, sensitive);
}

WitnessReport Witnesses::Report() const {
  const auto consortium = directory_.Current();
  WitnessReport report;
  report.size = log_.size();
  report.quorum_needed = !consortium->witnesses.policy.none();
  report.sensitive_limit = consortium->witnesses.sensitive;
  report.ordinary_limit = consortium->witnesses.ordinary;
  std::lock_guard lock(mutex_);
  report.serving = ServingLocked(*consortium);
  report.sensitive = FreshLocked(*consortium, true);
  report.ordinary = FreshLocked(*consortium, false);
  report.quorum_at = QuorumTimeLocked(*consortium);
  for (const Agency& a : consortium->agencies) {
    WitnessView view{a.id.str(), false, 0, std::nullopt};
    if (auto it = seen_.find(a.id.str()); it != seen_.end())
      view = {a.id.str(), it->second.presented, it->second.size, it->second.at};
    report.witnesses.push_back(std::move(view));
  }
  return report;
}

}  // namespace kinstile::share
