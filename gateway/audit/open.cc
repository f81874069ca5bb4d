// SPDX-License-Identifier: Apache-2.0
// Walks each epoch's chain forward and opens what it meets.
#include "gateway/audit/open.h"

#include <utility>

#include "gateway/audit/rows.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

// More entries than any gateway puts in one epoch: a forged ratchet number
// must not make an officer's machine hash for hours.
constexpr uint32_t kMaxRatchet = 1 << 22;

std::vector<crypto::BoxSecretKey> Alone(crypto::BoxSecretKey key) {
  std::vector<crypto::BoxSecretKey> keys;
  keys.push_back(std::move(key));
  return keys;
}

}  // namespace

EntryOpener::EntryOpener(std::string origin, std::string audience,
                         crypto::BoxSecretKey key)
    : EntryOpener(std::move(origin), std::move(audience),
                  Alone(std::move(key))) {}

EntryOpener::EntryOpener(std::string origin, std::string audience,
                         std::vector<crypto::BoxSecretKey> keys)
    : origin_(std::move(origin)),
      audience_(std::move(audience)),
      keys_(std::move(keys)) {}

absl::Status EntryOpener::AddKeyFrame(const StoredEntry& entry) {
  KS_ASSIGN_OR_RETURN(Leaf leaf, DecodeLeaf(entry.leaf));
  if (leaf.type != EntryType::kKeyFrame || epochs_.count(leaf.epoch) != 0)
    return absl::OkStatus();
  if (crypto::Sha256(entry.payload) != leaf.payload_hash)
    return absl::InvalidArgumentError("payload is not the one in the leaf");
  KS_ASSIGN_OR_RETURN(KeyFrame frame, DecodeKeyFrame(entry.payload));
  if (frame.scope.audience != audience_ || frame.epoch != leaf.epoch)
    return absl::InvalidArgumentError("key frame of another audience or epoch");
  absl::StatusOr<Chain> opened =
      absl::PermissionDeniedError("key frame: no key to open it with");
  for (const crypto::BoxSecretKey& key : keys_) {
    opened = OpenChain(frame, origin_, key);
    if (!absl::IsPermissionDenied(opened.status())) break;
  }
  KS_ASSIGN_OR_RETURN(Chain chain, std::move(opened));
  Chain first = chain.Clone();
  epochs_.emplace(leaf.epoch, EpochChains{std::move(first), std::move(chain)});
  return absl::OkStatus();
}

absl::StatusOr<EntryKey> EntryOpener::KeyOf(const Leaf& leaf) {
  auto it = epochs_.find(leaf.epoch);
  if (it == epochs_.end())
    return absl::PermissionDeniedError("no key for its epoch");
  if (leaf.ratchet > kMaxRatchet)
    return absl::InvalidArgumentError("ratchet number out of range");
  Chain& chain = it->second.current;
  if (leaf.ratchet < chain.next()) chain = it->second.first.Clone();
  while (chain.next() < leaf.ratchet) chain.Next();
  return chain.Next();
}

absl::StatusOr<OpenedEntry> OpenWithKey(absl::string_view origin,
                                        const StoredEntry& entry,
                                        const EntryKey& key) {
  OpenedEntry opened;
  opened.index = entry.index;
  KS_ASSIGN_OR_RETURN(opened.leaf, DecodeLeaf(entry.leaf));
  const Leaf& leaf = opened.leaf;
  if (leaf.index != entry.index || leaf.origin_hash != crypto::Sha256(origin))
    return absl::InvalidArgumentError("its leaf is of another place or log");
  if (leaf.sealing != Sealing::kRatchetV1)
    return absl::InvalidArgumentError("not a sealed entry");
  if (entry.payload.empty())
    return absl::InvalidArgumentError("payload missing");
  KS_ASSIGN_OR_RETURN(std::string padded,
                      OpenPayload(key, leaf, entry.payload));
  KS_ASSIGN_OR_RETURN(std::string encoded, UnpadRecord(padded));
  KS_ASSIGN_OR_RETURN(opened.record, DecodeRecord(encoded));
  if (opened.record.type != leaf.type)
    return absl::InvalidArgumentError("record and leaf differ in type");
  return opened;
}

absl::StatusOr<EntryKey> EntryOpener::KeyFor(const StoredEntry& entry) {
  KS_ASSIGN_OR_RETURN(const Leaf leaf, DecodeLeaf(entry.leaf));
  if (leaf.audience != audience_)
    return absl::InvalidArgumentError("its leaf is of another audience");
  if (leaf.sealing != Sealing::kRatchetV1)
    return absl::InvalidArgumentError("not a sealed entry");
  return KeyOf(leaf);
}

absl::StatusOr<OpenedEntry> EntryOpener::Open(const StoredEntry& entry) {
  // Before the chain is walked: what cannot be opened costs nothing.
  if (entry.payload.empty())
    return absl::InvalidArgumentError("payload missing");
  KS_ASSIGN_OR_RETURN(const EntryKey key, KeyFor(entry));
  return OpenWithKey(origin_, entry, key);
}

void EntryOpener::OpenPage(const EntryPage& page, OpenedEntries& out) {
  auto add_frame = [&](const StoredEntry& e) {
    if (absl::Status s = AddKeyFrame(e); !s.ok())
      out.failures.push_back({e.index, std::string(s.message())});
  };
  for (const StoredEntry& e : page.keyframes) add_frame(e);
  for (const StoredEntry& e : page.entries) {
    absl::StatusOr<Leaf> leaf = DecodeLeaf(e.leaf);
    if (leaf.ok() && leaf->sealing == Sealing::kPublic) {
      add_frame(e);
      continue;
    }
    absl::StatusOr<OpenedEntry> opened = Open(e);
    if (opened.ok())
      out.entries.push_back(*std::move(opened));
    else
      out.failures.push_back({e.index, std::string(opened.status().message())});
  }
}

absl::StatusOr<OpenedEntries> OpenEntries(storage::Database& db,
                                          absl::string_view origin,
                                          absl::string_view audience,
                                          crypto::BoxSecretKey key) {
  return OpenEntries(db, origin, audience, Alone(std::move(key)));
}

absl::StatusOr<OpenedEntries> OpenEntries(
    storage::Database& db, absl::string_view origin, absl::string_view audience,
    std::vector<crypto::BoxSecretKey> keys) {
  EntryOpener opener{std::string(origin), std::string(audience),
                     std::move(keys)};
  OpenedEntries out;
  uint64_t from = 0;
  do {
    KS_ASSIGN_OR_RETURN(EntryPage page, ReadEntries(db, LogNumber(origin),
                                                    audience, from, kMaxPage));
    opener.OpenPage(page, out);
    from = page.next;
  } while (from != 0);
  return out;
}

absl::StatusOr<OpenedEntries> OpenCopy(LogCopy& copy, absl::string_view origin,
                                       absl::string_view audience,
                                       std::vector<crypto::BoxSecretKey> keys) {
  EntryOpener opener{std::string(origin), std::string(audience),
                     std::move(keys)};
  OpenedEntries out;
  KS_RETURN_IF_ERROR(copy.Find());
  KS_RETURN_IF_ERROR(copy.ForEachEntry(0, [&](const EntryRow& row) {
    if (row.audience != audience) return absl::OkStatus();
    EntryPage page;
    page.entries.push_back(
        {row.index, std::string(row.leaf),
         std::string(row.payload.value_or(absl::string_view()))});
    opener.OpenPage(page, out);
    return absl::OkStatus();
  }));
  return out;
}

}  // namespace kinstile::audit
