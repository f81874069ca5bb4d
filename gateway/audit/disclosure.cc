// SPDX-License-Identifier: Apache-2.0
// Disclosing and checking single entries.
#include "gateway/audit/disclosure.h"

#include <utility>

#include "gateway/audit/note.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/merkle/proof.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kDisclosureLabel = "kinstile/v1/audit-disclosure";

}  // namespace

std::string EncodeDisclosure(const Disclosure& v) {
  Encoder e(kDisclosureLabel);
  e.Bytes(v.origin)
      .U64(v.entry.index)
      .Bytes(v.entry.leaf)
      .Bytes(v.entry.payload)
      .Bytes(v.key.view(crypto::SecretAccess()))
      .Count(v.proof.size());
  for (const merkle::Hash& h : v.proof) e.Bytes(h.view());
  e.Bytes(v.checkpoint);
  return std::move(e).Take();
}

absl::StatusOr<Disclosure> DecodeDisclosure(absl::string_view bytes) {
  Decoder d(bytes, kDisclosureLabel);
  std::string origin = d.Bytes();
  StoredEntry entry;
  entry.index = d.U64();
  entry.leaf = d.Bytes();
  entry.payload = d.Bytes();
  std::string raw = d.Bytes();
  absl::StatusOr<EntryKey> key =
      EntryKey::FromBytes(crypto::SecretAccess(), raw);
  crypto::Wipe(raw);
  if (!key.ok()) return key.status();
  std::vector<merkle::Hash> proof(d.Count(36));
  for (merkle::Hash& h : proof) {
    KS_ASSIGN_OR_RETURN(h, merkle::Hash::FromBytes(d.Bytes()));
  }
  std::string checkpoint = d.Bytes();
  KS_RETURN_IF_ERROR(d.Finish());
  return Disclosure{std::move(origin), std::move(entry), *std::move(key),
                    std::move(proof), std::move(checkpoint)};
}

absl::StatusOr<OpenedEntry> OpenDisclosure(const Disclosure& v,
                                           const crypto::VerifyKey& log_key) {
  KS_ASSIGN_OR_RETURN(const Checkpoint head,
                      OpenCheckpoint(v.checkpoint, v.origin, log_key));
  KS_RETURN_IF_ERROR(merkle::VerifyInclusion(v.entry.index, head.size,
                                             merkle::HashLeaf(v.entry.leaf),
                                             v.proof, head.root));
  return OpenWithKey(v.origin, v.entry, v.key);
}

}  // namespace kinstile::audit
