// SPDX-License-Identifier: Apache-2.0
// kinstile policy suspend, resume: a party's own flows, alone and at once.
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "gateway/base/status_macros.h"

namespace kinstile::cli {
namespace {

struct Options {
  std::string config;
  std::string agreement;
  std::vector<std::string> rules;
  std::string reason;
  bool resume = false;
  bool json = false;
};

absl::StatusOr<share::Suspension> ToStatement(const Options& o,
                                              const daemon::Node& node) {
  share::Suspension s;
  KS_ASSIGN_OR_RETURN(s.agreement, AgreementId::Create(o.agreement));
  for (const std::string& rule : o.rules) {
    KS_ASSIGN_OR_RETURN(FlowId id, FlowId::Create(rule));
    s.flows.push_back(std::move(id));
  }
  s.reason = o.reason;
  s.resume = o.resume;
  KS_RETURN_IF_ERROR(node.CheckOwn(s));
  return s;
}

int Suspend(const Options& o) {
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  const auto statement = ToStatement(o, **node);
  if (!statement.ok()) return Complain(statement.status(), kUsage);
  if (absl::Status s = (*node)->KeepSuspension(*statement); !s.ok())
    return Complain(s, absl::IsInvalidArgument(s) ? kUsage : kFailed);
  const absl::Status told = (*node)->outbox().Flush();
  const std::string what =
      o.rules.empty() ? "Every rule of yours" : "What you named";
  if (o.json)
    PrintJson({{"agreement", o.agreement},
               {"rules", o.rules},
               {"suspended", !o.resume},
               {"gateway_knows", told.ok()}});
  else
    std::printf("%s in %s %s%s\n", what.c_str(), o.agreement.c_str(),
                o.resume ? "goes on again" : "is suspended from now on",
                told.ok() ? ". Every party's officers read of it."
                          : ", at your own adapter for now.");
  if (told.ok()) return kDone;
  return Complain(absl::Status(
      told.code(),
      absl::StrCat("it counts at your own adapter, but the gateway could not "
                   "be told yet (",
                   told.message(), "); the adapter goes on trying")));
}

void AddOne(CLI::App& policy, Chosen& chosen, bool resume) {
  CLI::App* command =
      resume ? policy.add_subcommand(
                   "resume", "let rules go on that your agency has suspended")
             : policy.add_subcommand(
                   "suspend",
                   "stop rules that your agency gives or gets by: alone, at "
                   "once, until you resume them");
  auto o = std::make_shared<Options>();
  o->resume = resume;
  command->add_option("--config", o->config, "your adapter's configuration")
      ->required();
  command->add_option("--agreement", o->agreement, "its id")->required();
  command->add_option("--rule", o->rules,
                      "a rule's id (may be repeated); none: every rule of "
                      "your agency");
  command
      ->add_option("--reason", o->reason,
                   "why, for every party's officers; nothing about a person")
      ->required();
  command->add_flag("--json", o->json, "for machines");
  command->callback([o, &chosen] { chosen = [o] { return Suspend(*o); }; });
}

}  // namespace

void AddPolicyLife(CLI::App& policy, Chosen& chosen) {
  AddOne(policy, chosen, false);
  AddOne(policy, chosen, true);
}

}  // namespace kinstile::cli
