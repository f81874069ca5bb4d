// SPDX-License-Identifier: Apache-2.0
// What each type of entry must be, at its place in the log.
#include "gateway/audit/verify_entries.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gateway/audit/log.h"
#include "gateway/audit/note.h"
#include "gateway/audit/succession.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

// Types that the log writes for everybody to read.
bool IsPublicType(EntryType type) {
  switch (type) {
    case EntryType::kGenesis:
    case EntryType::kKeyManifest:
    case EntryType::kKeyFrame:
    case EntryType::kShred:
    case EntryType::kEpochSeal:
    case EntryType::kContinues:
    case EntryType::kClose:
      return true;
    default:
      return false;
  }
}

}  // namespace

void EntryChecker::FailAt(uint64_t index, absl::string_view what) {
  report_.Fail(absl::StrCat("entry ", index, ": ", what));
}

void EntryChecker::Check(const EntryRow& row) {
  ++report_.entries;
  if (row.index != next_index_)
    report_.Fail(row.index == next_index_ + 1
                     ? absl::StrCat("entry ", next_index_, ": missing")
                     : absl::StrCat("entries ", next_index_, " to ",
                                    row.index - 1, ": missing"));
  next_index_ = row.index + 1;
  ++contents_.per_audience[std::string(row.audience)];
  contents_.payloads += row.payload.has_value();
  // The tree takes the row whatever it is: the roots will tell.
  contents_.tree.Append(merkle::HashLeaf(row.leaf));
  absl::StatusOr<Leaf> leaf = DecodeLeaf(row.leaf);
  if (!leaf.ok()) return FailAt(row.index, leaf.status().message());
  CheckPlace(row, *leaf);
  CheckPayload(row, *leaf);
  const bool sealed = leaf->sealing == Sealing::kRatchetV1;
  if (sealed == IsPublicType(leaf->type))
    return FailAt(row.index,
                  sealed ? "sealed, and its type is never" : "not sealed");
  // No place in a public entry for what nobody checks.
  const bool own_audience =
      leaf->type == EntryType::kKeyFrame || leaf->type == EntryType::kEpochSeal;
  if (!sealed &&
      (leaf->key_commitment != Digest{} || leaf->binding != Digest{} ||
       (!own_audience &&
        (!leaf->audience.empty() || leaf->epoch != 0 || leaf->ratchet != 0)) ||
       (leaf->type == EntryType::kEpochSeal && leaf->payload_size != 0)))
    FailAt(row.index, "a public entry with more in it than its type has");
  if (sealed)
    CheckSealed(row, *leaf);
  else if (row.payload)
    CheckPublic(*leaf, *row.payload);
}

void EntryChecker::CheckPlace(const EntryRow& row, const Leaf& leaf) {
  if (leaf.index != row.index)
    FailAt(row.index, absl::StrCat("its leaf is that of entry ", leaf.index));
  if (leaf.origin_hash != origin_hash_)
    FailAt(row.index, "its leaf is of another log");
  if (leaf.audience != row.audience)
    FailAt(row.index, "stored under another audience than its leaf says");
  if (leaf.time_ms < last_time_)
    FailAt(row.index, "earlier than the one before");
  last_time_ = std::max(last_time_, leaf.time_ms);
  if (row.index == 0) report_.first_ms = leaf.time_ms;
  report_.last_ms = last_time_;
  if ((row.index == 0) != (leaf.type == EntryType::kGenesis))
    FailAt(row.index, "GENESIS is not the first entry, or not the only one");
  if (closed_) FailAt(row.index, "follows the CLOSE of the log");
}

void EntryChecker::CheckPayload(const EntryRow& row, const Leaf& leaf) {
  if (!row.payload) {
    // A sealed entry's may have been erased: Finish knows.
    if (leaf.sealing == Sealing::kPublic) FailAt(row.index, "payload missing");
    return;
  }
  if (row.payload->size() != leaf.payload_size ||
      crypto::Sha256(*row.payload) != leaf.payload_hash)
    FailAt(row.index, "payload is not the one that the leaf was made for");
}

void EntryChecker::CheckSealed(const EntryRow& row, const Leaf& leaf) {
  ++report_.sealed;
  auto epoch = open_.find(leaf.epoch);
  const bool known =
      epoch != open_.end() && epoch->second.scope.audience == leaf.audience;
  sealed_.push_back({row.index,
                     static_cast<uint32_t>(Number(audiences_, leaf.audience)),
                     known ? Number(buckets_, epoch->second.scope.bucket) : -1,
                     !row.payload.has_value()});
  if (!known)
    return FailAt(leaf.index, "sealed in an epoch that no KEYFRAME opened");
  if (leaf.ratchet != epoch->second.next)
    FailAt(leaf.index, absl::StrCat("is number ", leaf.ratchet,
                                    " of its epoch, not ", epoch->second.next));
  epoch->second.next = leaf.ratchet + 1;
}

void EntryChecker::CheckPublic(const Leaf& leaf, absl::string_view payload) {
  switch (leaf.type) {
    case EntryType::kGenesis:
      return CheckGenesis(leaf, payload);
    case EntryType::kKeyManifest:
      return CheckKeyManifest(leaf, payload);
    case EntryType::kKeyFrame:
      return CheckKeyFrame(leaf, payload);
    case EntryType::kEpochSeal:
      return CheckEpochSeal(leaf);
    case EntryType::kShred:
      return CheckShred(leaf, payload);
    case EntryType::kContinues:
      return CheckContinues(leaf, payload);
    default:
      return CheckClose(leaf, payload);
  }
}

void EntryChecker::CheckGenesis(const Leaf& leaf, absl::string_view payload) {
  absl::StatusOr<Genesis> g = DecodeGenesis(payload);
  if (!g.ok() || g->origin != origin_ || g->key != key_)
    FailAt(leaf.index, "GENESIS names another origin or log key");
}

void EntryChecker::CheckKeyManifest(const Leaf& leaf,
                                    absl::string_view payload) {
  ++report_.manifests;
  // Who could read under the old manifest reads nothing further.
  for (const auto& [number, epoch] : open_)
    FailAt(leaf.index, absl::StrCat("KEYMANIFEST before epoch ", number,
                                    " was ended by an EPOCH_SEAL"));
  open_.clear();
  in_use_.clear();
  absl::StatusOr<KeyManifest> m = DecodeKeyManifest(payload);
  if (!m.ok()) return FailAt(leaf.index, m.status().message());
  CheckManifestSignatures(leaf, *m);
  manifest_ = *std::move(m);
}

void EntryChecker::CheckManifestSignatures(const Leaf& leaf,
                                           const KeyManifest& manifest) {
  if (!manifests_) return;
  if (crypto::Sha256(manifest.signed_bytes) != manifest.manifest_digest)
    return FailAt(leaf.index,
                  "KEYMANIFEST names another manifest than it contains");
  absl::StatusOr<ManifestFacts> facts = manifests_(manifest);
  if (!facts.ok())
    return FailAt(leaf.index, absl::StrCat("KEYMANIFEST is not believed: ",
                                           facts.status().message()));
  if (facts->recipients.audiences != manifest.audiences ||
      facts->recipients.classes != manifest.classes)
    FailAt(leaf.index,
           "KEYMANIFEST has other recipients than the agencies signed");
  if (const auto named = facts->log_keys.find(origin_);
      named != facts->log_keys.end()) {
    if (named->second != key_)
      FailAt(leaf.index, "KEYMANIFEST names another key for this log");
    else
      report_.key_believed = true;
  }
  ++report_.manifests_believed;
  CheckManifestVersion(leaf, manifest, facts->version);
  signing_keys_ = std::move(facts->signing_keys);
  cosignatures_.Believe(std::move(facts->witnesses));
}

// Signatures never end: a manifest of last year, with a key of somebody who has
// left since, is still signed by its agencies.
void EntryChecker::CheckManifestVersion(const Leaf& leaf,
                                        const KeyManifest& manifest,
                                        uint32_t version) {
  if (version < manifest_version_)
    FailAt(leaf.index, absl::StrCat("KEYMANIFEST goes back from version ",
                                    manifest_version_, " to ", version,
                                    ": an old one was played again"));
  else if (version == manifest_version_ && report_.manifests_believed > 1 &&
           manifest.manifest_digest != manifest_digest_)
    FailAt(leaf.index, absl::StrCat("KEYMANIFEST is another version ", version,
                                    " than the one before"));
  manifest_version_ = version;
  manifest_digest_ = manifest.manifest_digest;
  report_.manifest_version = version;
}

void EntryChecker::CheckKeyFrame(const Leaf& leaf, absl::string_view payload) {
  ++report_.keyframes;
  absl::StatusOr<KeyFrame> f = DecodeKeyFrame(payload);
  if (!f.ok()) return FailAt(leaf.index, f.status().message());
  if (f->scope.audience != leaf.audience || f->epoch != leaf.epoch)
    FailAt(leaf.index, "KEYFRAME is of another audience or epoch");
  if (leaf.epoch <= last_epoch_) FailAt(leaf.index, "epoch used before");
  last_epoch_ = std::max(last_epoch_, leaf.epoch);
  if (!in_use_.insert(f->scope).second)
    FailAt(leaf.index,
           "KEYFRAME before the last epoch of its scope was ended by an "
           "EPOCH_SEAL");
  std::vector<Recipient> wraps;
  for (const SealedKey& k : f->keys) wraps.push_back(k.recipient);
  if (wraps.size() < kMinRecipients ||
      wraps != RecipientsOf(manifest_, f->scope) ||
      f->manifest_digest != manifest_.manifest_digest)
    FailAt(leaf.index,
           "KEYFRAME is not sealed to the KEYMANIFEST's recipients");
  for (const SealedKey& k : f->keys) {
    BucketKeys& keys = bucket_keys_[f->scope.bucket];
    keys.ids.insert(k.recipient.key_id);
    keys.standing = keys.standing || k.recipient.bucket.empty();
  }
  open_[leaf.epoch] = {f->scope, 0};
  contents_.keyframes[{leaf.audience, leaf.epoch}] = leaf.index;
}

void EntryChecker::CheckEpochSeal(const Leaf& leaf) {
  auto epoch = open_.find(leaf.epoch);
  if (epoch == open_.end() || epoch->second.scope.audience != leaf.audience)
    return FailAt(leaf.index, "EPOCH_SEAL of an epoch that is not open");
  if (epoch->second.next != leaf.ratchet)
    FailAt(leaf.index,
           absl::StrCat("EPOCH_SEAL counts ", leaf.ratchet,
                        " entries, there are ", epoch->second.next));
  in_use_.erase(epoch->second.scope);
  open_.erase(epoch);
}

void EntryChecker::CheckShred(const Leaf& leaf, absl::string_view payload) {
  ++report_.shreds;
  absl::StatusOr<Shred> shred = DecodeShred(payload);
  if (!shred.ok()) return FailAt(leaf.index, shred.status().message());
  std::set<std::string> agencies;
  for (const ShredApproval& a : shred->approvals) {
    // Without a believed manifest there is no key to check against.
    if (manifests_) {
      auto key = signing_keys_.find(a.agency);
      if (key == signing_keys_.end() ||
          !crypto::Verify(key->second, kShredLabel,
                          EncodeShredOrder(shred->order), a.signature)
               .ok())
        continue;
    }
    agencies.insert(a.agency);
  }
  if (agencies.size() < kShredApprovals)
    return FailAt(leaf.index,
                  absl::StrCat("SHRED is signed by ", agencies.size(),
                               " agencies, ", kShredApprovals, " are needed"));
  if (shred->order.origin != origin_)
    return FailAt(leaf.index, "SHRED is an order about another log");
  CheckOrder(leaf, shred->order, agencies);
  orders_.push_back({leaf.index, std::move(shred->order)});
}

// What the gateway refuses to do, nobody may have done.
void EntryChecker::CheckOrder(const Leaf& leaf, const ShredOrder& order,
                              const std::set<std::string>& approved) {
  if (order.bucket.empty()) {
    const auto entry = std::lower_bound(
        sealed_.begin(), sealed_.end(), order.index,
        [](const Sealed& s, uint64_t index) { return s.index < index; });
    if (entry == sealed_.end() || entry->index != order.index)
      return FailAt(leaf.index, "SHRED of what is no sealed entry before it");
    for (const auto& [name, number] : audiences_)
      if (number == static_cast<int32_t>(entry->audience) && manifests_ &&
          approved.count(name) == 0)
        FailAt(leaf.index,
               "SHRED is not signed by the agency whose entry it is about");
    return;
  }
  const std::string month = order.bucket.substr(order.bucket.find('/') + 1);
  if (month >= absl::FormatTime("%Y-%m", absl::FromUnixMillis(leaf.time_ms),
                                absl::UTCTimeZone()))
    FailAt(leaf.index, "SHRED of a month that was not over");
  const BucketKeys& keys = bucket_keys_[order.bucket];
  if (keys.standing || !std::equal(keys.ids.begin(), keys.ids.end(),
                                   order.destroyed_key_ids.begin(),
                                   order.destroyed_key_ids.end()))
    FailAt(leaf.index, "SHRED does not name all the keys that open the bucket");
}

void EntryChecker::CheckContinues(const Leaf& leaf, absl::string_view payload) {
  absl::StatusOr<Continues> c = DecodeContinues(payload);
  if (!c.ok()) return FailAt(leaf.index, c.status().message());
  if (leaf.index != 1) FailAt(leaf.index, "CONTINUES does not follow GENESIS");
  // Its old key is its own trail's business, when it was another.
  const bool same_key = OpenCheckpoint(c->checkpoint, c->origin, key_).ok();
  report_.notes.push_back(absl::StrCat(
      "it carries on the log ", c->origin,
      c->ground == ContinuesGround::kDataLoss
          ? ", whose end was lost: entries up to the head named there are gone"
          : "",
      same_key ? "" : "; the head named there is by another key"));
  report_.continues = *std::move(c);
}

void EntryChecker::CheckClose(const Leaf& leaf, absl::string_view payload) {
  absl::StatusOr<Close> c = DecodeClose(payload);
  if (!c.ok()) return FailAt(leaf.index, c.status().message());
  closed_ = true;
  report_.notes.push_back(
      c->next_origin.empty()
          ? std::string("it was closed, and the trail ends here")
          : absl::StrCat("it was closed; ", c->next_origin, " carries on"));
  report_.close = *std::move(c);
}

int32_t EntryChecker::Number(std::map<std::string, int32_t>& names,
                             const std::string& name) {
  return names.emplace(name, static_cast<int32_t>(names.size())).first->second;
}

bool EntryChecker::Covered(const Sealed& entry) const {
  for (const Ordered& o : orders_) {
    if (o.by <= entry.index) continue;
    if (o.order.bucket.empty()) {
      if (o.order.index == entry.index) return true;
      continue;
    }
    const auto bucket = buckets_.find(o.order.bucket);
    if (bucket != buckets_.end() && bucket->second == entry.bucket) return true;
  }
  return false;
}

void EntryChecker::Finish() {
  for (const Sealed& entry : sealed_) {
    // Most logs have no orders, and most entries are there.
    if (!entry.gone && orders_.empty()) continue;
    const bool covered = Covered(entry);
    if (entry.gone && covered)
      ++report_.erased;
    else if (entry.gone)
      FailAt(entry.index, "payload missing, and no SHRED says why");
    else if (covered)
      FailAt(entry.index,
             "a SHRED says that it was erased, and its payload is there");
  }
  report_.epochs_open = open_.size();
}

}  // namespace kinstile::audit
