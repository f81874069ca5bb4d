// SPDX-License-Identifier: Apache-2.0
// Items and obligations together.
#include "gateway/share/granted_answer.h"

#include <algorithm>
#include <utility>

namespace kinstile::share {
namespace {

void Sign(const crypto::SigningKey& key, SourceAnswer& answer) {
  answer.signature = key.Sign(kSourceAnswerLabel, Encode(answer));
}

}  // namespace

GrantedAnswer::GrantedAnswer(const policy::Permit& early,
                             const Digest& request_digest,
                             const AgencyId& agency,
                             std::string agreement_digest)
    : answer_(NoMatch(request_digest, agency, std::move(agreement_digest))) {
  answer_.status = SourceStatus::kAnswered;
  // What the gateway could say too, and no more: an item that is withheld by a
  // fact that only this agency knows would tell the fact.
  for (const policy::WithheldItem& w : early.withheld())
    answer_.withheld.push_back({w.item, w.rule,
                                std::string(policy::Name(w.layer)),
                                w.reason_for_asker});
  Oblige(early);
}

void GrantedAnswer::Oblige(const policy::Permit& permit) {
  for (const policy::Obligation& each : permit.terms().obligations) {
    obliged_.Add(each);
    const std::string word = policy::Word(each);
    std::vector<std::string>& words = answer_.obligations;
    if (std::find(words.begin(), words.end(), word) == words.end())
      words.push_back(word);
  }
}

absl::Status GrantedAnswer::Add(const policy::Permit& permit, SealedItem item) {
  const policy::GrantedItem* grant = permit.Find(item.label.item);
  if (grant == nullptr ||
      policy::Name(grant->granularity) != item.label.granularity)
    return absl::InvalidArgumentError(
        "item: is not what the permit grants, or not as it grants it");
  if (!obliged_.Cover(policy::TotalOf(permit.terms().obligations)))
    return absl::InvalidArgumentError(
        "item: the permit's obligations are not in the answer");
  answer_.items.push_back(std::move(item));
  return absl::OkStatus();
}

void GrantedAnswer::Withhold(WithheldItem why) {
  answer_.withheld.push_back(std::move(why));
}

SourceAnswer GrantedAnswer::Sign(const crypto::SigningKey& key) && {
  share::Sign(key, answer_);
  return std::move(answer_);
}

void SignEmpty(const crypto::SigningKey& key, SourceAnswer& answer) {
  answer.items.clear();
  answer.obligations.clear();
  Sign(key, answer);
}

}  // namespace kinstile::share
