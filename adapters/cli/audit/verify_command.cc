// SPDX-License-Identifier: Apache-2.0
// kinstile audit verify | diff | canary: checks that need no server.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/audit/commands.h"
#include "adapters/cli/audit/trail.h"
#include "adapters/cli/audit_view.h"
#include "adapters/cli/output.h"
#include "gateway/audit/canary.h"
#include "gateway/audit/diff.h"
#include "gateway/base/plain_text.h"
#include "gateway/base/status_macros.h"

namespace kinstile::cli {
namespace {

struct Verified {
  audit::VerifyReport report;
  std::vector<EarlierLog> earlier;

  bool ok() const {
    return report.ok() &&
           std::all_of(earlier.begin(), earlier.end(), [](const EarlierLog& e) {
             return !e.report || e.report->ok();
           });
  }
};

absl::StatusOr<Verified> VerifyAll(const Trail& trail) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(trail));
  KS_ASSIGN_OR_RETURN(audit::Evidence evidence, EvidenceOf(trail, log));
  Verified out;
  KS_ASSIGN_OR_RETURN(out.report, Verify(trail, log, std::move(evidence)));
  KS_ASSIGN_OR_RETURN(out.earlier, VerifyEarlierLogs(trail, log, out.report));
  return out;
}

void Print(const Verified& v) {
  for (const std::string& line : Describe(v.report))
    std::printf("%s\n", line.c_str());
  for (const EarlierLog& e : v.earlier) {
    const std::string origin = Plain(e.origin);
    if (!e.report) {
      std::printf(
          "\nThe earlier trail %s, which it carries on, is not in this copy: "
          "verify it where it is, with --origin %s.\n",
          origin.c_str(), origin.c_str());
      continue;
    }
    std::printf("\nThe earlier trail %s, which it carries on:\n",
                origin.c_str());
    for (const std::string& line : Describe(*e.report))
      std::printf("%s\n", line.c_str());
  }
}

Json ToJson(const Verified& v) {
  Json json = cli::ToJson(v.report);
  json["ok"] = v.ok();
  Json earlier = Json::array();
  for (const EarlierLog& e : v.earlier) {
    Json one = e.report ? cli::ToJson(*e.report) : Json::object();
    one["origin"] = e.origin;
    one["here"] = e.report.has_value();
    earlier.push_back(std::move(one));
  }
  json["earlier"] = std::move(earlier);
  return json;
}

int RunVerify(const Trail& trail) {
  auto verified = VerifyAll(trail);
  if (!verified.ok())
    return Complain(verified.status(), ExitCodeOf(verified.status()));
  if (trail.json)
    PrintJson(ToJson(*verified));
  else
    Print(*verified);
  return verified->ok() ? kDone : kNotVerified;
}

struct DiffOptions {
  Trail trail;
  std::string with;
};

absl::StatusOr<audit::Difference> Diff(const DiffOptions& o) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(o.trail));
  absl::StatusOr<audit::Difference> difference =
      absl::InternalError("audit: not compared");
  KS_RETURN_IF_ERROR(
      WithCopy(o.trail.store, log.origin, [&](audit::LogCopy& a) {
        return WithCopy(o.with, log.origin, [&](audit::LogCopy& b) {
          difference = audit::Compare(a, b);
          return absl::OkStatus();
        });
      }));
  return difference;
}

bool HoldsAlone(Trail trail, const std::string& store) {
  trail.store = store;
  const auto log = Identify(trail);
  if (!log.ok()) return false;
  const auto report = Verify(trail, *log, {});
  return report.ok() && report->ok();
}

void PrintList(const char* what, const std::vector<uint64_t>& entries) {
  if (entries.empty()) return;
  std::printf("%s: entries %s\n", what, absl::StrJoin(entries, ", ").c_str());
}

// Two copies that both hold were shown to two people; one that does not is
// damaged. By the heads in them, without other evidence.
struct Verdict {
  bool first_holds = true, second_holds = true;
};

void Print(const audit::Difference& d, const Verdict& v) {
  std::printf("The first copy has %llu entries, the second %llu.\n",
              static_cast<unsigned long long>(d.size_a),
              static_cast<unsigned long long>(d.size_b));
  PrintList("Only the first has the payload of", d.only_in_a);
  PrintList("Only the second has the payload of", d.only_in_b);
  PrintList("The payload differs, so one of them is damaged", d.damaged);
  if (d.fork && !(v.first_holds && v.second_holds))
    std::printf(
        "%s the copies are not the same from entry %llu on, and the %s does "
        "not "
        "hold by itself (\"audit verify\"): it was damaged or changed.\n",
        Red("DAMAGED:").c_str(), static_cast<unsigned long long>(*d.fork),
        v.first_holds    ? "second"
        : v.second_holds ? "first"
                         : "first and the second");
  else if (d.fork)
    std::printf(
        "%s the copies are not the same from entry %llu on. Somebody was shown "
        "another trail: keep both copies as evidence.\n",
        Red("FORKED:").c_str(), static_cast<unsigned long long>(*d.fork));
  else if (d.size_a == d.size_b)
    std::printf("Every entry is the same in both.\n");
  else
    std::printf("The %s copy is the other one and %llu more entries.\n",
                d.size_a > d.size_b ? "first" : "second",
                static_cast<unsigned long long>(d.size_a > d.size_b
                                                    ? d.size_a - d.size_b
                                                    : d.size_b - d.size_a));
}

int RunDiff(const DiffOptions& o) {
  auto d = Diff(o);
  if (!d.ok()) return Complain(d.status(), ExitCodeOf(d.status()));
  Verdict verdict;
  if (d->fork) {
    verdict.first_holds = HoldsAlone(o.trail, o.trail.store);
    verdict.second_holds = HoldsAlone(o.trail, o.with);
  }
  if (o.trail.json) {
    Json fork = d->fork ? Json(*d->fork) : Json(nullptr);
    PrintJson({{"consistent", d->consistent()},
               {"entries", Json::array({d->size_a, d->size_b})},
               {"fork", fork},
               {"first_holds", verdict.first_holds},
               {"second_holds", verdict.second_holds},
               {"payload_only_in_first", d->only_in_a},
               {"payload_only_in_second", d->only_in_b},
               {"payload_differs", d->damaged}});
  } else {
    Print(*d, verdict);
  }
  return d->consistent() ? kDone : kNotVerified;
}

// Each key by itself: all of them have to open what is for them.
absl::StatusOr<audit::CanaryReport> Canary(const Trail& trail) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(trail));
  KS_ASSIGN_OR_RETURN(const std::string audience, AudienceOf(trail));
  KS_ASSIGN_OR_RETURN(auto keys, OfficerKeys(trail));
  audit::CanaryReport sum;
  KS_RETURN_IF_ERROR(WithCopy(
      trail.store, log.origin, [&](audit::LogCopy& copy) -> absl::Status {
        for (crypto::BoxSecretKey& key : keys) {
          KS_ASSIGN_OR_RETURN(
              audit::CanaryReport r,
              audit::RunCanary(copy, log.origin, audience, std::move(key)));
          sum.epochs += r.epochs;
          sum.opened += r.opened;
          sum.unused += r.unused;
          sum.not_ours += r.not_ours;
          sum.erased += r.erased;
          for (std::string& alarm : r.alarms)
            sum.alarms.push_back(std::move(alarm));
        }
        return absl::OkStatus();
      }));
  return sum;
}

int RunCanary(const Trail& trail) {
  auto r = Canary(trail);
  if (!r.ok()) return Complain(r.status(), ExitCodeOf(r.status()));
  if (trail.json) {
    PrintJson({{"ok", r->ok()},
               {"epochs", r->epochs},
               {"opened", r->opened},
               {"unused", r->unused},
               {"not_for_these_keys", r->not_ours},
               {"erased", r->erased},
               {"alarms", r->alarms}});
    return r->ok() ? kDone : kNotVerified;
  }
  std::printf(
      "%llu epochs are for your keys: one entry opened in %llu, %llu have no "
      "entry yet, in %llu all are erased.\n",
      static_cast<unsigned long long>(r->epochs),
      static_cast<unsigned long long>(r->opened),
      static_cast<unsigned long long>(r->unused),
      static_cast<unsigned long long>(r->erased));
  if (r->not_ours > 0)
    std::printf("%llu epochs of your audience are for others of its keys.\n",
                static_cast<unsigned long long>(r->not_ours));
  for (const std::string& alarm : r->alarms)
    std::printf("%s %s\n", Red("ALARM:").c_str(), alarm.c_str());
  if (r->epochs == 0 && r->alarms.empty())
    std::printf("%s nothing in this trail is for your keys.\n",
                Red("ALARM:").c_str());
  if (r->ok()) std::printf("Your keys open all that they should.\n");
  return r->ok() ? kDone : kNotVerified;
}

}  // namespace

void AddVerify(CLI::App& audit, Chosen& chosen) {
  auto verify = std::make_shared<Trail>();
  CLI::App* command = audit.add_subcommand(
      "verify",
      "rebuild and check a whole trail; needs no server and no "
      "secret key");
  verify->AddTo(command);
  verify->AddEvidenceTo(command);
  command->add_option("--index", verify->index_file,
                      "your officers' index of the trail: the head up to which "
                      "it was built, and the receipts of the searches made "
                      "with it, are held against the copy");
  command->callback(
      [verify, &chosen] { chosen = [verify] { return RunVerify(*verify); }; });

  auto diff = std::make_shared<DiffOptions>();
  command = audit.add_subcommand(
      "diff", "compare two copies of one trail: the same, longer, or forked");
  diff->trail.AddTo(command);
  command->add_option("--with", diff->with, "the other copy")->required();
  command->callback(
      [diff, &chosen] { chosen = [diff] { return RunDiff(*diff); }; });

  auto canary = std::make_shared<Trail>();
  command = audit.add_subcommand(
      "canary",
      "try your officers' key on one entry of every epoch that is for it; run "
      "it daily");
  canary->AddTo(command);
  canary->AddReaderTo(command);
  command->callback(
      [canary, &chosen] { chosen = [canary] { return RunCanary(*canary); }; });
}

}  // namespace kinstile::cli
