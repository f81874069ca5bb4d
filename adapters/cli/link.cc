// SPDX-License-Identifier: Apache-2.0
// The linkage run.
#include "adapters/cli/link.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/cli/link_journal.h"
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

constexpr char kPractitioner[] = "kinstile-link";
constexpr char kRole[] = "accredited researcher";

// One record of a register, for writing pairs: what its own agency calls it.
struct LocalName {
  std::string id;
  std::string family;
};
using Names = std::map<Handle, LocalName>;

struct Family {
  std::vector<client::Member> members;
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
  q.practitioner = kPractitioner;
  q.role = kRole;
  q.reason = "linkage run";
  q.facts = {{"PROJECT_ACCREDITED", true, {}}};
  q.asks = {{*AgencyId::Create("right"), "", {share::kRecordHandleItem}, ""}};
  return q;
}

// Asks about the families one after the other; pairs by the registers' own
// names, as the journal has them.
class Matcher {
 public:
  Matcher(daemon::Node& left, std::vector<Family> families, const Names& lefts,
          const Names& rights, LinkJournal& journal)
      : left_(left),
        families_(std::move(families)),
        lefts_(lefts),
        rights_(rights),
        journal_(journal),
        progress_("families asked", families_.size()) {}

  absl::Status Run() {
    return left_.LinkRegister(
        [&]() -> absl::StatusOr<std::optional<client::RegisterFamily>> {
          return Next();
        },
        [&](uint64_t number, const client::MatchOutcome& outcome) {
          return Take(families_[number], outcome);
        });
  }
  size_t resumed() const { return resumed_; }

 private:
  // A part of a family is known by its first member.
  const std::string& NameOf(const Family& family) const {
    return lefts_.at(family.members[0].handle).id;
  }

  std::optional<client::RegisterFamily> Next() {
    while (next_ < families_.size() && journal_.Has(NameOf(families_[next_]))) {
      ++next_;
      ++resumed_;
    }
    if (next_ == families_.size()) return std::nullopt;
    const size_t number = next_++;
    return client::RegisterFamily{number, families_[number].members,
                                  LinkQuestion()};
  }

  absl::Status Take(const Family& family, const client::MatchOutcome& outcome) {
    const client::SourceMatch& result = outcome.results[0];
    if (result.status == share::SourceStatus::kDenied)
      return absl::PermissionDeniedError(
          absl::StrCat("the agreement refused: ", result.refusal.layer, ": ",
                       result.refusal.reason));
    if (result.status == share::SourceStatus::kUnreachable)
      return absl::UnavailableError("right: did not answer in time");
    std::vector<LinkedPair> pairs;
    for (const client::MemberMatch& m : result.members)
      if (m.handle && m.member < family.members.size())
        pairs.push_back({lefts_.at(family.members[m.member].handle).id,
                         rights_.at(*m.handle).id,
                         m.grade == client::Grade::kMatch});
    progress_.At(++taken_);
    return journal_.Add(NameOf(family), pairs);
  }

  daemon::Node& left_;
  const std::vector<Family> families_;
  const Names& lefts_;
  const Names& rights_;
  LinkJournal& journal_;
  Progress progress_;
  size_t next_ = 0;
  size_t taken_ = 0;
  size_t resumed_ = 0;
};

// One to one over the whole register: families are asked one by one, so only
// here is it seen that two left people would be the same right person.
void DropContested(std::vector<LinkedPair>& pairs) {
  std::map<std::string, std::set<std::string>> claims;
  for (const LinkedPair& p : pairs)
    if (p.match) claims[p.right].insert(p.left);
  for (LinkedPair& p : pairs) p.match = p.match && claims[p.right].size() == 1;
}

// Family by record, as a register calls both.
std::map<std::string, std::string> FamiliesOf(const Names& names) {
  std::map<std::string, std::string> out;
  for (const auto& [handle, name] : names) out[name.id] = name.family;
  return out;
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
      {"left", fs::absolute(o.left_csv), fs::absolute(o.left_mapping),
       absl::StrCat("practitioner { id: \"", kPractitioner, "\" role: \"",
                    kRole, "\" }\n")},
      {"right", fs::absolute(o.right_csv), fs::absolute(o.right_mapping),
       "practitioner { id: \"nobody-asks\" role: \"none\" }\n"}};
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
  Run(const LinkOptions& options, LocalConsortium& local, LinkJournal& journal)
      : options_(options), local_(local), journal_(journal) {}

  absl::StatusOr<LinkReport> Go() {
    KS_ASSIGN_OR_RETURN(auto left,
                        daemon::Node::Create(local_.AdapterConfig("left")));
    KS_ASSIGN_OR_RETURN(auto right,
                        daemon::Node::Create(local_.AdapterConfig("right")));
    // Both agencies are here, so both witness: the gateway waits for them.
    left->Witness(nullptr);
    right->Witness(nullptr);
    if (!right->WaitUntilWitnessing(absl::Seconds(20)))
      return absl::DeadlineExceededError("the gateway does not serve");
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
    Matcher matcher(*left, Split(std::move(families)), left_, right_, journal_);
    KS_RETURN_IF_ERROR(matcher.Run());
    std::vector<LinkedPair> pairs = journal_.pairs();
    DropContested(pairs);
    report_.resumed = matcher.resumed();
    report_.match_seconds = Since(start);
    KS_RETURN_IF_ERROR(Write(pairs));
    journal_.Remove();
    return report_;
  }

  const std::map<Row, bool>& pairs() const { return pairs_; }

 private:
  absl::Status Enrol(daemon::Node& right) {
    const auto start = std::chrono::steady_clock::now();
    Progress progress("right records enrolled", right_.size());
    KS_RETURN_IF_ERROR(
        right.Enrol([&](uint64_t n, uint64_t) { progress.At(n); }).status());
    report_.enrol_seconds = Since(start);
    return absl::OkStatus();
  }

  absl::Status Write(const std::vector<LinkedPair>& pairs) {
    const auto lefts = FamiliesOf(left_), rights = FamiliesOf(right_);
    std::map<Row, bool> families;
    for (const LinkedPair& p : pairs) {
      pairs_[{p.left, p.right}] |= p.match;
      // An earlier run may have known records that are gone.
      const auto l = lefts.find(p.left), r = rights.find(p.right);
      if (l != lefts.end() && r != rights.end())
        families[{l->second, r->second}] |= p.match;
    }
    for (const auto& [pair, match] : pairs_)
      ++(match ? report_.matches : report_.possibles);
    report_.family_pairs = families.size();
    KS_RETURN_IF_ERROR(WriteRows(options_.out + "/pairs.csv",
                                 "left_id,right_id,grade", pairs_));
    return WriteRows(options_.out + "/families.csv",
                     "left_family,right_family,grade", families);
  }

  const LinkOptions& options_;
  LocalConsortium& local_;
  LinkJournal& journal_;
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
  std::error_code ignored;
  fs::create_directories(options.out, ignored);
  KS_ASSIGN_OR_RETURN(
      LinkJournal journal,
      LinkJournal::Open(options.out + "/link.journal", options.resume));
  KS_ASSIGN_OR_RETURN(const ScratchFolder scratch, ScratchFolder::Create());
  KS_ASSIGN_OR_RETURN(const auto local,
                      LocalConsortium::Start(ConsortiumFor(
                          options, scratch.path() + "/consortium")));
  Run run(options, *local, journal);
  KS_ASSIGN_OR_RETURN(LinkReport report, run.Go());
  local->StopAll();
  if (!truth.empty()) report.quality = Judge(run.pairs(), expected);
  return report;
}

}  // namespace kinstile::cli
