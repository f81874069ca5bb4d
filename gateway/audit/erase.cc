// SPDX-License-Identifier: Apache-2.0
// Erasing payloads: what an order covers, and doing it.
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gateway/audit/rows.h"
#include "gateway/audit/sequencer.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

// Waiting for a reader holds everybody up: not at every commit.
constexpr absl::Duration kScrubEvery = absl::Minutes(1);

// The epochs of a bucket, and who was given their keys.
struct BucketEpochs {
  std::set<uint64_t> epochs;
  std::set<std::string> key_ids;
  bool any_standing_key = false;
};

absl::StatusOr<BucketEpochs> EpochsOf(storage::Snapshot& s, int64_t log,
                                      const std::string& bucket) {
  BucketEpochs out;
  KS_RETURN_IF_ERROR(
      ForEachKeyFrameEntry(s, log, [&](const EntryRow& row) -> absl::Status {
        KS_ASSIGN_OR_RETURN(
            const KeyFrame frame,
            DecodeKeyFrame(row.payload.value_or(absl::string_view())));
        if (frame.scope.bucket != bucket) return absl::OkStatus();
        out.epochs.insert(frame.epoch);
        for (const SealedKey& k : frame.keys) {
          out.key_ids.insert(k.recipient.key_id);
          if (k.recipient.bucket.empty()) out.any_standing_key = true;
        }
        return absl::OkStatus();
      }));
  return out;
}

absl::Status CheckBucket(const ShredOrder& order, const BucketEpochs& found,
                         int64_t now) {
  if (found.epochs.empty())
    return absl::NotFoundError("shred order: nothing was sealed in the bucket");
  const std::string this_month =
      absl::FormatTime("%Y-%m", absl::FromUnixMillis(now), absl::UTCTimeZone());
  const std::string month = order.bucket.substr(order.bucket.find('/') + 1);
  if (month >= this_month)
    return absl::FailedPreconditionError(
        "shred order: the bucket's month is not over");
  // Somebody could still open copies of it: the entry would not be true.
  if (found.any_standing_key)
    return absl::FailedPreconditionError(
        "shred order: keys that are for every bucket open it too");
  if (!std::equal(found.key_ids.begin(), found.key_ids.end(),
                  order.destroyed_key_ids.begin(),
                  order.destroyed_key_ids.end()))
    return absl::FailedPreconditionError(
        "shred order: destroyed_key_ids: are not the keys that open the "
        "bucket");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<uint64_t>> Sequencer::EntriesOf(
    const ShredOrder& order) const {
  KS_ASSIGN_OR_RETURN(const int64_t now, Now());
  std::vector<uint64_t> entries;
  KS_RETURN_IF_ERROR(db_.Read([&](storage::Snapshot& s) -> absl::Status {
    if (order.bucket.empty()) {
      KS_ASSIGN_OR_RETURN(const Leaf leaf, ReadLeaf(s, log_, order.index));
      if (leaf.sealing == Sealing::kPublic)
        return absl::FailedPreconditionError(
            "shred order: index: the entry is the log's own and public");
      entries = {order.index};
      return absl::OkStatus();
    }
    KS_ASSIGN_OR_RETURN(const BucketEpochs found,
                        EpochsOf(s, log_, order.bucket));
    KS_RETURN_IF_ERROR(CheckBucket(order, found, now));
    return ForEachLeaf(s, log_, [&](const EntryRow& row) -> absl::Status {
      KS_ASSIGN_OR_RETURN(const Leaf leaf, DecodeLeaf(row.leaf));
      if (leaf.sealing != Sealing::kPublic && found.epochs.count(leaf.epoch))
        entries.push_back(row.index);
      return absl::OkStatus();
    });
  }));
  return entries;
}

absl::Status Sequencer::Erase(const Shred& shred) {
  KS_RETURN_IF_ERROR(CheckShredOrder(shred.order));
  if (shred.order.origin != options_.origin)
    return absl::InvalidArgumentError("shred order: origin: is another log's");
  KS_RETURN_IF_ERROR(ResolveDoubt().status());
  KS_ASSIGN_OR_RETURN(const std::vector<uint64_t> entries,
                      EntriesOf(shred.order));
  Item item{.type = EntryType::kShred,
            .sealing = Sealing::kPublic,
            .audience = "",
            .payload = EncodeShred(shred)};
  int64_t erased = 0;
  item.also = [&](storage::Transaction& t) -> absl::Status {
    erased = 0;
    for (uint64_t index : entries) {
      KS_ASSIGN_OR_RETURN(const int64_t n, DeletePayload(t, log_, index));
      erased += n;
    }
    if (erased > 0) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "shred order: everything that it covers is erased already");
  };
  KS_ASSIGN_OR_RETURN(Delta delta, NewDelta());
  std::vector<Item> items;
  items.push_back(std::move(item));
  KS_RETURN_IF_ERROR(CommitControl(std::move(items), std::move(delta)));
  // Said and done, durably. What is left is to overwrite the old bytes, and
  // whoever reads just now does not make this a failure.
  scrub_due_ = true;
  Scrub();
  return absl::OkStatus();
}

void Sequencer::Scrub() {
  const absl::Time now = options_.clock.Now();
  if (!scrub_due_ || now - scrub_tried_ < kScrubEvery) return;
  scrub_tried_ = now;
  if (db_.Scrub().ok()) {
    scrub_due_ = false;
    scrub_tried_ = absl::InfinitePast();
  }
}

}  // namespace kinstile::audit
