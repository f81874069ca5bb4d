// SPDX-License-Identifier: Apache-2.0
// kinstile review: records that may be one person, for somebody to say.
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"

namespace kinstile::cli {
namespace {

struct Options {
  std::string config;
  share::Reviewer reviewer;
  std::string id;
  bool same = false, different = false;
  bool json = false;
};

// A case with what this agency itself calls its record.
struct Case {
  v1::ReviewCase wire;
  std::string id;     // hex
  std::string local;  // empty: the record is gone
};

absl::string_view StateOf(const v1::ReviewCase& c) {
  switch (c.verdict()) {
    case v1::REVIEW_VERDICT_SAME:
      return "one person";
    case v1::REVIEW_VERDICT_DIFFERENT:
      return "two people";
    default:
      return "open";
  }
}

std::string Day(int64_t ms) {
  return absl::FormatTime("%Y-%m-%d", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

absl::StatusOr<std::vector<Case>> Cases(daemon::Node& node, const Options& o) {
  KS_ASSIGN_OR_RETURN(const auto cases, node.ListCases(o.reviewer));
  std::vector<Case> out;
  for (const v1::ReviewCase& c : cases) {
    Case one{c, absl::BytesToHexString(c.case_id()), ""};
    KS_ASSIGN_OR_RETURN(const Handle handle, Handle::FromBytes(c.handle()));
    if (auto local = node.LocalId(handle); local.ok())
      one.local = local->Reveal(identity::PiiAccess());
    out.push_back(std::move(one));
  }
  return out;
}

Json ToJson(const Case& c) {
  Json json = {{"case", c.id},
               {"your_record", c.local},
               {"other_agency", c.wire.other_agency()},
               {"you_decide", c.wire.decides()},
               {"agreement", c.wire.agreement()},
               {"purpose", c.wire.purpose()},
               {"opened", Day(c.wire.opened_at_ms())},
               {"state", std::string(StateOf(c.wire))}};
  json["agreement_of_fields"] = Json::array();
  for (const std::string& p : c.wire.pattern())
    json["agreement_of_fields"].push_back(p);
  return json;
}

void PrintLine(const Case& c) {
  std::printf("%s  %s  %-10s  your record %s, asked about by %s for %s\n",
              c.id.c_str(), Day(c.wire.opened_at_ms()).c_str(),
              std::string(StateOf(c.wire)).c_str(),
              c.local.empty() ? "(gone)" : c.local.c_str(),
              c.wire.other_agency().c_str(), c.wire.purpose().c_str());
}

void PrintWhole(const Case& c) {
  std::printf("case %s, opened %s, %s\n", Bold(c.id).c_str(),
              Day(c.wire.opened_at_ms()).c_str(),
              std::string(StateOf(c.wire)).c_str());
  std::printf("your record: %s\n",
              c.local.empty() ? "(gone)" : c.local.c_str());
  if (!c.wire.decides()) {
    std::printf("%s has confirmed that it is one of its own people.\n",
                c.wire.other_agency().c_str());
    return;
  }
  std::printf("%s asked about somebody who may be this person (%s, %s).\n",
              c.wire.other_agency().c_str(), c.wire.agreement().c_str(),
              c.wire.purpose().c_str());
  std::printf("How the two records compare; nobody's values are shown:\n");
  for (const std::string& p : c.wire.pattern())
    std::printf("  %s\n", p.c_str());
  std::printf(
      "Look at your own record, then: kinstile review decide --case %s "
      "--same (or --different)\n",
      c.id.c_str());
}

int List(Options& o) {
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  const auto cases = Cases(**node, o);
  if (!cases.ok()) return Complain(cases.status());
  if (o.json) {
    Json list = Json::array();
    for (const Case& c : *cases) list.push_back(ToJson(c));
    PrintJson({{"cases", list}});
    return kDone;
  }
  for (const Case& c : *cases) PrintLine(c);
  std::printf("%zu cases. That you looked is in your agency's trail.\n",
              cases->size());
  return kDone;
}

absl::StatusOr<share::ReviewId> ParseId(const std::string& hex) {
  bool good = hex.size() == 2 * share::ReviewId::kSize;
  for (char c : hex) good = good && absl::ascii_isxdigit(c);
  if (!good) return absl::InvalidArgumentError("--case: must be 32 hex digits");
  return share::ReviewId::FromBytes(absl::HexStringToBytes(hex));
}

int Show(Options& o) {
  if (auto id = ParseId(o.id); !id.ok()) return Complain(id.status(), kUsage);
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  const auto cases = Cases(**node, o);
  if (!cases.ok()) return Complain(cases.status());
  for (const Case& c : *cases) {
    if (c.id != absl::AsciiStrToLower(o.id)) continue;
    if (o.json)
      PrintJson(ToJson(c));
    else
      PrintWhole(c);
    return kDone;
  }
  return Complain(
      absl::NotFoundError("case: there is none such for this reviewer"));
}

int Say(Options& o, bool undo) {
  const auto id = ParseId(o.id);
  if (!id.ok()) return Complain(id.status(), kUsage);
  if (!undo && o.same == o.different)
    return Complain(
        absl::InvalidArgumentError("say one of --same and --different"),
        kUsage);
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  client::GatewayClient& gateway = (*node)->gateway();
  const absl::Status said =
      undo ? gateway.UndoDecision(*id, o.reviewer)
           : gateway.DecideCase(
                 *id,
                 o.same ? share::Verdict::kSame : share::Verdict::kDifferent,
                 o.reviewer);
  if (!said.ok()) return Complain(said);
  const absl::string_view state = undo     ? "open"
                                  : o.same ? "one person"
                                           : "two people";
  if (o.json)
    PrintJson({{"case", o.id}, {"state", std::string(state)}});
  else
    std::printf(
        "%s: it counts from the next question on. To take it back: "
        "kinstile review undo --case %s\n",
        undo     ? "The case is open again"
        : o.same ? "Recorded as one person"
                 : "Recorded as two people",
        o.id.c_str());
  return kDone;
}

std::shared_ptr<Options> AddCommon(CLI::App* command) {
  auto o = std::make_shared<Options>();
  o->reviewer.request = crypto::RandomId<RequestId>();
  command->add_option("--config", o->config, "your adapter's configuration")
      ->required();
  command->add_option("--reviewer", o->reviewer.staff, "your staff id")
      ->required();
  command->add_option("--role", o->reviewer.role, "as the agreement names it")
      ->required();
  command
      ->add_option("--reason", o->reviewer.reason,
                   "why you look or decide; it stands in the trail")
      ->required();
  command->add_flag("--json", o->json, "for machines");
  return o;
}

std::shared_ptr<Options> AddCase(CLI::App* command) {
  auto o = AddCommon(command);
  command->add_option("--case", o->id, "the case's id, from review list")
      ->required();
  return o;
}

}  // namespace

void AddReview(CLI::App& app, Chosen& chosen) {
  CLI::App* review = app.add_subcommand(
      "review", "say whether two records that look alike are one person");
  review->require_subcommand(1);
  CLI::App* list = review->add_subcommand(
      "list", "cases that wait for you, and matches that were confirmed");
  auto l = AddCommon(list);
  list->callback([l, &chosen] { chosen = [l] { return List(*l); }; });
  CLI::App* show =
      review->add_subcommand("show", "one case, and how the records compare");
  auto s = AddCase(show);
  show->callback([s, &chosen] { chosen = [s] { return Show(*s); }; });
  CLI::App* decide =
      review->add_subcommand("decide", "say that it is one person, or two");
  auto d = AddCase(decide);
  decide->add_flag("--same", d->same, "one person");
  decide->add_flag("--different", d->different, "two people");
  decide->callback([d, &chosen] { chosen = [d] { return Say(*d, false); }; });
  CLI::App* undo = review->add_subcommand(
      "undo", "take a decision back: what held before it holds again");
  auto u = AddCase(undo);
  undo->callback([u, &chosen] { chosen = [u] { return Say(*u, true); }; });
}

}  // namespace kinstile::cli
