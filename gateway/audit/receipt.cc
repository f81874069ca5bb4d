// SPDX-License-Identifier: Apache-2.0
// The receipt's text form (c2sp.org/tlog-proof@v1) and its checks.
#include "gateway/audit/receipt.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/note.h"
#include "gateway/audit/tlog_proof.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/merkle/proof.h"

namespace kinstile::audit {

Digest BindingOf(const ReceiptNonce& nonce, const Digest& request_digest) {
  crypto::Sha256Stream stream;
  stream.Update(nonce.view());
  stream.Update(request_digest.view());
  return stream.Finish();
}

std::string EncodeReceipt(const Receipt& receipt) {
  return FormatTlogProof({absl::StrCat(receipt.leaf, receipt.nonce.view()),
                          receipt.index, receipt.proof, receipt.checkpoint});
}

absl::StatusOr<Receipt> ParseReceipt(absl::string_view text) {
  KS_ASSIGN_OR_RETURN(TlogProof proof, ParseTlogProof(text));
  if (!proof.extra || proof.extra->size() <= ReceiptNonce::kSize)
    return absl::InvalidArgumentError("receipt: no leaf");
  Receipt receipt;
  const size_t leaf_size = proof.extra->size() - ReceiptNonce::kSize;
  receipt.index = proof.index;
  receipt.leaf = proof.extra->substr(0, leaf_size);
  KS_ASSIGN_OR_RETURN(receipt.nonce,
                      ReceiptNonce::FromBytes(proof.extra->substr(leaf_size)));
  receipt.proof = std::move(proof.hashes);
  KS_RETURN_IF_ERROR(ParseNote(proof.checkpoint).status());
  receipt.checkpoint = std::move(proof.checkpoint);
  return receipt;
}

absl::StatusOr<VerifiedReceipt> VerifyReceipt(const Receipt& receipt,
                                              const crypto::VerifyKey& key,
                                              absl::string_view origin,
                                              const Digest& request_digest) {
  KS_ASSIGN_OR_RETURN(Checkpoint head,
                      OpenCheckpoint(receipt.checkpoint, origin, key));
  KS_RETURN_IF_ERROR(merkle::VerifyInclusion(receipt.index, head.size,
                                             merkle::HashLeaf(receipt.leaf),
                                             receipt.proof, head.root));
  KS_ASSIGN_OR_RETURN(Leaf leaf, DecodeLeaf(receipt.leaf));
  if (leaf.index != receipt.index || leaf.origin_hash != crypto::Sha256(origin))
    return absl::UnauthenticatedError(
        "receipt: the leaf is of another place or log");
  if (!crypto::Equal(leaf.binding.view(),
                     BindingOf(receipt.nonce, request_digest).view()))
    return absl::UnauthenticatedError("receipt: about another request");
  return VerifiedReceipt{leaf.type, leaf.audience, leaf.time_ms, leaf.index,
                         head.size};
}

AuditReceipt::AuditReceipt(Receipt receipt, EntryType type,
                           std::string audience, Digest binding)
    : receipt_(std::make_shared<const Receipt>(std::move(receipt))),
      type_(type),
      audience_(std::move(audience)),
      binding_(binding) {}

bool AuditReceipt::Covers(const Digest& request_digest) const {
  return crypto::Equal(BindingOf(receipt_->nonce, request_digest).view(),
                       binding_.view());
}

}  // namespace kinstile::audit
