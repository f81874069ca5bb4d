// SPDX-License-Identifier: Apache-2.0
// Decisions from the trail: read whole, or refused; taken again without harm.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "gateway/share/decision_record.h"

using namespace kinstile;  // NOLINT: a test program

namespace {

std::shared_ptr<const policy::ActiveSet> Set() {
  static const auto* const set = [] {
    policy::Agreement a;
    a.id = "a";
    a.version = 1;
    a.expires = absl::CivilDay(2027, 1, 1);
    a.nations = {policy::Jurisdiction::kEngland};
    a.parties.resize(2);
    a.parties[0].id = "from";
    a.parties[1].id = "to";
    for (policy::Party& party : a.parties) {
      party.carries_out = policy::ObligationKinds::All();
      party.nations = a.nations;
    }
    policy::Flow flow;
    flow.id = "f";
    flow.from = "from";
    flow.to = "to";
    flow.roles = {"worker"};
    flow.purposes = {policy::Purpose::kReferral};
    flow.mode = policy::Mode::kAskOnePerson;
    flow.items.resize(1);
    flow.items[0].item = "i";
    flow.items[0].granularity = policy::Granularity::kYesNo;
    flow.max_people = 9;
    a.flows = {flow};
    return new std::shared_ptr<const policy::ActiveSet>(
        std::make_shared<policy::ActiveSet>(std::vector<policy::Agreement>{a},
                                            policy::Catalogue{}, "set"));
  }();
  return *set;
}

std::string Valid() {
  policy::Ask ask;
  ask.from = "from";
  ask.to = "to";
  ask.role = "worker";
  ask.purpose = policy::Purpose::kReferral;
  ask.mode = policy::Mode::kAskOnePerson;
  ask.items = {"i"};
  ask.facts.Set(policy::ConditionKind::kAgeFrom, {policy::Truth::kYes, 3});
  ask.today = absl::CivilDay(2026, 11, 23);
  const auto set = policy::Suspend(Set(), {{"to", "a", {"f"}}});
  return share::RecordDecision(
      *set, ask, policy::Deciding::kGateway,
      policy::Decide(*set, ask, policy::Deciding::kGateway), {"p", "now"});
}

}  // namespace

std::vector<std::string> FuzzSeeds() { return {Valid()}; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto again = share::Replay(Set(), bytes);
  // What is no decision cannot be taken again.
  if (again.ok() && !share::ReadDecision(bytes).ok()) std::abort();
  return 0;
}
