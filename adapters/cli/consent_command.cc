// SPDX-License-Identifier: Apache-2.0
// kinstile consent: what a person has agreed to, in the agency's own book.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"

namespace kinstile::cli {
namespace {

using share::ConsentCapacity;
using share::ConsentDecision;
using share::ConsentMeans;

struct Options {
  std::string config;
  std::string case_ref;
  std::string from, to, purpose;
  std::vector<std::string> items;
  bool refused = false;
  ConsentMeans means = ConsentMeans::kSigned;
  ConsentCapacity capacity = ConsentCapacity::kOwn;
  std::string on, until, as_known_on, id;
  daemon::ConsentNote note;
  bool json = false;
};

// The first moment of a day, or of the day after it.
absl::StatusOr<int64_t> StartOf(absl::string_view option,
                                const std::string& day, int days_later = 0) {
  absl::CivilDay civil;
  if (day.size() != 10 || !absl::ParseCivilTime(day, &civil))
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": must be a day as YYYY-MM-DD"));
  return ToMillis(absl::FromCivil(civil + days_later, absl::UTCTimeZone()));
}

std::string Moment(int64_t ms) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

std::string LastDay(int64_t expires_at_ms) {
  return absl::FormatTime("%Y-%m-%d", absl::FromUnixMillis(expires_at_ms - 1),
                          absl::UTCTimeZone());
}

// Kept and counting here whatever the gateway says; what it has not heard yet
// the daemon goes on telling it.
int Told(const absl::Status& told, const Options& o, Json json,
         const std::string& done) {
  if (o.json) {
    json["gateway_knows"] = told.ok();
    PrintJson(json);
  } else {
    std::printf("%s\n", done.c_str());
  }
  if (told.ok()) return kDone;
  return Complain(absl::Status(
      told.code(),
      absl::StrCat("kept here, but the gateway could not be told yet (",
                   told.message(), "); the adapter goes on trying")));
}

// Other users of the machine can list the arguments of a process. The case is
// the first line, the note the rest.
absl::Status ReadInput(Options& o) {
  if (o.case_ref == "-" &&
      (!std::getline(std::cin, o.case_ref) || o.case_ref.empty()))
    return absl::InvalidArgumentError("--case: no line on standard input");
  if (o.note.note == "-")
    o.note.note.assign(std::istreambuf_iterator<char>(std::cin), {});
  return absl::OkStatus();
}

absl::StatusOr<share::Consent> ToConsent(const Options& o,
                                         const daemon::Node& node) {
  share::Consent c;
  c.id = crypto::RandomId<share::ConsentId>();
  c.handle = node.handles().ForRecord(identity::Pii<>(o.case_ref));
  KS_ASSIGN_OR_RETURN(c.from, AgencyId::Create(o.from));
  KS_ASSIGN_OR_RETURN(c.to, AgencyId::Create(o.to));
  c.items = o.items;
  c.purpose = o.purpose;
  c.decision = o.refused ? ConsentDecision::kRefused : ConsentDecision::kGiven;
  c.means = o.means;
  c.capacity = o.capacity;
  c.decided_at_ms = ToMillis(SystemClock().Now());
  if (!o.on.empty()) {
    KS_ASSIGN_OR_RETURN(c.decided_at_ms, StartOf("--on", o.on));
  }
  if (!o.refused) {
    if (o.until.empty())
      return absl::InvalidArgumentError(
          "--until: a consent needs its last day; nobody agrees for ever");
    KS_ASSIGN_OR_RETURN(c.expires_at_ms, StartOf("--until", o.until, 1));
  }
  return c;
}

int Record(Options& o) {
  if (absl::Status s = ReadInput(o); !s.ok()) return Complain(s, kUsage);
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  if (auto known = (*node)->Family(identity::Pii<>(o.case_ref)); !known.ok())
    return Complain(known.status());
  auto consent = ToConsent(o, **node);
  if (!consent.ok()) return Complain(consent.status(), kUsage);
  if (absl::Status s = (*node)->consents().Record(*consent, o.note); !s.ok())
    return Complain(s, absl::IsInvalidArgument(s) ? kUsage : kFailed);
  const std::string id = absl::BytesToHexString(consent->id.view());
  return Told(
      (*node)->outbox().Flush(), o, {{"consent", id}},
      absl::StrCat("Recorded as ", id, ".\n",
                   o.refused ? "The refusal" : "The consent",
                   " counts from now on. To take it back: kinstile consent "
                   "withdraw --id ",
                   id));
}

int Withdraw(const Options& o) {
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  bool hex = o.id.size() == 32;
  for (char c : o.id) hex = hex && absl::ascii_isxdigit(c);
  if (!hex)
    return Complain(absl::InvalidArgumentError("--id: must be 32 hex digits"),
                    kUsage);
  int64_t at = ToMillis(SystemClock().Now());
  if (!o.on.empty()) {
    auto day = StartOf("--on", o.on);
    if (!day.ok()) return Complain(day.status(), kUsage);
    at = *day;
  }
  const auto id = *share::ConsentId::FromBytes(absl::HexStringToBytes(o.id));
  if (absl::Status s = (*node)->consents().Withdraw(id, at); !s.ok())
    return Complain(s, absl::IsInvalidArgument(s) ? kUsage : kFailed);
  return Told((*node)->outbox().Flush(), o, {{"consent", o.id}},
              "Withdrawn. Nothing more is shared on it, from now on.");
}

Json ToJson(const daemon::NotedConsent& noted) {
  const share::KnownConsent& k = noted.known;
  const share::Consent& c = k.consent;
  Json json = {{"consent", absl::BytesToHexString(c.id.view())},
               {"decision", std::string(share::Name(c.decision))},
               {"from", c.from.str()},
               {"to", c.to.str()},
               {"items", c.items},
               {"purpose", c.purpose},
               {"means", std::string(share::Name(c.means))},
               {"capacity", std::string(share::Name(c.capacity))},
               {"decided", Moment(c.decided_at_ms)},
               {"recorded", Moment(k.recorded_at_ms)},
               {"practitioner", noted.note.practitioner},
               {"form", noted.note.form},
               {"note", noted.note.note}};
  if (c.expires_at_ms > 0) json["last_day"] = LastDay(c.expires_at_ms);
  if (k.withdrawn_at_ms) json["withdrawn"] = Moment(*k.withdrawn_at_ms);
  if (k.withdrawal_recorded_at_ms)
    json["withdrawal_recorded"] = Moment(*k.withdrawal_recorded_at_ms);
  return json;
}

void Print(const daemon::NotedConsent& noted) {
  const share::KnownConsent& k = noted.known;
  const share::Consent& c = k.consent;
  const bool given = c.decision == ConsentDecision::kGiven;
  std::printf("%s\n  %s %s: %s may%s give %s to %s for %s\n",
              absl::BytesToHexString(c.id.view()).c_str(),
              Moment(c.decided_at_ms).c_str(),
              std::string(share::Name(c.decision)).c_str(),
              c.from.str().c_str(), given ? "" : " NOT",
              absl::StrJoin(c.items, ", ").c_str(), c.to.str().c_str(),
              c.purpose.c_str());
  std::printf(
      "  %s, %s%s; recorded %s%s%s\n",
      std::string(share::Name(c.means)).c_str(),
      std::string(share::Name(c.capacity)).c_str(),
      given ? absl::StrCat(", until ", LastDay(c.expires_at_ms)).c_str() : "",
      Moment(k.recorded_at_ms).c_str(),
      noted.note.practitioner.empty() ? "" : " by ",
      noted.note.practitioner.c_str());
  if (k.withdrawn_at_ms)
    std::printf("  WITHDRAWN %s, recorded %s\n",
                Moment(*k.withdrawn_at_ms).c_str(),
                Moment(k.withdrawal_recorded_at_ms.value_or(0)).c_str());
  if (!noted.note.form.empty())
    std::printf("  form: %s\n", noted.note.form.c_str());
  if (!noted.note.note.empty())
    std::printf("  note: %s\n", noted.note.note.c_str());
}

int List(Options& o) {
  if (absl::Status s = ReadInput(o); !s.ok()) return Complain(s, kUsage);
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  std::optional<int64_t> as_known_at;
  if (!o.as_known_on.empty()) {
    auto end = StartOf("--as-known-on", o.as_known_on, 1);
    if (!end.ok()) return Complain(end.status(), kUsage);
    as_known_at = *end - 1;
  }
  const auto consents = (*node)->consents().List(
      (*node)->handles().ForRecord(identity::Pii<>(o.case_ref)), as_known_at);
  if (!consents.ok()) return Complain(consents.status());
  if (o.json) {
    Json list = Json::array();
    for (const auto& c : *consents) list.push_back(ToJson(c));
    PrintJson({{"consents", list}});
    return kDone;
  }
  for (const auto& c : *consents) Print(c);
  std::printf("%zu recorded%s.\n", consents->size(),
              o.as_known_on.empty()
                  ? ""
                  : absl::StrCat(" by the end of ", o.as_known_on).c_str());
  return kDone;
}

constexpr char kCaseHelp[] =
    "your own reference of the person; - reads it from standard input, so that "
    "no list of processes has it";

void AddCommon(CLI::App* command, Options& o) {
  command->add_option("--config", o.config, "your adapter's configuration")
      ->required();
  command->add_flag("--json", o.json, "for machines");
}

void AddRecord(CLI::App& consent, Chosen& chosen) {
  CLI::App* command = consent.add_subcommand(
      "record", "record that a person agreed, or refused");
  auto o = std::make_shared<Options>();
  AddCommon(command, *o);
  command->add_option("--case", o->case_ref, kCaseHelp)->required();
  command->add_option("--from", o->from, "agency that may give")->required();
  command->add_option("--to", o->to, "agency that may get")->required();
  command
      ->add_option("--item", o->items,
                   "exactly which items, by the agreement's names (may be "
                   "repeated)")
      ->required();
  command->add_option("--purpose", o->purpose, "for example REFERRAL")
      ->required();
  command->add_option("--until", o->until, "last day, YYYY-MM-DD");
  command->add_flag("--refused", o->refused,
                    "the person was asked and said no");
  command->add_option("--means", o->means, "how: signed, spoken or online")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, ConsentMeans>{
                                      {"signed", ConsentMeans::kSigned},
                                      {"spoken", ConsentMeans::kSpoken},
                                      {"online", ConsentMeans::kOnline}})
              .description(""))
      ->required();
  command
      ->add_option("--capacity", o->capacity,
                   "own, young-person (competent to decide), parent (for a "
                   "child) or attorney")
      ->transform(
          CLI::CheckedTransformer(
              std::map<std::string, ConsentCapacity>{
                  {"own", ConsentCapacity::kOwn},
                  {"young-person", ConsentCapacity::kCompetentYoungPerson},
                  {"parent", ConsentCapacity::kParentalResponsibility},
                  {"attorney", ConsentCapacity::kAttorneyOrDeputy}})
              .description(""))
      ->required();
  command->add_option("--on", o->on, "day of the decision, if not now");
  command
      ->add_option("--practitioner", o->note.practitioner,
                   "your staff id; stays with your agency")
      ->required();
  command->add_option("--form", o->note.form,
                      "where the form is kept; stays with your agency");
  command->add_option("--note", o->note.note,
                      "stays with your agency; - reads it from standard input");
  command->callback([o, &chosen] { chosen = [o] { return Record(*o); }; });
}

}  // namespace

void AddConsent(CLI::App& app, Chosen& chosen) {
  CLI::App* consent = app.add_subcommand(
      "consent", "record, withdraw and list what people agreed to");
  consent->require_subcommand(1);
  AddRecord(*consent, chosen);
  CLI::App* withdraw = consent->add_subcommand(
      "withdraw", "a person takes a consent back: at once, and for good");
  auto w = std::make_shared<Options>();
  AddCommon(withdraw, *w);
  withdraw->add_option("--id", w->id, "the consent's id")->required();
  withdraw->add_option("--on", w->on, "day of the withdrawal, if not now");
  withdraw->callback([w, &chosen] { chosen = [w] { return Withdraw(*w); }; });
  CLI::App* list = consent->add_subcommand(
      "list", "everything recorded about one person, now or as known earlier");
  auto l = std::make_shared<Options>();
  AddCommon(list, *l);
  list->add_option("--case", l->case_ref, kCaseHelp)->required();
  list->add_option("--as-known-on", l->as_known_on,
                   "as it was known at the end of this day, YYYY-MM-DD");
  list->callback([l, &chosen] { chosen = [l] { return List(*l); }; });
}

}  // namespace kinstile::cli
