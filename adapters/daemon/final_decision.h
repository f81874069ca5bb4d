// SPDX-License-Identifier: Apache-2.0
// The source's final decision about one person, by what this agency itself can
// show of them: it narrows what could be said without looking, never widens.
#ifndef KINSTILE_ADAPTERS_DAEMON_FINAL_DECISION_H_
#define KINSTILE_ADAPTERS_DAEMON_FINAL_DECISION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/daemon/consent_book.h"
#include "adapters/identity/pii.h"
#include "adapters/sources/source.h"
#include "gateway/base/ids.h"
#include "policy/active_set.h"
#include "policy/engine.h"

namespace kinstile::daemon {

// What was asked of the engine about the person, and what it said.
struct FinalDecision {
  policy::Ask ask;
  policy::Decision decision;
};

// Thread-safe if its parts are; they outlive it.
class FinalDecisions {
 public:
  struct Parts {
    AgencyId agency;
    sources::RecordSource& source;
    ConsentBook& consents;
  };
  // One of ours: the handle that matched, and the record behind it.
  struct Person {
    const Handle& handle;
    const identity::Pii<>& local_id;
    // By the requester's signature they have consented to what is asked.
    bool vouched = false;
  };
  explicit FinalDecisions(const Parts& parts) : p_(parts) {}

  // Decides what `ask.to` asked about the person. Of a condition that the
  // source decides only our consents and records count, and what they do not
  // show is not known; of any other, what our record shows counts before the
  // asker's word. Items that rest on consent and that the person has said no
  // to here are decided apart, as not consented to: one decision or two.
  // Errors: the source cannot be read; NOT_FOUND when the record is gone.
  absl::StatusOr<std::vector<FinalDecision>> Decide(
      const policy::ActiveSet& set, const policy::Ask& ask,
      const Person& person, absl::Time now) const;

 private:
  absl::Status ShowConsent(const policy::ActiveSet& set, const Person& person,
                           absl::Time now, policy::Ask& ask) const;
  absl::Status ShowRecord(const policy::ActiveSet& set, const Person& person,
                          absl::Time now, policy::Ask& ask) const;
  // The items that rest on consent and that the person has said no to.
  absl::StatusOr<std::vector<std::string>> Refused(const policy::ActiveSet& set,
                                                   const policy::Ask& ask,
                                                   const Person& person,
                                                   absl::Time now) const;

  const Parts p_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_FINAL_DECISION_H_
