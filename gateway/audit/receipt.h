// SPDX-License-Identifier: Apache-2.0
// Proof, kept by the requester, that its exchange is in the log.
#ifndef KINSTILE_GATEWAY_AUDIT_RECEIPT_H_
#define KINSTILE_GATEWAY_AUDIT_RECEIPT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/audit/record.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/sign.h"
#include "gateway/merkle/tree.h"

namespace kinstile::audit {

struct NonceTag {
  static constexpr char kWhat[] = "receipt nonce";
};
using ReceiptNonce = FixedBytes<32, NonceTag>;

// What the leaf says about whose exchange it is: SHA-256(nonce || request
// digest). Only who has the nonce can tell, so the leaf can be public.
Digest BindingOf(const ReceiptNonce& nonce, const Digest& request_digest);

// As it goes over the wire and is kept. Nothing in it is believed before
// VerifyReceipt.
struct Receipt {
  uint64_t index = 0;
  std::string leaf;  // canonical bytes, gateway/audit/leaf.h
  ReceiptNonce nonce;
  std::vector<merkle::Hash> proof;
  std::string checkpoint;  // signed note
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// c2sp.org/tlog-proof@v1, with extra = base64(leaf || nonce): readable by other
// people's tools. About 1.5 KB at a million entries.
std::string EncodeReceipt(const Receipt& receipt);
// INVALID_ARGUMENT for anything that EncodeReceipt does not write.
absl::StatusOr<Receipt> ParseReceipt(absl::string_view text);

struct VerifiedReceipt {
  EntryType type;
  std::string audience;
  int64_t time_ms;
  uint64_t index;
  uint64_t tree_size;  // of the checkpoint
};

// OK iff the checkpoint is signed by `key` for `origin`, the leaf is in its
// tree at this index and says so itself, and it binds `request_digest`.
// INVALID_ARGUMENT when malformed, UNAUTHENTICATED when something does not
// hold; the message says which.
absl::StatusOr<VerifiedReceipt> VerifyReceipt(const Receipt& receipt,
                                              const crypto::VerifyKey& key,
                                              absl::string_view origin,
                                              const Digest& request_digest);

// The gateway's side of a Receipt, and the only thing that lets an answer out
// (gateway/share, Release). One exists only if its entry is committed: audit::
// Log alone makes it. Cheap to copy; immutable.
class AuditReceipt {
 public:
  const Receipt& receipt() const { return *receipt_; }
  EntryType type() const { return type_; }
  const std::string& audience() const { return audience_; }
  uint64_t index() const { return receipt_->index; }
  // Is the entry about the request with this digest?
  bool Covers(const Digest& request_digest) const;
  // The wire form, EncodeReceipt.
  std::string Encode() const { return EncodeReceipt(*receipt_); }

 private:
  friend class Log;
  AuditReceipt(Receipt receipt, EntryType type, std::string audience,
               Digest binding);
  std::shared_ptr<const Receipt> receipt_;
  EntryType type_;
  std::string audience_;
  Digest binding_;
};

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_RECEIPT_H_
