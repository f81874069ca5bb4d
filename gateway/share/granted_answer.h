// SPDX-License-Identifier: Apache-2.0
// The only ways to sign an answer at the source: with nothing in it, or item
// by item under a permit, whose obligations come along.
#ifndef KINSTILE_GATEWAY_SHARE_GRANTED_ANSWER_H_
#define KINSTILE_GATEWAY_SHARE_GRANTED_ANSWER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gateway/crypto/sign.h"
#include "gateway/share/answer.h"
#include "policy/permit.h"

namespace kinstile::share {

// An answer about matched people. Not thread-safe.
class GrantedAnswer {
 public:
  // Starts with what `early`, the decision that the gateway could take, says:
  // what is withheld and why, and what is owed.
  GrantedAnswer(const policy::Permit& early, const Digest& request_digest,
                const AgencyId& agency, std::string agreement_digest);

  // All that is owed under a permit by which one person's items are given.
  void Oblige(const policy::Permit& permit);
  // INVALID_ARGUMENT unless `permit` grants the item at exactly this
  // granularity and has obliged.
  absl::Status Add(const policy::Permit& permit, SealedItem item);
  // Says why an item is given about nobody at all.
  void Withhold(WithheldItem why);
  size_t items() const { return answer_.items.size(); }

  SourceAnswer Sign(const crypto::SigningKey& key) &&;

 private:
  SourceAnswer answer_;
  policy::ObligationTotals obliged_;
};

// Signs an answer that gives nothing: items and obligations, should there be
// any, are taken out first.
void SignEmpty(const crypto::SigningKey& key, SourceAnswer& answer);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_GRANTED_ANSWER_H_
