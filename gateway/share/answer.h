// SPDX-License-Identifier: Apache-2.0
// A source's answer: items sealed to the requester, signed by the source.
#ifndef KINSTILE_GATEWAY_SHARE_ANSWER_H_
#define KINSTILE_GATEWAY_SHARE_ANSWER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/sign.h"
#include "gateway/share/request.h"

namespace kinstile::share {

// Numbers are those of the protocol (share.proto).
enum class SourceStatus : uint8_t {
  kAnswered = 1,
  kNoMatch = 2,
  kDenied = 3,
  kUnreachable = 4,
};
absl::string_view StatusName(SourceStatus status);

// Where a sealed item belongs; part of what opens it.
struct ItemLabel {
  uint32_t member = 0;  // index into ShareRequest.members
  std::string item;
  std::string granularity;
  int64_t as_of_ms = 0;
  friend bool operator==(const ItemLabel&, const ItemLabel&) = default;
};

struct SealedItem {
  ItemLabel label;
  // HPKE box; empty when the gateway dropped the item. Its hash stays signed,
  // so the requester sees that something was taken out.
  std::string sealed;
  Digest sealed_sha256;
};

// Why an item that was asked for is not in the answer.
struct WithheldItem {
  std::string item;
  std::string rule;
  std::string layer;
  std::string reason;
  friend bool operator==(const WithheldItem&, const WithheldItem&) = default;
};

struct SourceAnswer {
  Digest request_digest;
  AgencyId agency;
  // The agreement version that the source decided under, hex SHA-256.
  std::string agreement_digest;
  SourceStatus status = SourceStatus::kNoMatch;
  std::vector<SealedItem> items;
  std::vector<WithheldItem> withheld;
  std::vector<std::string> obligations;
  crypto::Signature signature;
};

// The requester's context that an item is sealed under.
struct SealContext {
  Digest request_digest;
  AgencyId source;
};

// HPKE to `to`: info = "kinstile/v1/item" and the context, aad = the label,
// plaintext padded to 256-byte steps. INVALID_ARGUMENT when `value` is over
// 64 KiB or `to` is no usable key.
absl::StatusOr<SealedItem> SealItem(const crypto::BoxPublicKey& to,
                                    const SealContext& context, ItemLabel label,
                                    absl::string_view value);
// The value; the caller moves it into a Pii. INVALID_ARGUMENT for a box that is
// not for this key, context and label.
absl::StatusOr<std::string> OpenItem(const crypto::BoxSecretKey& key,
                                     const SealContext& context,
                                     const SealedItem& item);

// The answer to everything that must look like "we do not know them": absent,
// shielded, or refused after matching. Only the digest and agency differ.
SourceAnswer NoMatch(const Digest& request_digest, const AgencyId& agency,
                     std::string agreement_digest);

// Canonical encoding without the signature; items by label and hash. What
// signs it is in granted_answer.h.
inline constexpr char kSourceAnswerLabel[] = "kinstile/v1/source-answer";
std::string Encode(const SourceAnswer& answer);
// UNAUTHENTICATED unless `key` signed it; INVALID_ARGUMENT when a sealed box
// does not have the signed hash.
absl::Status VerifyAnswer(const crypto::VerifyKey& key,
                          const SourceAnswer& answer);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_ANSWER_H_
