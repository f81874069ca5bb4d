// SPDX-License-Identifier: Apache-2.0
// Loaded set and suspensions, put together anew whenever either changes.
#include "gateway/share/policy_in_force.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/versions.h"

namespace kinstile::share {
namespace {

// The loader lets a signed agreement through with all signatures only; what is
// wider is held to it here once more. Drafts are for demonstrations.
absl::Status CheckEverybodySigned(const policy::ActiveSet& set) {
  for (const policy::Agreement& a : set.agreements()) {
    if (a.draft) continue;
    for (const policy::Party& party : a.parties)
      if (std::find(a.signed_by.begin(), a.signed_by.end(), party.id) ==
          a.signed_by.end())
        return absl::FailedPreconditionError(absl::StrCat(
            "agreement ", a.id, ": more or other things would be allowed, and ",
            party.id, " has not signed"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<PolicyInForce>> PolicyInForce::Open(
    storage::Database& store, const Clock& clock,
    std::shared_ptr<const policy::ActiveSet> loaded) {
  KS_RETURN_IF_ERROR(FollowOn(store, *loaded, clock.Now()));
  std::unique_ptr<PolicyInForce> policy(
      new PolicyInForce(store, clock, std::move(loaded)));
  KS_RETURN_IF_ERROR(policy->Refresh());
  return policy;
}

void PolicyInForce::Rebuild() {
  in_force_.Replace(policy::Suspend(loaded_, ToPolicy(suspensions_)));
}

absl::StatusOr<policy::Effect> PolicyInForce::Activate(
    std::shared_ptr<const policy::ActiveSet> loaded) {
  std::lock_guard lock(mutex_);
  if (loaded->digest() == loaded_->digest()) return policy::Effect::kSame;
  const policy::Effect effect = policy::Compare(*loaded_, *loaded).effect;
  if (effect == policy::Effect::kWider || effect == policy::Effect::kMixed)
    KS_RETURN_IF_ERROR(CheckEverybodySigned(*loaded));
  KS_RETURN_IF_ERROR(FollowOn(store_, *loaded, clock_.Now()));
  loaded_ = std::move(loaded);
  Rebuild();
  return effect;
}

void PolicyInForce::Apply(const SignedSuspension& suspension) {
  std::lock_guard lock(mutex_);
  const auto by_time = [](const SignedSuspension& a,
                          const SignedSuspension& b) {
    return a.statement.at_ms < b.statement.at_ms;
  };
  for (const SignedSuspension& s : suspensions_)
    if (s.statement == suspension.statement) return;
  suspensions_.insert(std::upper_bound(suspensions_.begin(), suspensions_.end(),
                                       suspension, by_time),
                      suspension);
  Rebuild();
}

absl::StatusOr<std::vector<SignedSuspension>> PolicyInForce::Read() {
  std::vector<SignedSuspension> kept;
  KS_RETURN_IF_ERROR(
      store_.Read([&](storage::Snapshot& snapshot) -> absl::Status {
        KS_ASSIGN_OR_RETURN(kept, ReadSuspensions(snapshot));
        return absl::OkStatus();
      }));
  return kept;
}

absl::Status PolicyInForce::Refresh() {
  int64_t stored = 0;
  KS_RETURN_IF_ERROR(store_.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query("SELECT COUNT(*) FROM suspension", {},
                          [&](const storage::Row& row) {
                            stored = row.Int(0);
                            return absl::OkStatus();
                          });
  }));
  // Statements are only ever added.
  if (stored <= static_cast<int64_t>(suspensions().size()))
    return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(const auto kept, Read());
  for (const SignedSuspension& s : kept) Apply(s);
  return absl::OkStatus();
}

absl::StatusOr<bool> PolicyInForce::Kept(const Suspension& statement) {
  KS_ASSIGN_OR_RETURN(const auto kept, Read());
  return std::any_of(kept.begin(), kept.end(), [&](const SignedSuspension& s) {
    return s.statement == statement;
  });
}

std::vector<SignedSuspension> PolicyInForce::suspensions() const {
  std::lock_guard lock(mutex_);
  return suspensions_;
}

}  // namespace kinstile::share
