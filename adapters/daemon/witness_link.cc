// SPDX-License-Identifier: Apache-2.0
// Rounds of witnessing, one after the other.
#include "adapters/daemon/witness_link.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/daemon/receipt_upgrade.h"
#include "gateway/audit/note.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/share/reason.h"

namespace kinstile::daemon {
namespace {

const share::Daemon* FindDaemon(const share::Consortium& consortium,
                                const std::string& party) {
  if (const share::Daemon* g = consortium.FindGateway(party)) return g;
  const share::KeyHolder* k = consortium.FindKeyHolder(party);
  return k == nullptr ? nullptr : &k->daemon;
}

// Serves nobody: it wants heads, or has seen one that it is behind.
bool WantsHeads(const absl::Status& status) {
  const share::Reason reason = share::ReasonOf(status);
  return reason == share::Reason::kWitnessesMissing ||
         reason == share::Reason::kTrailRefused;
}

}  // namespace

WitnessLink::WitnessLink(Parts parts, WitnessObserver observer)
    : p_(std::move(parts)),
      observer_(std::move(observer)),
      client_(p_.channel),
      thread_([this] { Run(); }) {}

WitnessLink::~WitnessLink() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  client_.Cancel();
  changed_.notify_all();
  thread_.join();
}

bool WitnessLink::WaitUntilUp(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, absl::ToChronoMilliseconds(patience),
                           [&] { return up_; });
}

void WitnessLink::SetUp(bool up, const std::string& why) {
  {
    std::lock_guard lock(mutex_);
    if (up_ == up && why_ == why) return;
    up_ = up;
    why_ = why;
  }
  changed_.notify_all();
  if (observer_) observer_(p_.party, up, why);
}

absl::Status WitnessLink::Contradicted(const audit::WitnessHead& head,
                                       const std::string& note,
                                       const std::string& why) {
  KS_RETURN_IF_ERROR(audit::KeepEvidence(
      p_.state, {head.origin, note, ToMillis(p_.clock.Now()), why}));
  // An honest daemon on an older copy learns of it, whatever it shows us.
  client_.PresentHead(head.note).IgnoreError();
  return absl::DataLossError(
      absl::StrCat("its trail contradicts what was cosigned: ", why,
                   "; both checkpoints are kept as evidence"));
}

absl::Status WitnessLink::Round() {
  const auto consortium = p_.directory.Current();
  const share::Daemon* daemon = FindDaemon(*consortium, p_.party);
  if (daemon == nullptr)
    return absl::FailedPreconditionError("is not in the manifest in force");
  KS_ASSIGN_OR_RETURN(const auto head, p_.witness.Head(daemon->log_origin));
  const auto note = client_.GetCheckpoint(v1::CHECKPOINT_CHOICE_TO_COSIGN);
  if (WantsHeads(note.status()))
    KS_RETURN_IF_ERROR(client_.PresentHead(head ? head->note : ""));
  KS_RETURN_IF_ERROR(note.status());
  const auto shown =
      audit::OpenCheckpoint(*note, daemon->log_origin, daemon->log_key);
  if (!shown.ok())
    return absl::UnauthenticatedError(
        "shows a checkpoint that its key in the manifest did not sign");
  audit::AddCheckpointRequest request{head ? head->size : 0, {}, *note};
  if (shown->size < request.old_size)
    return Contradicted(*head, *note, "it is shorter");
  if (request.old_size > 0 && shown->size > request.old_size) {
    KS_ASSIGN_OR_RETURN(request.proof, client_.GetConsistencyProof(
                                           request.old_size, shown->size));
  }
  KS_ASSIGN_OR_RETURN(
      const audit::WitnessAnswer answer,
      p_.witness.AddCheckpoint(
          {daemon->log_origin, audit::NoteAlgorithm::kEd25519, daemon->log_key},
          audit::FormatAddCheckpoint(request)));
  if (answer.code == audit::WitnessCode::kCosigned) {
    KS_RETURN_IF_ERROR(
        client_.AddCosignature(absl::StrCat(*note, answer.body)));
    return p_.gives_receipts
               ? UpgradeReceipts(p_.state, client_, *consortium, *daemon)
               : absl::OkStatus();
  }
  // Another process of this agency was quicker: nothing is wrong.
  if (answer.code == audit::WitnessCode::kConflict &&
      shown->size != request.old_size)
    return absl::AbortedError("another process witnesses beside this one");
  if (!head) return absl::InternalError(answer.body);
  return Contradicted(*head, *note, "it is another history");
}

void WitnessLink::Run() {
  int failures = 0;
  while (true) {
    const absl::Status status = Round();
    absl::Duration pause = p_.every;
    if (status.ok()) {
      failures = 0;
      SetUp(true, "cosigned");
    } else {
      SetUp(false, std::string(status.message()));
      // A daemon that waits for heads is asked again soon.
      const uint32_t most = 100u << std::min(failures++, 6);
      pause =
          std::min(pause, absl::Milliseconds(50 + crypto::RandomBelow(most)));
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, absl::ToChronoMilliseconds(pause),
                          [&] { return stop_; }))
      return;
  }
}

}  // namespace kinstile::daemon
