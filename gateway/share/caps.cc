// SPDX-License-Identifier: Apache-2.0
// Deciding until every flow that grants has a use left.
#include "gateway/share/caps.h"

#include <algorithm>
#include <limits>
#include <set>

namespace kinstile::share {
namespace {

// People ask in British days; the cap counts in UTC, as the records do.
std::string UseName(const policy::Permit& permit, const std::string& flow) {
  return "share " + permit.terms().agreement + "/" + flow;
}

int64_t CapOf(const policy::ActiveSet& set, const policy::Permit& permit,
              const std::string& flow) {
  const policy::Agreement* agreement = set.Find(permit.terms().agreement);
  const policy::Flow* found =
      agreement == nullptr ? nullptr : agreement->FindFlow(flow);
  if (found == nullptr) return 0;
  return found->max_requests_per_day.value_or(
      std::numeric_limits<int64_t>::max());
}

// Takes one use of every flow of the permit that is not among `taken`. 0, or
// the highest cap among flows that are used up.
int64_t TakeUses(const policy::ActiveSet& set, const policy::Permit& permit,
                 DailyUse& daily_use, const AgencyId& agency, absl::Time now,
                 std::set<std::string>& taken) {
  int64_t used_up = 0;
  for (const std::string& flow : permit.terms().flows) {
    const std::string use = UseName(permit, flow);
    const int64_t cap = CapOf(set, permit, flow);
    if (taken.contains(use)) continue;
    if (daily_use.Take(agency, use, 1, cap, now).ok())
      taken.insert(use);
    else
      used_up = std::max(used_up, cap);
  }
  return used_up;
}

}  // namespace

policy::Decision DecideWithinCaps(const policy::ActiveSet& set,
                                  DailyUse& daily_use,
                                  const AgencyId& requester, absl::Time now,
                                  policy::Ask& question) {
  std::set<std::string> taken;
  while (true) {
    policy::Decision decision =
        policy::Decide(set, question, policy::Deciding::kGateway);
    const auto* permit = std::get_if<policy::Permit>(&decision);
    if (permit == nullptr) return decision;
    const int64_t used_up =
        TakeUses(set, *permit, daily_use, requester, now, taken);
    if (used_up <= question.requests_today) return decision;
    // Ends, for no flow with this cap or a lower one is granted again.
    question.requests_today = used_up;
  }
}

std::vector<std::string> UsesOf(const policy::Permit& permit) {
  std::vector<std::string> uses;
  for (const std::string& flow : permit.terms().flows)
    uses.push_back(UseName(permit, flow));
  return uses;
}

}  // namespace kinstile::share
