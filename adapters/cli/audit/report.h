// SPDX-License-Identifier: Apache-2.0
// What an officer reports: shares, refusals, one person's history, oddities.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_REPORT_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_REPORT_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "adapters/cli/audit/index.h"
#include "adapters/cli/output.h"

namespace kinstile::cli {

// Every report is fed the entries of its time in order, and then read: as
// sentences, or as JSON. An INTENT is never counted: its answer is.
class Report {
 public:
  virtual ~Report() = default;
  virtual void Add(const Found& found) = 0;
  virtual std::vector<std::string> Sentences() const = 0;
  virtual Json ToJson() const = 0;
};

// What was shared, by who asked, purpose and basis.
class SharesReport final : public Report {
 public:
  explicit SharesReport(std::string agency) : agency_(std::move(agency)) {}
  void Add(const Found& found) override;
  std::vector<std::string> Sentences() const override;
  Json ToJson() const override;

 private:
  struct Row {
    uint64_t answers = 0;
    std::map<std::string, uint64_t> items;  // how often each was released
  };
  struct Key {
    bool outgoing;  // this agency was asked, and gave
    std::string other, purpose, basis;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  const std::string agency_;
  std::map<Key, Row> rows_;
};

// What was refused or held back, and why.
class RefusalsReport final : public Report {
 public:
  explicit RefusalsReport(std::string agency) : agency_(std::move(agency)) {}
  void Add(const Found& found) override;
  std::vector<std::string> Sentences() const override;
  Json ToJson() const override;

 private:
  struct Key {
    bool outgoing;
    std::string layer, reason, what;  // the item, or empty: the whole request
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  const std::string agency_;
  std::map<Key, uint64_t> counts_;
};

// Who looked at one person, for that person (UK GDPR article 15). Says who
// asked whom, when, why, on what basis and what of this very person was passed
// on, whatever was passed on about others in the same answer. Says nothing of
// anybody else: no other person's handle, no family, no number of people, no
// member of staff (roles only), no shield and no refusal after matching, from
// which the person could learn of somebody else's.
class SubjectReport final : public Report {
 public:
  explicit SubjectReport(const Handle& subject) : subject_(subject) {}
  void Add(const Found& found) override;
  std::vector<std::string> Sentences() const override;
  Json ToJson() const override;

 private:
  struct Look {
    int64_t time_ms;
    std::string asked_by, role, asked, purpose, agreement, outcome;
    std::vector<std::string> basis, items;
  };
  const Handle subject_;
  std::vector<Look> looks_;
};

// Patterns that deserve a second look; none of them is a proof of anything.
class UnusualReport final : public Report {
 public:
  struct Limits {
    // Working hours in London, Monday to Friday: [from, to).
    int from_hour = 7;
    int to_hour = 20;
    // Asked at least so often, and so many times as often as the median of
    // those of the same agency and role who asked in the time; with fewer
    // peers than that there is nothing to compare with.
    uint64_t many = 20;
    double times_peers = 3;
    size_t min_peers = 3;
    // Refusals of one practitioner within a day, by the gateway or a source,
    // or of an agency's requests that nobody read; requests that found nobody
    // anywhere.
    uint64_t refusals = 3;
    uint64_t not_found = 10;
  };
  explicit UnusualReport(Limits limits);
  UnusualReport() : UnusualReport(Limits()) {}
  void Add(const Found& found) override;
  std::vector<std::string> Sentences() const override;
  Json ToJson() const override;

 private:
  struct Person {
    std::string agency, practitioner, role;
    friend auto operator<=>(const Person&, const Person&) = default;
  };
  struct Oddity {
    std::string kind, who_agency, practitioner, role, sentence;
    std::vector<uint64_t> entries;
  };
  std::vector<Oddity> Oddities() const;
  void AddFarMoreThanPeers(std::vector<Oddity>& out) const;
  // time and entry
  using Moments = std::vector<std::pair<int64_t, uint64_t>>;
  static void AddRepeated(const std::map<Person, Moments>& all, uint64_t limit,
                          const std::string& kind, const std::string& what,
                          std::vector<Oddity>& out);

  const Limits limits_;
  absl::TimeZone zone_;
  bool london_;  // or UTC, where the machine has no time zones
  std::map<Person, std::vector<uint64_t>> asked_;
  std::map<Person, std::vector<uint64_t>> out_of_hours_;
  std::map<Person, Moments> refused_;
  std::map<Person, Moments> not_found_;
  struct Row {
    uint64_t requests = 0;
    std::vector<uint64_t> entries;
  };
  std::map<std::string, Row> turned_away_;  // by agency
};

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_REPORT_H_
