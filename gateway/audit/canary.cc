// SPDX-License-Identifier: Apache-2.0
// One pass: manifests, frames, and the first entry of each epoch.
#include "gateway/audit/canary.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/audit/audience.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/open.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

class Canary {
 public:
  Canary(absl::string_view origin, absl::string_view audience,
         crypto::BoxSecretKey key)
      : audience_(audience),
        own_(crypto::PublicKeyOf(key)),
        opener_(std::string(origin), std::string(audience), std::move(key)) {}

  absl::Status See(const EntryRow& row);
  CanaryReport Finish() &&;

 private:
  enum class State { kUnused, kErased, kDone };

  void Alarm(uint64_t epoch, absl::string_view what) {
    report_.alarms.push_back(absl::StrCat("epoch ", epoch, ": ", what));
  }
  void SeeFrame(const Leaf& leaf, const StoredEntry& entry);
  void SeeSealed(const Leaf& leaf, const StoredEntry& entry);

  const std::string audience_;
  const crypto::BoxPublicKey own_;
  EntryOpener opener_;
  KeyManifest manifest_;
  std::map<uint64_t, State> epochs_;
  CanaryReport report_;
};

absl::Status Canary::See(const EntryRow& row) {
  KS_ASSIGN_OR_RETURN(const Leaf leaf, DecodeLeaf(row.leaf));
  const bool manifest = leaf.type == EntryType::kKeyManifest;
  if (!manifest && leaf.audience != audience_) return absl::OkStatus();
  const StoredEntry entry{
      row.index, std::string(row.leaf),
      std::string(row.payload.value_or(absl::string_view()))};
  if (manifest) {
    // Whose keys count is not the word of a payload that was put there since.
    if (crypto::Sha256(entry.payload) != leaf.payload_hash)
      return absl::DataLossError(
          absl::StrCat("entry ", row.index,
                       ": the KEYMANIFEST is not the one that was written"));
    KS_ASSIGN_OR_RETURN(manifest_, DecodeKeyManifest(entry.payload));
  } else if (leaf.type == EntryType::kKeyFrame) {
    SeeFrame(leaf, entry);
  } else if (leaf.sealing == Sealing::kRatchetV1) {
    SeeSealed(leaf, entry);
  }
  return absl::OkStatus();
}

void Canary::SeeFrame(const Leaf& leaf, const StoredEntry& entry) {
  absl::StatusOr<KeyFrame> frame = DecodeKeyFrame(entry.payload);
  if (!frame.ok()) return Alarm(leaf.epoch, "its KEYFRAME cannot be read");
  const std::vector<Recipient> wanted = RecipientsOf(manifest_, frame->scope);
  if (std::none_of(wanted.begin(), wanted.end(),
                   [this](const Recipient& r) { return r.key == own_; })) {
    ++report_.not_ours;
    return;
  }
  ++report_.epochs;
  const absl::Status added = opener_.AddKeyFrame(entry);
  if (absl::IsPermissionDenied(added))
    return Alarm(leaf.epoch, "the wrap for this key is missing");
  if (!added.ok())
    return Alarm(leaf.epoch, "the wrap for this key does not open");
  epochs_[leaf.epoch] = State::kUnused;
}

void Canary::SeeSealed(const Leaf& leaf, const StoredEntry& entry) {
  auto epoch = epochs_.find(leaf.epoch);
  if (epoch == epochs_.end() || epoch->second == State::kDone) return;
  if (entry.payload.empty()) {
    epoch->second = State::kErased;
    return;
  }
  epoch->second = State::kDone;
  absl::StatusOr<OpenedEntry> opened = opener_.Open(entry);
  if (opened.ok())
    ++report_.opened;
  else
    Alarm(leaf.epoch, absl::StrCat("entry ", entry.index, " does not open: ",
                                   opened.status().message()));
}

CanaryReport Canary::Finish() && {
  for (const auto& [number, state] : epochs_) {
    if (state == State::kUnused) ++report_.unused;
    if (state == State::kErased) ++report_.erased;
  }
  return std::move(report_);
}

}  // namespace

absl::StatusOr<CanaryReport> RunCanary(LogCopy& copy, absl::string_view origin,
                                       absl::string_view audience,
                                       crypto::BoxSecretKey key) {
  Canary canary(origin, audience, std::move(key));
  KS_RETURN_IF_ERROR(copy.Find());
  KS_RETURN_IF_ERROR(copy.ForEachEntry(
      0, [&canary](const EntryRow& row) { return canary.See(row); }));
  return std::move(canary).Finish();
}

}  // namespace kinstile::audit
