// SPDX-License-Identifier: Apache-2.0
// What the flows that could carry an ask need to be shown, and by whom.
#ifndef KINSTILE_GATEWAY_SHARE_NEEDS_H_
#define KINSTILE_GATEWAY_SHARE_NEEDS_H_

#include <string>
#include <vector>

#include "gateway/share/request.h"
#include "policy/active_set.h"
#include "policy/engine.h"
#include "policy/permit.h"

namespace kinstile::share {

// Sets the facts that the agreement itself shows, whatever the asker says of
// them: that its impact assessment was reviewed within a year of the ask's day,
// and that it names an appropriate policy document.
void ShowAgreementFacts(const policy::ActiveSet& set, policy::Ask& ask);

// Who keeps the consents that a flow asks for: the requester's are known by its
// own handles before anybody is matched, the source's only after.
enum class ConsentOf { kRequester, kSource };

// The asked items that some candidate flow gives only with a consent kept by
// `who`: what a consent must name. Empty: none is needed.
std::vector<std::string> ItemsNeedingConsent(const policy::ActiveSet& set,
                                             const policy::Ask& ask,
                                             ConsentOf who);

// The conditions that the source decides in some candidate flow. For these the
// source believes its own records only, never the asker.
std::vector<policy::ConditionKind> DecidedBySource(const policy::ActiveSet& set,
                                                   const policy::Ask& ask);

// All conditions of the candidate flows.
std::vector<policy::ConditionKind> ConditionsOf(const policy::ActiveSet& set,
                                                const policy::Ask& ask);

// Whether a flow that granted something rests on a consent kept by `who`: then
// it is about the people who consented, and about nobody else.
bool RestsOnConsent(const policy::ActiveSet& set, const policy::Permit& permit,
                    ConsentOf who);

// The granted items that rest on a consent, whoever keeps it.
std::vector<std::string> GrantedOnConsent(const policy::ActiveSet& set,
                                          const policy::Permit& permit);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_NEEDS_H_
