// SPDX-License-Identifier: Apache-2.0
// The linkage run.
#include "adapters/cli/link.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/cli/local_consortium.h"
#include "adapters/cli/output.h"
#include "adapters/cli/scratch_folder.h"
#include "adapters/daemon/node.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/release.h"
#include "gateway/share/request.h"

namespace kinstile::cli {
namespace {

namespace fs = std::filesystem;
using identity::PiiAccess;

constexpr int kWorkers = 8;

// One record of a register, for writing pairs: what its own agency calls it.
struct LocalName {
  std::string id;
  std::string family;
};
using Names = std::map<Handle, LocalName>;

struct Family {
  std::vector<client::Member> members;
};

struct Pair {
  Handle left;
  Handle right;
  bool match = false;
};

absl::Status ReadNames(daemon::Node& node, Names& names,
                       std::map<FamilyHandle, Family>* families) {
  std::vector<sources::RowIssue> issues;
  return node.source().ForEach(
      [&](sources::SourceRecord record) {
        const Handle handle = node.handles().ForRecord(record.local_id);
        names[handle] = {record.local_id.Reveal(PiiAccess()),
                         record.local_family.empty()
                             ? record.local_id.Reveal(PiiAccess())
                             : record.local_family.Reveal(PiiAccess())};
        if (families != nullptr)
          (*families)[node.handles().FamilyOf(record)].members.push_back(
              {handle, node.AsAsked(record.person)});
        return absl::OkStatus();
      },
      issues);
}

// A request takes kMaxMembers people: larger households go in parts.
std::vector<Family> Split(std::map<FamilyHandle, Family> families) {
  std::vector<Family> out;
  for (auto& [handle, family] : families)
    for (size_t from = 0; from < family.members.size();
         from += share::kMaxMembers) {
      const size_t to =
          std::min(family.members.size(), from + share::kMaxMembers);
      Family part;
      for (size_t i = from; i < to; ++i)
        part.members.push_back(std::move(family.members[i]));
      out.push_back(std::move(part));
    }
  return out;
}

client::Question LinkQuestion() {
  client::Question q;
  q.agreement = "register-link";
  q.purpose = "OUTCOME_EVALUATION";
  q.mode = "LINK_FOR_EVALUATION";
  q.practitioner = "kinstile-link";
  q.role = "accredited researcher";
  q.reason = "linkage run";
  q.facts = {{"PROJECT_ACCREDITED", true, {}}};
  q.asks = {{*AgencyId::Create("right"), "", {share::kRecordHandleItem}, ""}};
  return q;
}

class Matcher {
 public:
  Matcher(daemon::Node& left, const std::vector<Family>& families)
      : left_(left), families_(families), question_(LinkQuestion()) {}

  absl::StatusOr<std::vector<Pair>> Run() {
    Progress progress("families asked", families_.size());
    std::vector<std::thread> threads;
    for (int i = 0; i < kWorkers; ++i) threads.emplace_back([this] { Work(); });
    while (next_ < families_.size() && good_) {
      progress.At(next_);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    for (std::thread& t : threads) t.join();
    KS_RETURN_IF_ERROR(status_);
    return std::move(pairs_);
  }

 private:
  void Work() {
    while (good_) {
      const size_t i = next_++;
      if (i >= families_.size()) return;
      const absl::Status status = MatchFamily(families_[i]);
      if (status.ok()) continue;
      std::lock_guard lock(mutex_);
      good_ = false;
      status_ = status;
    }
  }

  absl::Status MatchFamily(const Family& family) {
    KS_ASSIGN_OR_RETURN(const client::MatchOutcome outcome,
                        left_.Match(family.members, question_));
    const client::SourceMatch& result = outcome.results[0];
    if (result.status == share::SourceStatus::kDenied)
      return absl::PermissionDeniedError(
          absl::StrCat("the agreement refused: ", result.refusal.layer, ": ",
                       result.refusal.reason));
    if (result.status == share::SourceStatus::kUnreachable)
      return absl::UnavailableError("right: did not answer in time");
    std::lock_guard lock(mutex_);
    for (const client::MemberMatch& m : result.members)
      if (m.handle && m.member < family.members.size())
        pairs_.push_back({family.members[m.member].handle, *m.handle,
                          m.grade == client::Grade::kMatch});
    return absl::OkStatus();
  }

  daemon::Node& left_;
  const std::vector<Family>& families_;
  const client::Question question_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> good_{true};
  std::mutex mutex_;
  absl::Status status_;
  std::vector<Pair> pairs_;
};

// One to one over the whole register: families are asked one by one, so only
// here is it seen that two left people would be the same right person.
void DropContested(std::vector<Pair>& pairs) {
  std::map<Handle, int> claims;
  for (const Pair& p : pairs) claims[p.right] += p.match ? 1 : 0;
  for (Pair& p : pairs) p.match = p.match && claims[p.right] == 1;
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    return std::tie(a.left, a.right) < std::tie(b.left, b.right);
  });
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

using Row = std::pair<std::string, std::string>;

absl::Status WriteRows(const std::string& path, const std::string& header,
                       const std::map<Row, bool>& rows) {
  std::ofstream out(path + ".new");
  out << header << "\n";
  for (const auto& [row, match] : rows)
    out << CsvField(row.first) << "," << CsvField(row.second) << ","
        << (match ? "MATCH" : "POSSIBLE") << "\n";
  out.close();
  std::error_code error;
  if (out) fs::rename(path + ".new", path, error);
  if (!out || error)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

absl::StatusOr<std::set<Row>> ReadTruth(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line))
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is empty or cannot be read"));
  std::set<Row> truth;
  for (size_t row = 2; std::getline(in, line); ++row) {
    const std::vector<std::string> fields =
        absl::StrSplit(absl::StripSuffix(line, "\r"), ',');
    if (fields.size() != 2)
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": row ", row, ": must be left_id,right_id"));
    truth.emplace(fields[0], fields[1]);
  }
  return truth;
}

Quality Judge(const std::map<Row, bool>& pairs, const std::set<Row>& truth) {
  Quality q;
  for (const auto& [row, match] : pairs) {
    const bool right = truth.count(row) > 0;
    if (match) ++(right ? q.match.right : q.match.wrong);
    ++(right ? q.any.right : q.any.wrong);
  }
  q.match.missed = truth.size() - q.match.right;
  q.any.missed = truth.size() - q.any.right;
  return q;
}

LocalOptions ConsortiumFor(const LinkOptions& o, const std::string& folder) {
  LocalOptions local;
  local.plan.name = "link";
  local.plan.demonstration = true;
  local.plan.agencies = {{"left", "left register", 10'000'000},
                         {"right", "right register", 10'000'000}};
  local.plan.key_holders = {{"holder", "left"}};
  local.agencies = {
      {"left", fs::absolute(o.left_csv), fs::absolute(o.left_mapping)},
      {"right", fs::absolute(o.right_csv), fs::absolute(o.right_mapping)}};
  local.folder = folder;
  local.programs = ProgramFolder();
  local.law = fs::absolute(o.policy + "/law");
  local.agreements = fs::absolute(o.policy + "/agreements");
  local.query_budget = 1'000'000'000;
  return local;
}

double Since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

class Run {
 public:
  Run(const LinkOptions& options, LocalConsortium& local)
      : options_(options), local_(local) {}

  absl::StatusOr<LinkReport> Go() {
    KS_ASSIGN_OR_RETURN(auto left,
                        daemon::Node::Create(local_.AdapterConfig("left")));
    KS_ASSIGN_OR_RETURN(auto right,
                        daemon::Node::Create(local_.AdapterConfig("right")));
    std::map<FamilyHandle, Family> families;
    KS_RETURN_IF_ERROR(ReadNames(*left, left_, &families));
    KS_RETURN_IF_ERROR(ReadNames(*right, right_, nullptr));
    report_.left_records = left_.size();
    report_.right_records = right_.size();
    KS_RETURN_IF_ERROR(Enrol(*right));
    // The right register answers comparisons over its own link, as an agency's
    // adapter does.
    KS_RETURN_IF_ERROR(right->Serve([](bool, const std::string&) {}));
    if (!right->WaitUntilUp(absl::Seconds(20)))
      return absl::UnavailableError("right: its link did not come up");
    const auto start = std::chrono::steady_clock::now();
    const std::vector<Family> parts = Split(std::move(families));
    KS_ASSIGN_OR_RETURN(auto pairs, Matcher(*left, parts).Run());
    DropContested(pairs);
    report_.match_seconds = Since(start);
    KS_RETURN_IF_ERROR(Write(pairs));
    return report_;
  }

  const std::map<Row, bool>& pairs() const { return pairs_; }

 private:
  absl::Status Enrol(daemon::Node& right) {
    const auto start = std::chrono::steady_clock::now();
    Progress progress("right records enrolled", right_.size());
    KS_RETURN_IF_ERROR(
        right.Enrol([&](uint64_t n) { progress.At(n); }).status());
    report_.enrol_seconds = Since(start);
    return absl::OkStatus();
  }

  absl::Status Write(const std::vector<Pair>& pairs) {
    std::map<Row, bool> families;
    for (const Pair& p : pairs) {
      const LocalName& l = left_.at(p.left);
      const LocalName& r = right_.at(p.right);
      pairs_[{l.id, r.id}] |= p.match;
      families[{l.family, r.family}] |= p.match;
      ++(p.match ? report_.matches : report_.possibles);
    }
    report_.family_pairs = families.size();
    std::error_code ignored;
    fs::create_directories(options_.out, ignored);
    KS_RETURN_IF_ERROR(WriteRows(options_.out + "/pairs.csv",
                                 "left_id,right_id,grade", pairs_));
    return WriteRows(options_.out + "/families.csv",
                     "left_family,right_family,grade", families);
  }

  const LinkOptions& options_;
  LocalConsortium& local_;
  LinkReport report_;
  Names left_;
  Names right_;
  std::map<Row, bool> pairs_;
};

}  // namespace

absl::StatusOr<LinkReport> Link(const LinkOptions& options,
                                const std::string& truth) {
  std::set<Row> expected;
  if (!truth.empty()) {
    KS_ASSIGN_OR_RETURN(expected, ReadTruth(truth));
  }
  KS_ASSIGN_OR_RETURN(const ScratchFolder scratch, ScratchFolder::Create());
  KS_ASSIGN_OR_RETURN(const auto local,
                      LocalConsortium::Start(ConsortiumFor(
                          options, scratch.path() + "/consortium")));
  Run run(options, *local);
  KS_ASSIGN_OR_RETURN(LinkReport report, run.Go());
  local->StopAll();
  if (!truth.empty()) report.quality = Judge(run.pairs(), expected);
  return report;
}

}  // namespace kinstile::cli
