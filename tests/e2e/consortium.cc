// SPDX-License-Identifier: Apache-2.0
// Sample, ceremony, processes, enrolment.
#include "tests/e2e/consortium.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/cli/sample.h"
#include "adapters/daemon/practitioners.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/wire/key_file.h"
#include "gtest/gtest.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;
using identity::PiiAccess;

client::Peer PeerOf(const cli::LocalConsortium& local,
                    const std::string& party) {
  return {party, local.Address(party)};
}

std::vector<client::Peer> Holders(const cli::LocalConsortium& local) {
  std::vector<client::Peer> out;
  for (const cli::KeyHolderPlan& h : local.options().plan.key_holders)
    out.push_back(PeerOf(local, h.id));
  return out;
}

crypto::SigningKey KeyOf(const cli::LocalConsortium& local,
                         const daemon::Node& node) {
  auto key =
      wire::ReadSigningKey(local.Folder(node.agency().str()) + "/signing.key");
  EXPECT_TRUE(key.ok()) << key.status();
  return *std::move(key);
}

}  // namespace

Asker::Asker(cli::LocalConsortium& local, daemon::Node& node,
             const std::string& tls)
    : tls_{tls},
      practitioners_(local.Folder(node.agency().str()) +
                     "/practitioners.textproto"),
      key_(KeyOf(local, node)),
      tokens_(node.directory(), Holders(local), tls_),
      gateway_(PeerOf(local, local.options().plan.gateway), tls_,
               node.directory()),
      requester_(client::Requester::Parts{
          node.agency(), key_, node.directory(), tokens_, gateway_,
          local.options().plan.gateway, SystemClock()}) {}

absl::StatusOr<Asker::Asked> Asker::Sign(
    const std::vector<client::Member>& members, client::Question question) {
  KS_RETURN_IF_ERROR(daemon::AssertPractitioner(practitioners_, question));
  std::vector<identity::Person> people;
  for (const client::Member& m : members) people.push_back(m.person);
  KS_ASSIGN_OR_RETURN(const auto tokens, tokens_.ForQuery(people));
  auto sealing_key = crypto::RandomKey<crypto::BoxSecretKey>();
  KS_ASSIGN_OR_RETURN(share::SignedRequest request,
                      requester_.Sign(members, tokens, question,
                                      crypto::PublicKeyOf(sealing_key)));
  return Asked{std::move(request), std::move(sealing_key)};
}

void Asker::Resign(share::SignedRequest& request) const {
  request.signature = share::SignRequest(key_, request.request);
}

const std::vector<std::string>& Agencies() {
  static const auto* const ids =
      new std::vector<std::string>{"jcp", "council", "health"};
  return *ids;
}

absl::StatusOr<std::unique_ptr<Consortium>> Consortium::Start(
    const Setting& setting) {
  KS_ASSIGN_OR_RETURN(auto scratch, cli::ScratchFolder::Create());
  std::unique_ptr<Consortium> c(new Consortium(std::move(scratch)));
  c->clock_ = setting.clock;
  cli::SampleOptions sample;
  sample.out_dir = c->Path("registers");
  sample.families = setting.families;
  sample.agencies = Agencies();
  sample.seed = setting.seed;
  KS_RETURN_IF_ERROR(cli::WriteSample(sample));
  KS_RETURN_IF_ERROR(c->ReadTruth());
  cli::LocalOptions o;
  o.plan.name = "northbridge";
  o.plan.demonstration = setting.demonstration;
  o.before_start = setting.before_start;
  for (const std::string& id : Agencies()) {
    o.plan.agencies.push_back({id, id, setting.register_size});
    o.agencies.push_back({id, c->Register(id),
                          c->Path("registers/" + id + ".mapping.textproto"),
                          "practitioner { id: \"NB-KW-0042\" role: [\"key "
                          "worker\", \"work coach\", \"auditor\"] }\n"});
  }
  o.plan.key_holders = {{"holder-jcp", "jcp"}, {"holder-health", "health"}};
  o.plan.threshold = 2;
  o.folder = c->Path("consortium");
  o.programs = setting.programs;
  o.law = setting.law;
  o.agreements = setting.agreements;
  o.gateway_agreements = setting.gateway_agreements;
  o.query_budget = setting.query_budget;
  o.witness_every_ms = setting.witness_every_ms;
  o.plan.witness_sensitive_seconds = setting.witness_sensitive_seconds;
  o.plan.witness_ordinary_seconds = setting.witness_ordinary_seconds;
  KS_ASSIGN_OR_RETURN(c->local_, cli::LocalConsortium::Start(o));
  if (!setting.enrol) return c;
  KS_RETURN_IF_ERROR(c->local_->StartAdapters());
  for (const std::string& id : Agencies()) {
    KS_RETURN_IF_ERROR(c->local_->Enrol(id));
    KS_RETURN_IF_ERROR(c->OpenNode(id).status());
  }
  return c;
}

absl::StatusOr<daemon::Node*> Consortium::OpenNode(const std::string& agency) {
  KS_ASSIGN_OR_RETURN(
      nodes_[agency],
      daemon::Node::Create(local_->AdapterConfig(agency), *clock_));
  return nodes_[agency].get();
}

std::unique_ptr<Asker> Consortium::NewAsker(const std::string& agency) {
  return std::make_unique<Asker>(*local_, node(agency),
                                 local_->Folder(agency) + "/tls");
}

absl::Status Consortium::ReadTruth() {
  std::ifstream in(Path("registers/truth.csv"));
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::vector<std::string> f = absl::StrSplit(line, ',');
    if (f.size() != 4) return absl::InternalError("truth.csv: four columns");
    same_[{f[0], f[2]}][f[1]] = f[3];
    same_[{f[2], f[0]}][f[3]] = f[1];
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Consortium::ShieldedAtJcp() {
  std::set<std::string> shielded;
  std::vector<sources::RowIssue> issues;
  KS_RETURN_IF_ERROR(node("jcp").source().ForEach(
      [&](sources::SourceRecord record) {
        if (record.shielded)
          shielded.insert(record.local_id.Reveal(PiiAccess()));
        return absl::OkStatus();
      },
      issues));
  std::vector<std::string> out;
  for (const auto& [id, at_jcp] : Same("council", "jcp"))
    if (shielded.count(at_jcp) > 0) out.push_back(id);
  return out;
}

absl::StatusOr<std::vector<std::string>> Consortium::UnknownAtJcp() {
  std::map<std::string, std::vector<std::string>> families;
  std::vector<sources::RowIssue> issues;
  KS_RETURN_IF_ERROR(node("council").source().ForEach(
      [&](sources::SourceRecord record) {
        families[record.local_family.Reveal(PiiAccess())].push_back(
            record.local_id.Reveal(PiiAccess()));
        return absl::OkStatus();
      },
      issues));
  std::vector<std::string> out;
  for (const auto& [family, ids] : families) {
    bool known = false;
    for (const std::string& id : ids)
      known = known || Same("council", "jcp").count(id) > 0;
    if (!known) out.push_back(ids.front());
  }
  return out;
}

absl::StatusOr<std::vector<client::Member>> Consortium::Family(
    const std::string& agency, const std::string& id) {
  return node(agency).Family(identity::Pii<>(id));
}

absl::StatusOr<std::vector<share::ConsentId>> Consortium::RecordConsents(
    const std::vector<client::Member>& family, const std::string& from,
    const std::string& to, const std::vector<std::string>& items,
    const daemon::ConsentNote& note) {
  std::vector<share::ConsentId> ids;
  const absl::Time now = clock_->Now();
  for (const client::Member& member : family) {
    share::Consent c;
    c.id = crypto::RandomId<share::ConsentId>();
    c.handle = member.handle;
    KS_ASSIGN_OR_RETURN(c.from, AgencyId::Create(from));
    KS_ASSIGN_OR_RETURN(c.to, AgencyId::Create(to));
    c.items = items;
    c.purpose = "SUPPORT_KEY_WORKING";
    c.decided_at_ms = ToMillis(now);
    c.expires_at_ms = ToMillis(now + absl::Hours(24 * 90));
    KS_RETURN_IF_ERROR(node(to).consents().Record(c, note));
    ids.push_back(c.id);
  }
  KS_RETURN_IF_ERROR(node(to).outbox().Flush());
  return ids;
}

absl::StatusOr<std::vector<client::Member>> Consortium::KnownFamily() {
  if (!known_.empty()) return Family("council", known_);
  for (const auto& [id, at_jcp] : Same("council", "jcp")) {
    KS_ASSIGN_OR_RETURN(const auto members, Family("council", id));
    KS_ASSIGN_OR_RETURN(const auto outcome,
                        node("council").Ask(members, AskJcp()));
    // Both items about somebody, so that a test may miss one of them.
    std::set<std::string> items;
    for (const client::ReceivedItem& i : outcome.results[0].items)
      items.insert(i.item);
    if (items.size() < 2) continue;
    known_ = id;
    return members;
  }
  return absl::NotFoundError("no family of the sample is answered about");
}

client::Question KeyWorkerQuestion() {
  client::Question q;
  q.agreement = "family-support";
  q.purpose = "SUPPORT_KEY_WORKING";
  q.practitioner = "NB-KW-0042";
  q.role = "key worker";
  q.reason = "first family plan meeting";
  q.facts = {{"FAMILY_AGREED_TO_PROGRAMME", true, {}},
             {"CASE_IS_OPEN", true, {}}};
  return q;
}

share::SourceAsk AskOf(const std::string& agency,
                       std::vector<std::string> items) {
  return {*AgencyId::Create(agency), "", std::move(items), ""};
}

client::Question AskJcp() {
  client::Question q = KeyWorkerQuestion();
  q.asks = {AskOf("jcp", {"out_of_work_benefit", "work_coach_contact"})};
  return q;
}

bool Eventually(const std::function<bool()>& f) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!f()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

void WriteAll(const std::string& path, absl::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  EXPECT_TRUE(out.good()) << path;
}

void Edit(const std::string& path, const std::string& from,
          const std::string& to) {
  std::string text = ReadAll(path);
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << path << " lacks " << from;
  ASSERT_EQ(text.find(from, at + 1), std::string::npos) << path;
  text.replace(at, from.size(), to);
  WriteAll(path, text);
}

Ran RunProgram(const std::vector<std::string>& argv) {
  Ran ran;
  auto scratch = cli::ScratchFolder::Create();
  EXPECT_TRUE(scratch.ok());
  const std::string log = scratch->path() + "/output";
  auto process = cli::Process::Start(argv, log);
  EXPECT_TRUE(process.ok()) << process.status();
  if (!process.ok()) return ran;
  ran.code = process->Wait();
  ran.output = ReadAll(log);
  return ran;
}

}  // namespace kinstile::e2e
