// SPDX-License-Identifier: Apache-2.0
// The demonstration's story, step by step.
#include "adapters/cli/demo.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "adapters/cli/audit_view.h"
#include "adapters/cli/local_consortium.h"
#include "adapters/cli/sample.h"
#include "adapters/cli/scratch_folder.h"
#include "adapters/cli/share_view.h"
#include "adapters/daemon/node.h"
#include "gateway/audit/open.h"
#include "gateway/audit/verify.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/wire/key_file.h"

namespace kinstile::cli {
namespace {

namespace fs = std::filesystem;
using client::Question;
using identity::PiiAccess;
using share::SourceStatus;

const std::vector<std::string>& Agencies() {
  static const std::vector<std::string> ids = {"jcp", "council", "health"};
  return ids;
}

// The same person at two agencies, by local reference.
struct Truth {
  // (agency_a, agency_b) -> id at a -> id at b
  std::map<std::pair<std::string, std::string>,
           std::map<std::string, std::string>>
      same;
};

absl::StatusOr<Truth> ReadFamilies(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  Truth truth;
  while (std::getline(in, line)) {
    const std::vector<std::string> f = absl::StrSplit(line, ',');
    if (f.size() != 4)
      return absl::InternalError(absl::StrCat(path, ": is not as expected"));
    truth.same[{f[0], f[2]}][f[1]] = f[3];
    truth.same[{f[2], f[0]}][f[3]] = f[1];
  }
  return truth;
}

// Who may ask for each agency, and when they were last trained.
std::string Practitioners(const std::string& agency) {
  const auto one = [](const char* id, const char* role) {
    return absl::StrCat("practitioner {\n  id: \"", id, "\"\n  role: \"", role,
                        "\"\n  trained_on: \"2026-09-14\"\n}\n");
  };
  if (agency == "council") return one("NB-KW-0042", "key worker");
  if (agency == "jcp") return one("JC-WC-0007", "work coach");
  return one("NH-HV-0015", "health visitor");
}

Question KeyWorkerQuestion() {
  Question q;
  q.agreement = "family-support";
  q.purpose = "SUPPORT_KEY_WORKING";
  q.practitioner = "NB-KW-0042";
  q.role = "key worker";
  q.reason = "first family plan meeting";
  q.facts = {{"FAMILY_AGREED_TO_PROGRAMME", true, {}},
             {"CASE_IS_OPEN", true, {}}};
  return q;
}

// The agreement looks back 730 days on when the family was last seen.
bool NoneOlderThanTwoYears(const client::VerifiedResult& result) {
  const absl::CivilDay today =
      absl::ToCivilDay(SystemClock().Now(), absl::UTCTimeZone());
  for (const client::ReceivedItem& i : result.items) {
    absl::CivilMonth month;
    if (i.item == "last_contact_date" &&
        (!absl::ParseCivilTime(i.value.Reveal(identity::PiiAccess()), &month) ||
         absl::CivilDay(month + 1) - 1 < today - 730))
      return false;
  }
  return true;
}

share::SourceAsk Ask(const std::string& agency,
                     std::vector<std::string> items) {
  return {*AgencyId::Create(agency), "", std::move(items), ""};
}

class Demo {
 public:
  Demo(const DemoOptions& options, std::string folder)
      : options_(options), folder_(std::move(folder)) {}

  absl::StatusOr<Json> Run() {
    KS_RETURN_IF_ERROR(SetUp());
    KS_RETURN_IF_ERROR(ShareOneFamily());
    KS_RETURN_IF_ERROR(AskTooMuch());
    KS_RETURN_IF_ERROR(AskWithoutPower());
    KS_RETURN_IF_ERROR(WithdrawConsents());
    KS_RETURN_IF_ERROR(AskAboutShielded());
    KS_RETURN_IF_ERROR(OpenTheAudit());
    KS_RETURN_IF_ERROR(CatchTampering());
    Say("");
    Say(good_ ? Green("Everything came out as expected.")
              : Red("Something came out against expectation: see above."));
    if (!options_.keep.empty())
      Say(absl::StrCat("Keys, stores, logs and configurations are in ",
                       options_.keep, "."));
    return Json{{"all_as_expected", good_}, {"steps", steps_}};
  }

 private:
  void Say(const std::string& line) const {
    if (!options_.json) std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }
  void Title(const std::string& title) {
    Say("");
    Say(Bold(absl::StrCat(++number_, ". ", title)));
  }
  // Records a step and whether it came out as it must.
  void Expect(const std::string& step, bool as_expected, Json detail = {}) {
    steps_.push_back({{"step", step},
                      {"as_expected", as_expected},
                      {"detail", std::move(detail)}});
    if (!as_expected) Say(Red("  not as expected: " + step));
    good_ = good_ && as_expected;
  }
  std::string Path(const std::string& name) const {
    return folder_ + "/" + name;
  }

  absl::Status SetUp() {
    Title(absl::StrCat("A consortium of three agencies and ", options_.families,
                       " families (all invented)"));
    SampleOptions sample;
    sample.out_dir = Path("registers");
    sample.families = options_.families;
    sample.agencies = Agencies();
    sample.seed = options_.seed;
    KS_RETURN_IF_ERROR(WriteSample(sample));
    KS_ASSIGN_OR_RETURN(truth_, ReadFamilies(Path("registers/truth.csv")));
    KS_RETURN_IF_ERROR(StartConsortium());
    KS_RETURN_IF_ERROR(local_->StartAdapters());
    Say("  the agencies' adapters witness the gateway's trail: it serves "
        "nobody "
        "before two of the three have shown what they saw of it");
    for (const std::string& id : Agencies()) KS_RETURN_IF_ERROR(Join(id));
    return absl::OkStatus();
  }

  absl::Status StartConsortium() {
    LocalOptions o;
    o.plan.name = "northbridge";
    o.plan.demonstration = true;
    o.plan.agencies = {{"jcp", "Jobcentre Plus, Northbridge", 100'000},
                       {"council", "Northbridge Council, Early Help", 100'000},
                       {"health", "Northbridge Community NHS Trust", 100'000}};
    o.plan.key_holders = {{"holder-jcp", "jcp"}, {"holder-health", "health"}};
    o.plan.threshold = 2;
    for (const std::string& id : Agencies())
      o.agencies.push_back({id, Path("registers/" + id + ".csv"),
                            Path("registers/" + id + ".mapping.textproto"),
                            Practitioners(id)});
    o.folder = Path("consortium");
    o.programs = ProgramFolder();
    o.law = fs::absolute(options_.policy + "/law");
    o.agreements = fs::absolute(options_.policy + "/agreements");
    KS_ASSIGN_OR_RETURN(local_, LocalConsortium::Start(o));
    Say("  keys made, manifest signed by two agencies; running as processes "
        "over mutual TLS:");
    Say("  one gateway and two key holders (both must answer; neither sees "
        "an identifier)");
    return absl::OkStatus();
  }

  absl::Status Join(const std::string& id) {
    const auto start = std::chrono::steady_clock::now();
    KS_RETURN_IF_ERROR(local_->Enrol(id));
    KS_ASSIGN_OR_RETURN(nodes_[id],
                        daemon::Node::Create(local_->AdapterConfig(id)));
    KS_ASSIGN_OR_RETURN(const client::RegistryStatus status,
                        nodes_[id]->gateway().GetRegistryStatus());
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    Say(absl::StrCat("  ", id, ": ", status.records, " people in ",
                     status.families, " families enrolled as tokens in ",
                     static_cast<int>(seconds * 10) / 10.0, " s"));
    Expect("enrol " + id, status.records > 0,
           {{"records", status.records}, {"families", status.families}});
    return absl::OkStatus();
  }

  // The council person who the two other agencies know too, and nobody of
  // whose family is shielded anywhere: the first for whom both answer.
  absl::Status ShareOneFamily() {
    Title("A council key worker asks about one family, for key working");
    Question q = KeyWorkerQuestion();
    q.asks = {Ask("jcp", {"out_of_work_benefit", "work_coach_contact"}),
              Ask("health", {"health_visitor_contact",
                             "immunisations_up_to_date", "last_contact_date"})};
    for (const auto& [id, at_jcp] : truth_.same[{"council", "jcp"}]) {
      if (truth_.same[{"council", "health"}].count(id) == 0) continue;
      KS_ASSIGN_OR_RETURN(const auto members, Family("council", id));
      KS_RETURN_IF_ERROR(RecordConsents(members, q.asks[1]));
      KS_ASSIGN_OR_RETURN(const auto outcome,
                          nodes_["council"]->Ask(members, q));
      if (outcome.results[0].items.empty() || outcome.results[1].items.empty())
        continue;
      family_ = id;
      Show(members, outcome);
      Expect("share one family", true,
             ShareView(*nodes_["council"], members, outcome).ToJson());
      Expect("nothing is older than the agreement looks back",
             NoneOlderThanTwoYears(outcome.results[1]));
      return absl::OkStatus();
    }
    Expect("share one family", false);
    return absl::InternalError(
        "no family is answered by both: the demonstration cannot go on");
  }

  // What everybody of the family has signed, in the council's book and, without
  // a word of it, in the gateway's.
  absl::Status RecordConsents(const std::vector<client::Member>& members,
                              const share::SourceAsk& ask) {
    consents_.clear();
    const absl::Time now = SystemClock().Now();
    for (const client::Member& member : members) {
      share::Consent c;
      c.id = crypto::RandomId<share::ConsentId>();
      c.handle = member.handle;
      c.from = ask.agency;
      c.to = nodes_["council"]->agency();
      c.items = ask.items;
      c.purpose = "SUPPORT_KEY_WORKING";
      c.decided_at_ms = ToMillis(now);
      c.expires_at_ms = ToMillis(now + absl::Hours(24 * 90));
      KS_RETURN_IF_ERROR(nodes_["council"]->consents().Record(
          c, {"NB-KW-0042", "family plan folder", ""}));
      consents_.push_back(c.id);
    }
    return nodes_["council"]->outbox().Flush();
  }

  absl::Status WithdrawConsents() {
    Title("The family takes its consent back");
    for (const share::ConsentId& id : consents_)
      KS_RETURN_IF_ERROR(nodes_["council"]->consents().Withdraw(
          id, ToMillis(SystemClock().Now())));
    KS_RETURN_IF_ERROR(nodes_["council"]->outbox().Flush());
    Question q = KeyWorkerQuestion();
    q.asks = {Ask("health", {"last_contact_date"})};
    KS_ASSIGN_OR_RETURN(const auto members, Family("council", family_));
    KS_ASSIGN_OR_RETURN(const auto outcome, nodes_["council"]->Ask(members, q));
    Show(members, outcome);
    const client::VerifiedResult& r = outcome.results[0];
    Expect("health data is refused after the consent is withdrawn",
           r.status == SourceStatus::kDenied && r.items.empty() &&
               r.refusal.layer == "CONFIDENCE",
           ShareView(*nodes_["council"], members, outcome).ToJson());
    return absl::OkStatus();
  }

  absl::Status AskTooMuch() {
    Title("The same key worker asks for one item too many");
    Question q = KeyWorkerQuestion();
    q.asks = {Ask("jcp", {"out_of_work_benefit", "benefit_type"})};
    KS_ASSIGN_OR_RETURN(const auto members, Family("council", family_));
    KS_ASSIGN_OR_RETURN(const auto outcome, nodes_["council"]->Ask(members, q));
    Show(members, outcome);
    const client::VerifiedResult& r = outcome.results[0];
    bool withheld = false;
    for (const share::WithheldItem& w : r.withheld)
      withheld = withheld || (w.item == "benefit_type" && !w.rule.empty());
    for (const client::ReceivedItem& i : r.items)
      withheld = withheld && i.item != "benefit_type";
    Expect("one item too many is withheld by a named rule",
           withheld && !r.items.empty(),
           ShareView(*nodes_["council"], members, outcome).ToJson());
    return absl::OkStatus();
  }

  absl::Status AskWithoutPower() {
    Title("A Jobcentre work coach asks the health trust");
    Question q;
    q.agreement = "family-support";
    q.purpose = "EMPLOYMENT_SUPPORT";
    q.practitioner = "JC-WC-0007";
    q.role = "work coach";
    q.reason = "planning a work-focused interview";
    q.facts = {{"CONSENT_RECORDED", true, {}}};
    q.asks = {
        Ask("health", {"health_visitor_contact", "immunisations_up_to_date"})};
    const std::string id = truth_.same[{"council", "jcp"}][family_];
    KS_ASSIGN_OR_RETURN(const auto members, Family("jcp", id));
    KS_ASSIGN_OR_RETURN(const auto outcome, nodes_["jcp"]->Ask(members, q));
    const ShareView view(*nodes_["jcp"], members, outcome);
    if (!options_.json) view.Print();
    const client::VerifiedResult& r = outcome.results[0];
    Expect("health data for the Jobcentre is refused, naming the layer",
           r.status == SourceStatus::kDenied && !r.refusal.layer.empty() &&
               r.items.empty(),
           view.ToJson());
    return absl::OkStatus();
  }

  // A person whom the Jobcentre shields, known to the council as well.
  absl::StatusOr<std::string> FindShielded() {
    std::set<std::string> shielded;
    std::vector<sources::RowIssue> issues;
    KS_RETURN_IF_ERROR(nodes_["jcp"]->source().ForEach(
        [&](sources::SourceRecord record) {
          if (record.shielded)
            shielded.insert(record.local_id.Reveal(PiiAccess()));
          return absl::OkStatus();
        },
        issues));
    for (const auto& [id, at_jcp] : truth_.same[{"council", "jcp"}])
      if (shielded.count(at_jcp) > 0) return id;
    return absl::NotFoundError("the sample has nobody shielded at both");
  }

  absl::Status AskAboutShielded() {
    Title("The key worker asks about a person whom the Jobcentre shields");
    KS_ASSIGN_OR_RETURN(const std::string id, FindShielded());
    Question q = KeyWorkerQuestion();
    q.asks = {Ask("jcp", {"out_of_work_benefit", "work_coach_contact"})};
    KS_ASSIGN_OR_RETURN(const auto members, Family("council", id));
    KS_ASSIGN_OR_RETURN(const auto outcome, nodes_["council"]->Ask(members, q));
    Show(members, outcome);
    Say("  The answer is the same, byte for byte but for its names and "
        "signature, as for somebody who is not known.");
    const client::VerifiedResult& r = outcome.results[0];
    Expect("a shielded person is not found",
           r.status == SourceStatus::kNoMatch && r.items.empty() &&
               r.withheld.empty(),
           ShareView(*nodes_["council"], members, outcome).ToJson());
    return absl::OkStatus();
  }

  absl::StatusOr<audit::OpenedEntries> OpenAs(const std::string& agency) {
    storage::OpenOptions read_only;
    read_only.read_only = true;
    KS_ASSIGN_OR_RETURN(
        const auto store,
        storage::Open("sqlite:" + local_->Store("gateway"), read_only));
    KS_ASSIGN_OR_RETURN(
        auto key, wire::ReadKey<crypto::BoxSecretKey>(local_->Folder(agency) +
                                                      "/officer/audit.key"));
    return audit::OpenEntries(*store, LogOrigin(), agency, std::move(key));
  }

  std::string LogOrigin() {
    return nodes_["council"]
        ->directory()
        .Current()
        ->FindGateway("gateway")
        ->log_origin;
  }

  absl::Status OpenTheAudit() {
    Title("The officers open the audit: the council's last entries");
    KS_ASSIGN_OR_RETURN(const auto council, OpenAs("council"));
    PrintLast(council, audit::EntryType::kRelease, 2);
    Say("");
    Say(
        Bold("   and what the Jobcentre's own officer sees of the same "
             "questions"));
    KS_ASSIGN_OR_RETURN(const auto jcp, OpenAs("jcp"));
    PrintLast(jcp, audit::EntryType::kAsked, 1);
    bool truth_recorded = false;
    for (const auto& e : jcp.entries)
      truth_recorded = truth_recorded || (e.record.holder.has_value() &&
                                          !e.record.holder->shielded.empty());
    Expect("the officer reads who asked what, why and on what basis",
           council.failures.empty() && !council.entries.empty());
    Expect("that a shield withheld is on record, for the holder only",
           truth_recorded);
    return absl::OkStatus();
  }

  void PrintLast(const audit::OpenedEntries& opened, audit::EntryType type,
                 size_t n) {
    std::vector<const audit::OpenedEntry*> last;
    for (const auto& e : opened.entries)
      if (e.record.type == type) last.push_back(&e);
    if (last.size() > n) last.erase(last.begin(), last.end() - n);
    for (const auto* e : last)
      for (const std::string& line : Describe(*e)) Say("  " + line);
  }

  absl::StatusOr<audit::VerifyReport> Verify(const std::string& store) {
    storage::OpenOptions read_only;
    read_only.read_only = true;
    KS_ASSIGN_OR_RETURN(const auto db,
                        storage::Open("sqlite:" + store, read_only));
    const auto consortium = nodes_["council"]->directory().Current();
    const share::Daemon* gateway = consortium->FindGateway("gateway");
    return audit::VerifyStore(*db, gateway->log_origin, gateway->log_key);
  }

  absl::Status CatchTampering() {
    Title("Somebody edits a copy of the audit");
    const std::string copy = Path("copy.db");
    KS_RETURN_IF_ERROR(
        storage::CopyTo("sqlite:" + local_->Store("gateway"), copy));
    KS_ASSIGN_OR_RETURN(const audit::VerifyReport before, Verify(copy));
    Say("  the copy as it was:");
    for (const std::string& line : Describe(before)) Say("    " + line);
    Expect("the untouched trail verifies", before.ok(), ToJson(before));
    KS_RETURN_IF_ERROR(FlipOneByte(copy));
    KS_ASSIGN_OR_RETURN(const audit::VerifyReport after, Verify(copy));
    Say("  after one byte of one sealed entry was changed:");
    for (const std::string& line : Describe(after)) Say("    " + line);
    Expect("one changed byte is caught", !after.ok(), ToJson(after));
    return absl::OkStatus();
  }

  // In the middle of the newest sealed entry.
  static absl::Status FlipOneByte(const std::string& store) {
    using storage::Value;
    KS_ASSIGN_OR_RETURN(const auto db, storage::Open("sqlite:" + store));
    return db->Write([](storage::Transaction& tx) -> absl::Status {
      int64_t index = 0;
      std::string payload;
      KS_RETURN_IF_ERROR(tx.Query(
          "SELECT idx, payload FROM audit_payloads ORDER BY idx DESC LIMIT 1",
          {}, [&](const storage::Row& row) {
            index = row.Int(0);
            payload = std::string(row.Blob(1));
            return absl::OkStatus();
          }));
      payload[payload.size() / 2] ^= 1;
      return tx
          .Execute("UPDATE audit_payloads SET payload = ?1 WHERE idx = ?2",
                   {Value::Blob(payload), Value::Int(index)})
          .status();
    });
  }

  absl::StatusOr<std::vector<client::Member>> Family(const std::string& agency,
                                                     const std::string& id) {
    return nodes_[agency]->Family(identity::Pii<>(id));
  }

  void Show(const std::vector<client::Member>& members,
            const client::ShareOutcome& outcome) {
    if (!options_.json) ShareView(*nodes_["council"], members, outcome).Print();
  }

  const DemoOptions& options_;
  const std::string folder_;
  Truth truth_;
  std::unique_ptr<LocalConsortium> local_;
  std::map<std::string, std::unique_ptr<daemon::Node>> nodes_;
  std::string family_;
  std::vector<share::ConsentId> consents_;  // of that family
  int number_ = 0;
  bool good_ = true;
  Json steps_ = Json::array();
};

}  // namespace

absl::StatusOr<Json> RunDemo(const DemoOptions& options) {
  std::optional<ScratchFolder> scratch;
  std::string folder = options.keep;
  if (folder.empty()) {
    KS_ASSIGN_OR_RETURN(ScratchFolder created, ScratchFolder::Create());
    scratch.emplace(std::move(created));
    folder = scratch->path();
  } else if (fs::exists(folder)) {
    return absl::AlreadyExistsError(absl::StrCat(folder, ": exists"));
  } else {
    fs::create_directories(folder);
    folder = fs::absolute(folder);
  }
  return Demo(options, folder).Run();
}

}  // namespace kinstile::cli
