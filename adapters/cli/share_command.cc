// SPDX-License-Identifier: Apache-2.0
// kinstile share: one question about one family, through an agency's adapter.
#include <iostream>
#include <memory>

#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/cli/question.h"
#include "adapters/cli/share_view.h"
#include "adapters/daemon/node.h"
#include "gateway/base/status_macros.h"
#include "policy/vocabulary.h"

namespace kinstile::cli {
namespace {

struct Options {
  std::string config;
  std::string case_ref;
  client::Question question;
  std::vector<std::string> facts;
  std::vector<std::string> asks;
  bool json = false;
};

absl::Status FillQuestion(Options& o) {
  for (const std::string& text : o.facts) {
    KS_ASSIGN_OR_RETURN(share::AssertedFact fact, ParseFact(text));
    o.question.facts.push_back(std::move(fact));
  }
  for (const std::string& text : o.asks) {
    KS_ASSIGN_OR_RETURN(share::SourceAsk ask, ParseAsk(text));
    o.question.asks.push_back(std::move(ask));
  }
  return absl::OkStatus();
}

// Other users of the machine can list the arguments of a process.
absl::Status ReadCase(Options& o) {
  if (o.case_ref != "-") return absl::OkStatus();
  if (!std::getline(std::cin, o.case_ref) || o.case_ref.empty())
    return absl::InvalidArgumentError("--case: no line on standard input");
  return absl::OkStatus();
}

int Share(Options& o) {
  const bool counts = o.question.mode == policy::Name(policy::Mode::kAskCounts);
  if (counts == !o.case_ref.empty())
    return Complain(absl::InvalidArgumentError(
                        counts ? "--case: counts are of everybody whom the "
                                 "source knows; leave it out"
                               : "--case: is missing"),
                    kUsage);
  if (absl::Status s = ReadCase(o); !s.ok()) return Complain(s, kUsage);
  if (absl::Status s = FillQuestion(o); !s.ok()) return Complain(s, kUsage);
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  absl::StatusOr<std::vector<client::Member>> members =
      std::vector<client::Member>();
  if (!o.case_ref.empty())
    members = (*node)->Family(identity::Pii<>(o.case_ref));
  if (!members.ok()) return Complain(members.status());
  auto outcome = (*node)->Ask(*members, o.question);
  if (!outcome.ok()) return Complain(outcome.status());
  const ShareView view(**node, *members, *outcome);
  if (o.json)
    PrintJson(view.ToJson());
  else
    view.Print();
  return view.AnythingShared() ? kDone : kNothingShared;
}

}  // namespace

void AddShare(CLI::App& app, Chosen& chosen) {
  CLI::App* share = app.add_subcommand("share",
                                       "ask other agencies about one family of "
                                       "your own register, or for counts");
  auto o = std::make_shared<Options>();
  share->add_option("--config", o->config, "your adapter's configuration")
      ->required();
  share->add_option("--case", o->case_ref,
                    "your own reference of a person of the family; - reads it "
                    "from standard input, so that no list of processes has it. "
                    "Not with --mode ASK_COUNTS, which is about nobody");
  share
      ->add_option("--agreement", o->question.agreement,
                   "agreement that allows it")
      ->required();
  share
      ->add_option("--purpose", o->question.purpose,
                   "for example SUPPORT_KEY_WORKING")
      ->required();
  share->add_option("--role", o->question.role, "your role under the agreement")
      ->required();
  share
      ->add_option("--practitioner", o->question.practitioner,
                   "your staff id, as in your agency's register of "
                   "practitioners")
      ->required();
  share
      ->add_option("--reason", o->question.reason,
                   "why now, in a few words; no names")
      ->required();
  share->add_option("--nation", o->question.nation,
                    "where the family lives: ENGLAND, WALES or SCOTLAND");
  share
      ->add_option(
          "--ask", o->asks,
          "AGENCY:ITEM,ITEM,... (may be repeated); ITEM=GRAIN asks for "
          "it no finer than that, such as due_date=MONTH_ONLY")
      ->required();
  share->add_option("--fact", o->facts,
                    "a condition that you vouch for: NAME, NAME=no, or "
                    "NAME=NUMBER where it has one, such as AGE_FROM=16");
  share
      ->add_option(
          "--mode", o->question.mode,
          "shape of the request; ASK_COUNTS for counts of all whom the "
          "source knows, small ones hidden")
      ->capture_default_str();
  share->add_flag("--json", o->json, "for machines");
  share->callback([o, &chosen] { chosen = [o] { return Share(*o); }; });
}

}  // namespace kinstile::cli
