// SPDX-License-Identifier: Apache-2.0
// Sealing, signing and checking a source's answer.
#include "gateway/share/answer.h"

#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hash.h"

namespace kinstile::share {
namespace {

constexpr size_t kPadBlock = 256;
constexpr size_t kMaxValue = 64 * 1024;

std::string SealInfo(const SealContext& c) {
  Encoder e("kinstile/v1/item");
  e.Bytes(c.request_digest.view()).Bytes(c.source.str());
  return std::move(e).Take();
}

void AddLabel(Encoder& e, const ItemLabel& l) {
  e.U32(l.member).Bytes(l.item).Bytes(l.granularity).I64(l.as_of_ms);
}

std::string SealAad(const ItemLabel& label) {
  Encoder e("kinstile/v1/item-label");
  AddLabel(e, label);
  return std::move(e).Take();
}

}  // namespace

absl::string_view StatusName(SourceStatus status) {
  switch (status) {
    case SourceStatus::kAnswered:
      return "ANSWERED";
    case SourceStatus::kNoMatch:
      return "NO_MATCH";
    case SourceStatus::kDenied:
      return "DENIED";
    case SourceStatus::kUnreachable:
      return "UNREACHABLE";
  }
  return "UNKNOWN";
}

absl::StatusOr<SealedItem> SealItem(const crypto::BoxPublicKey& to,
                                    const SealContext& context, ItemLabel label,
                                    absl::string_view value) {
  if (value.size() > kMaxValue)
    return absl::InvalidArgumentError("item: value is over 64 KiB");
  std::string padded = crypto::Pad(value, kPadBlock);
  auto sealed = crypto::HpkeSeal(to, SealInfo(context), SealAad(label), padded);
  crypto::Wipe(padded);
  if (!sealed.ok()) return sealed.status();
  SealedItem item{std::move(label), *std::move(sealed), {}};
  item.sealed_sha256 = crypto::Sha256(item.sealed);
  return item;
}

absl::StatusOr<std::string> OpenItem(const crypto::BoxSecretKey& key,
                                     const SealContext& context,
                                     const SealedItem& item) {
  KS_ASSIGN_OR_RETURN(std::string padded,
                      crypto::HpkeOpen(key, SealInfo(context),
                                       SealAad(item.label), item.sealed));
  auto value = crypto::Unpad(padded, kPadBlock);
  crypto::Wipe(padded);
  return value;
}

SourceAnswer NoMatch(const Digest& request_digest, const AgencyId& agency,
                     std::string agreement_digest) {
  SourceAnswer answer;
  answer.request_digest = request_digest;
  answer.agency = agency;
  answer.agreement_digest = std::move(agreement_digest);
  answer.status = SourceStatus::kNoMatch;
  return answer;
}

std::string Encode(const SourceAnswer& a) {
  Encoder e(kSourceAnswerLabel);
  e.Bytes(a.request_digest.view()).Bytes(a.agency.str());
  e.Bytes(a.agreement_digest).U8(static_cast<uint8_t>(a.status));
  e.Count(a.items.size());
  for (const SealedItem& item : a.items) {
    AddLabel(e, item.label);
    e.Bytes(item.sealed_sha256.view());
  }
  e.Count(a.withheld.size());
  for (const WithheldItem& w : a.withheld)
    e.Bytes(w.item).Bytes(w.rule).Bytes(w.layer).Bytes(w.reason);
  e.Strings(a.obligations);
  return std::move(e).Take();
}

absl::Status VerifyAnswer(const crypto::VerifyKey& key,
                          const SourceAnswer& answer) {
  KS_RETURN_IF_ERROR(crypto::Verify(key, kSourceAnswerLabel, Encode(answer),
                                    answer.signature));
  for (const SealedItem& item : answer.items)
    if (!item.sealed.empty() &&
        crypto::Sha256(item.sealed) != item.sealed_sha256)
      return absl::InvalidArgumentError(
          "answer.items: a sealed box is not the one that was signed");
  return absl::OkStatus();
}

}  // namespace kinstile::share
