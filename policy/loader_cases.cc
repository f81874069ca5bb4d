// SPDX-License-Identifier: Apache-2.0
// Reads a cases.textproto into the asks it stands for.

#include "absl/strings/str_cat.h"
#include "kinstile/v1/agreement.pb.h"
#include "kinstile/v1/law.pb.h"
#include "policy/cases.h"
#include "policy/loader_law.h"
#include "policy/loader_text.h"

namespace kinstile::policy {
namespace {

using internal::Node;
using internal::Report;

Truth TruthOf(v1::TestSuite::Fact::Truth truth) {
  switch (truth) {
    case v1::TestSuite::Fact::YES:
      return Truth::kYes;
    case v1::TestSuite::Fact::NO:
      return Truth::kNo;
    default:
      return Truth::kUnknown;
  }
}

Outcome OutcomeOf(v1::TestSuite::Expect::Outcome outcome) {
  switch (outcome) {
    case v1::TestSuite::Expect::SHARE:
      return Outcome::kShare;
    case v1::TestSuite::Expect::SHARE_PART:
      return Outcome::kSharePart;
    default:
      return Outcome::kRefuse;
  }
}

ExpectedOutcome Expected(const v1::TestSuite::Expect& in) {
  ExpectedOutcome out;
  out.outcome = OutcomeOf(in.outcome());
  out.released = {in.released().begin(), in.released().end()};
  for (int as : in.as()) out.as.push_back(static_cast<Granularity>(as));
  out.look_back_days = {in.look_back_days().begin(), in.look_back_days().end()};
  out.withheld = {in.withheld().begin(), in.withheld().end()};
  out.because = {in.because().begin(), in.because().end()};
  for (int kind : in.then()) {
    out.obligations.push_back(static_cast<ObligationKind>(kind));
  }
  for (const v1::Agreement::Obligation& each : in.obliged()) {
    out.obliged.push_back({static_cast<ObligationKind>(each.kind()),
                           each.has_number()
                               ? std::optional<int64_t>(each.number())
                               : std::nullopt,
                           ""});
  }
  if (in.has_keep_days()) out.keep_days = in.keep_days();
  out.by_rule = {in.by_rule().begin(), in.by_rule().end()};
  if (in.layer() != v1::LEGAL_LAYER_UNSPECIFIED) {
    out.layer = static_cast<Layer>(in.layer());
  }
  return out;
}

void Need(bool present, const Node& at, absl::string_view what,
          Report* report) {
  if (present) return;
  report->Error("LP008", at.here(), absl::StrCat(what, " is missing"));
}

Case ReadCase(const v1::TestSuite& suite, const v1::TestSuite::Case& in,
              const Node& at, Report* report) {
  Case out;
  out.name = in.name();
  out.line = at.here().line;
  out.ask.agreement = suite.agreement();
  out.ask.from = in.from();
  out.ask.to = in.to();
  out.ask.role = in.to_role();
  out.ask.purpose = static_cast<Purpose>(in.purpose());
  out.ask.mode = static_cast<Mode>(in.mode());
  out.ask.items = {in.item().begin(), in.item().end()};
  out.ask.people = in.has_people() ? in.people() : 1;
  out.ask.requests_today = in.requests_today();
  if (in.nation() != v1::JURISDICTION_UNSPECIFIED) {
    out.ask.nation = static_cast<Jurisdiction>(in.nation());
  }
  for (int i = 0; i < in.given_size(); ++i) {
    const v1::TestSuite::Fact& fact = in.given(i);
    const Node here = at.Child("given", i);
    Need(fact.kind() != v1::CONDITION_KIND_UNSPECIFIED, here, "`kind`", report);
    Need(fact.truth() != v1::TestSuite::Fact::TRUTH_UNSPECIFIED, here,
         "`truth`", report);
    out.ask.facts.Set(static_cast<ConditionKind>(fact.kind()),
                      {TruthOf(fact.truth()),
                       fact.has_number() ? std::optional<int64_t>(fact.number())
                                         : std::nullopt});
  }
  out.deciding = in.decider() == v1::TestSuite::AT_SOURCE ? Deciding::kSource
                                                          : Deciding::kGateway;
  out.expected = Expected(in.expect());
  Need(!in.name().empty(), at, "`name`", report);
  Need(in.purpose() != v1::PURPOSE_UNSPECIFIED, at, "`purpose`", report);
  Need(in.mode() != v1::MODE_UNSPECIFIED, at, "`mode`", report);
  Need(in.item_size() > 0, at, "`item`", report);
  Need(in.expect().outcome() != v1::TestSuite::Expect::OUTCOME_UNSPECIFIED, at,
       "`expect { outcome: ... }`", report);
  if (in.expect().as_size() > 0 &&
      in.expect().as_size() != in.expect().released_size()) {
    report->Error("LP008", at.At("expect"),
                  "`as` must say how finely for each of `released`, in order");
  }
  if (in.expect().look_back_days_size() > 0 &&
      in.expect().look_back_days_size() != in.expect().released_size()) {
    report->Error("LP008", at.At("expect"),
                  "`look_back_days` must say how far back for each of "
                  "`released`, in order");
  }
  const std::string& today = in.today().empty() ? suite.today() : in.today();
  if (!internal::ParseDay(today, &out.ask.today)) {
    report->Error("LP008", at.At("today"), "`today` is not a day YYYY-MM-DD");
  }
  return out;
}

}  // namespace

Suite ParseSuite(const NamedBytes& file, std::vector<Issue>* issues) {
  Report report(file.name, issues);
  v1::TestSuite suite;
  const std::unique_ptr<Node::Tree> tree =
      internal::ParseText(file.bytes, &suite, &report);
  if (tree == nullptr) return {};
  const Node node(&suite, tree.get(), {1, 1});
  Need(!suite.agreement().empty(), node, "`agreement`", &report);
  Need(suite.case__size() > 0, node, "a `case`", &report);
  Suite out;
  out.agreement = suite.agreement();
  out.nothing_else = suite.nothing_else();
  for (int i = 0; i < suite.case__size(); ++i) {
    Case each = ReadCase(suite, suite.case_(i), node.Child("case", i), &report);
    each.agreement_version = suite.agreement_version();
    out.cases.push_back(std::move(each));
  }
  if (report.has_errors()) return {};
  return out;
}

std::vector<Case> ParseCases(const NamedBytes& file,
                             std::vector<Issue>* issues) {
  return ParseSuite(file, issues).cases;
}

}  // namespace kinstile::policy
