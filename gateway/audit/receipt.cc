// SPDX-License-Identifier: Apache-2.0
// The receipt's text form (c2sp.org/tlog-proof@v1) and its checks.
#include "gateway/audit/receipt.h"

#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/note.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/merkle/proof.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kHeader = "c2sp.org/tlog-proof@v1\n";
constexpr size_t kMaxProof = 63;
constexpr size_t kMaxReceipt = 128 * 1024;

absl::Status MalformedReceipt(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// The next line without its newline; what is left moves on.
absl::StatusOr<absl::string_view> TakeLine(absl::string_view& text) {
  size_t end = text.find('\n');
  if (end == text.npos) return MalformedReceipt("receipt: cut short");
  absl::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

absl::Status ParseExtra(absl::string_view line, Receipt& receipt) {
  if (!absl::ConsumePrefix(&line, "extra "))
    return MalformedReceipt("receipt: no leaf");
  KS_ASSIGN_OR_RETURN(std::string extra, DecodeBase64(line));
  if (extra.size() <= ReceiptNonce::kSize)
    return MalformedReceipt("receipt: leaf too short");
  size_t leaf_size = extra.size() - ReceiptNonce::kSize;
  receipt.leaf = extra.substr(0, leaf_size);
  KS_ASSIGN_OR_RETURN(receipt.nonce,
                      ReceiptNonce::FromBytes(extra.substr(leaf_size)));
  return absl::OkStatus();
}

absl::Status ParseIndex(absl::string_view line, Receipt& receipt) {
  if (!absl::ConsumePrefix(&line, "index ") ||
      !absl::SimpleAtoi(line, &receipt.index) ||
      absl::StrCat(receipt.index) != line)
    return MalformedReceipt("receipt: malformed index");
  return absl::OkStatus();
}

}  // namespace

Digest BindingOf(const ReceiptNonce& nonce, const Digest& request_digest) {
  crypto::Sha256Stream stream;
  stream.Update(nonce.view());
  stream.Update(request_digest.view());
  return stream.Finish();
}

std::string EncodeReceipt(const Receipt& receipt) {
  std::string text = absl::StrCat(
      kHeader, "extra ",
      absl::Base64Escape(absl::StrCat(receipt.leaf, receipt.nonce.view())),
      "\nindex ", receipt.index, "\n");
  for (const merkle::Hash& h : receipt.proof)
    absl::StrAppend(&text, absl::Base64Escape(h.view()), "\n");
  absl::StrAppend(&text, "\n", receipt.checkpoint);
  return text;
}

absl::StatusOr<Receipt> ParseReceipt(absl::string_view text) {
  if (text.size() > kMaxReceipt) return MalformedReceipt("receipt: too long");
  if (!absl::ConsumePrefix(&text, kHeader))
    return MalformedReceipt("receipt: not a tlog-proof");
  Receipt receipt;
  KS_ASSIGN_OR_RETURN(absl::string_view line, TakeLine(text));
  KS_RETURN_IF_ERROR(ParseExtra(line, receipt));
  KS_ASSIGN_OR_RETURN(line, TakeLine(text));
  KS_RETURN_IF_ERROR(ParseIndex(line, receipt));
  while (true) {
    KS_ASSIGN_OR_RETURN(line, TakeLine(text));
    if (line.empty()) break;
    if (receipt.proof.size() == kMaxProof)
      return MalformedReceipt("receipt: proof too long");
    KS_ASSIGN_OR_RETURN(std::string hash, DecodeBase64(line));
    KS_ASSIGN_OR_RETURN(merkle::Hash h, merkle::Hash::FromBytes(hash));
    receipt.proof.push_back(h);
  }
  KS_RETURN_IF_ERROR(ParseNote(text).status());
  receipt.checkpoint = std::string(text);
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
