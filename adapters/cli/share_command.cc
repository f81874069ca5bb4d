// SPDX-License-Identifier: Apache-2.0
// kinstile share: one question about one family, through an agency's adapter.
#include <iostream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/cli/share_view.h"
#include "adapters/daemon/node.h"
#include "gateway/base/status_macros.h"

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

// "NAME", "NAME=yes" or "NAME=no".
absl::StatusOr<share::AssertedFact> ParseFact(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '=');
  share::AssertedFact fact{parts[0], true, {}};
  if (parts.size() == 1) return fact;
  const std::string truth = absl::AsciiStrToLower(parts[1]);
  if (parts.size() > 2 || (truth != "yes" && truth != "no"))
    return absl::InvalidArgumentError(
        "--fact: must be NAME, NAME=yes or "
        "NAME=no");
  fact.holds = truth == "yes";
  return fact;
}

// "agency:item,item", an item with the grain that is wanted as "item=GRAIN".
absl::StatusOr<share::SourceAsk> ParseAsk(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() != 2)
    return absl::InvalidArgumentError("--ask: must be AGENCY:ITEM,ITEM,...");
  share::SourceAsk ask;
  KS_ASSIGN_OR_RETURN(ask.agency, AgencyId::Create(parts[0]));
  bool grained = false;
  for (absl::string_view item :
       absl::StrSplit(parts[1], ',', absl::SkipEmpty())) {
    const std::vector<std::string> named =
        absl::StrSplit(item, absl::MaxSplits('=', 1));
    ask.items.push_back(named[0]);
    ask.grains.push_back(named.size() == 2 ? named[1] : "");
    grained |= named.size() == 2;
  }
  if (!grained) ask.grains.clear();
  return ask;
}

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
  if (absl::Status s = ReadCase(o); !s.ok()) return Complain(s, kUsage);
  if (absl::Status s = FillQuestion(o); !s.ok()) return Complain(s, kUsage);
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  auto members = (*node)->Family(identity::Pii<>(o.case_ref));
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
  CLI::App* share = app.add_subcommand(
      "share", "ask other agencies about one family of your own register");
  auto o = std::make_shared<Options>();
  share->add_option("--config", o->config, "your adapter's configuration")
      ->required();
  share
      ->add_option("--case", o->case_ref,
                   "your own reference of a person of the family; - reads it "
                   "from standard input, so that no list of processes has it")
      ->required();
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
  share->add_option("--practitioner", o->question.practitioner, "your staff id")
      ->required();
  share
      ->add_option("--reason", o->question.reason,
                   "why now, in a few words; no names")
      ->required();
  share->add_option("--trained-on", o->question.trained_on,
                    "day of your last training in information sharing");
  share->add_option("--nation", o->question.nation,
                    "where the family lives: ENGLAND, WALES or SCOTLAND");
  share
      ->add_option(
          "--ask", o->asks,
          "AGENCY:ITEM,ITEM,... (may be repeated); ITEM=GRAIN asks for "
          "it no finer than that, such as due_date=MONTH_ONLY")
      ->required();
  share->add_option("--fact", o->facts,
                    "a condition that you vouch for: NAME or NAME=no");
  share->add_option("--mode", o->question.mode, "shape of the request")
      ->capture_default_str();
  share->add_flag("--json", o->json, "for machines");
  share->callback([o, &chosen] { chosen = [o] { return Share(*o); }; });
}

}  // namespace kinstile::cli
