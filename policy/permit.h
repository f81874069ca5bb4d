// SPDX-License-Identifier: Apache-2.0
// What a decision gives: a Permit, made only by Decide, or a Refusal.
#ifndef KINSTILE_POLICY_PERMIT_H_
#define KINSTILE_POLICY_PERMIT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/active_set.h"
#include "policy/obligations.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

struct GrantedItem {
  std::string item;
  Granularity granularity;
  std::string flow;
  // What is owed for it by whichever flow the source may grant it. An answer
  // that does not say so, with numbers no looser, gives nothing.
  ObligationTotals owed;
  // How far back it may reach; not given: any time.
  std::optional<int64_t> look_back_days;
};

// `reason_for_asker` tells nothing about the person: it is the same text
// whether a personal fact is false or merely not known. `reason_for_record`
// is the whole truth, for the audit only.
struct WithheldItem {
  std::string item;
  std::string rule;  // the prohibition or flow that withheld it; may be empty
  Layer layer;
  std::string reason_for_asker;
  std::string reason_for_record;
};

struct PermitTerms {
  std::string agreement;
  int64_t version = 0;
  std::string agreement_digest;
  std::string set_digest;
  std::vector<std::string> flows;  // flows that granted something, by id
  std::vector<std::string> basis;  // one line per flow, four layers each
  std::string from;
  std::string to;
  std::string role;
  Purpose purpose;
  Mode mode;
  std::vector<GrantedItem> granted;    // in the order asked
  std::vector<WithheldItem> withheld;  // likewise
  // Union over the flows used; of numbers the strictest.
  std::vector<Obligation> obligations;
  int64_t keep_days = 0;
  int64_t max_people = 0;
  // Conditions that only the source can decide; it must, before it answers.
  std::vector<Condition> deferred;
};

// Leave to release exactly these items in exactly this way. Holding one is
// proof that Decide granted it: nothing else can make one.
class Permit {
 public:
  const PermitTerms& terms() const { return terms_; }
  const std::vector<GrantedItem>& granted() const { return terms_.granted; }
  const std::vector<WithheldItem>& withheld() const { return terms_.withheld; }
  // The grant for this item, or null.
  const GrantedItem* Find(absl::string_view item) const;

 private:
  friend class PermitMaker;  // engine_decide.cc
  explicit Permit(PermitTerms terms) : terms_(std::move(terms)) {}
  PermitTerms terms_;
};

struct Refusal {
  std::string agreement;  // the one asked for or nearest; may be empty
  std::string flow;       // the nearest flow; may be empty
  std::string rule;       // the prohibition or flow that refused; may be empty
  Layer layer;
  // Every condition not shown, for the record.
  std::vector<ConditionKind> missing;
  // Those of them that tell nothing about a person.
  std::vector<ConditionKind> missing_for_asker;
  std::string reason_for_asker;
  std::string reason_for_record;
};

using Decision = std::variant<Permit, Refusal>;

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_PERMIT_H_
