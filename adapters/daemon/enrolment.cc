// SPDX-License-Identifier: Apache-2.0
// One reader, some workers that turn batches into tokens, one ordered sender.
#include "adapters/daemon/enrolment.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "adapters/identity/match_keys.h"
#include "adapters/identity/normalise.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {
namespace {

constexpr size_t kBatch = 250;  // people; about 2,000 points
constexpr size_t kMaxQueuedBatches = 4;

struct Batch {
  std::vector<index::EnrolledRecord> records;  // tokens still missing
  std::vector<identity::Person> people;
};

}  // namespace

// Bounded: the reader waits while kMaxQueuedBatches batches are open. The first
// error stops everything and is what Finish returns.
class Enrolment::Pipeline {
 public:
  Pipeline(const Parts& parts, uint32_t epoch, int64_t run,
           client::EnrolmentStream& stream, int64_t generation)
      : p_(parts),
        epoch_(epoch),
        run_(run),
        stream_(stream),
        generation_(generation) {
    for (int i = 0; i < std::max(1, p_.workers); ++i)
      threads_.emplace_back([this] { Work(); });
  }
  ~Pipeline() { Join().IgnoreError(); }

  absl::Status Add(index::EnrolledRecord record, identity::Person person) {
    open_.records.push_back(std::move(record));
    open_.people.push_back(std::move(person));
    return open_.records.size() < kBatch ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() {
    if (open_.records.empty()) return absl::OkStatus();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return queue_.size() < kMaxQueuedBatches || !status_.ok();
    });
    if (!status_.ok()) return status_;
    queue_.push_back(std::move(open_));
    open_ = Batch();
    changed_.notify_all();
    return absl::OkStatus();
  }

  absl::Status Join() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    for (std::thread& t : threads_) t.join();
    threads_.clear();
    std::lock_guard lock(mutex_);
    return status_;
  }

  // After Join.
  void Count(EnrolmentReport& report) const {
    report.without_keys = without_keys_;
    report.fresh = fresh_;
    report.changed = changed_records_;
    report.unchanged = unchanged_;
  }

 private:
  void Work() {
    while (true) {
      Batch batch;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(
            lock, [&] { return !queue_.empty() || done_ || !status_.ok(); });
        if (!status_.ok() || queue_.empty()) return;
        batch = std::move(queue_.front());
        queue_.pop_front();
        changed_.notify_all();
      }
      absl::Status status = Process(batch);
      if (!status.ok()) Fail(std::move(status));
    }
  }

  absl::Status Process(Batch& batch) {
    std::vector<Handle> handles;
    std::vector<TokenCache::Entry> entries(batch.records.size());
    std::vector<Digest> prints;
    for (size_t i = 0; i < batch.records.size(); ++i) {
      handles.push_back(batch.records[i].handle);
      prints.push_back(p_.cache.Fingerprint(batch.people[i], epoch_));
    }
    KS_ASSIGN_OR_RETURN(auto known, p_.cache.Find(handles, prints));
    KS_RETURN_IF_ERROR(EvaluateUnknown(batch, known));
    uint64_t without = 0, counts[3] = {};
    for (size_t i = 0; i < known.size(); ++i) {
      without += known[i].evaluated.tokens.empty();
      ++counts[static_cast<int>(known[i].known)];
      batch.records[i].tokens = known[i].evaluated.tokens;
      entries[i] = {handles[i], prints[i], &known[i].evaluated,
                    known[i].known != TokenCache::Known::kUnchanged};
    }
    // Kept before it is sent: what a kill leaves behind is used next time.
    KS_RETURN_IF_ERROR(p_.cache.Keep(run_, entries));
    KS_RETURN_IF_ERROR(Keep(batch, known));
    std::lock_guard lock(send_mutex_);
    without_keys_ += without;
    fresh_ += counts[static_cast<int>(TokenCache::Known::kNew)];
    changed_records_ += counts[static_cast<int>(TokenCache::Known::kChanged)];
    unchanged_ += counts[static_cast<int>(TokenCache::Known::kUnchanged)];
    if (!stream_.Add(batch.records))
      return absl::UnavailableError("gateway: ended the enrolment");
    return absl::OkStatus();
  }

  // What stage 2 needs, before the gateway can find anybody by it.
  absl::Status Keep(Batch& batch, std::vector<TokenCache::Cached>& known) {
    std::vector<ComparisonRecord> kept;
    for (size_t i = 0; i < known.size(); ++i) {
      const index::EnrolledRecord& r = batch.records[i];
      ComparisonRecord record{
          r.handle, r.family, std::move(batch.people[i]), {}};
      for (size_t k = 0; k < r.tokens.size(); ++k)
        record.secrets.push_back(
            {r.tokens[k].key, std::move(known[i].evaluated.secrets[k])});
      kept.push_back(std::move(record));
    }
    return p_.comparisons.Add(generation_, kept);
  }

  // Evaluates what is not unchanged.
  absl::Status EvaluateUnknown(const Batch& batch,
                               std::vector<TokenCache::Cached>& known) {
    std::vector<identity::Person> people;
    std::vector<size_t> places;
    for (size_t i = 0; i < known.size(); ++i) {
      if (known[i].known == TokenCache::Known::kUnchanged) continue;
      people.push_back(batch.people[i]);
      places.push_back(i);
    }
    if (people.empty()) return absl::OkStatus();
    KS_ASSIGN_OR_RETURN(auto evaluated, p_.tokens.ForEnrolment(people));
    for (size_t i = 0; i < places.size(); ++i)
      known[places[i]].evaluated = std::move(evaluated[i]);
    return absl::OkStatus();
  }

  void Fail(absl::Status status) {
    std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = std::move(status);
    changed_.notify_all();
  }

  const Parts& p_;
  const uint32_t epoch_;
  const int64_t run_;
  client::EnrolmentStream& stream_;
  const int64_t generation_;
  Batch open_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> queue_;
  bool done_ = false;
  absl::Status status_;
  std::mutex send_mutex_;
  uint64_t without_keys_ = 0, fresh_ = 0, changed_records_ = 0, unchanged_ = 0;
  std::vector<std::thread> threads_;
};

absl::Status Enrolment::ReadAll(
    EnrolmentReport& report, const EnrolmentProgress& progress,
    uint64_t expected,
    absl::FunctionRef<absl::Status(index::EnrolledRecord, identity::Person)>
        take) {
  // Beside the source's own list, which it finishes itself.
  std::vector<sources::RowIssue> dropped;
  sources::IssueList fields(dropped);
  auto on_record = [&](sources::SourceRecord record) -> absl::Status {
    ++report.read;
    identity::Normalised n = identity::Normalise(record.person, p_.today);
    for (const identity::FieldIssue& issue : n.issues) {
      ++report.field_issues[absl::StrCat(issue.field, ": ", issue.problem)];
      fields.Add({record.row, issue.field, issue.problem, true});
    }
    if (report.read % kBatch == 0) progress(report.read, expected);
    p_.records.communal().Withhold(n.person);
    index::EnrolledRecord enrolled;
    enrolled.handle = p_.handles.ForRecord(record.local_id);
    enrolled.family = p_.handles.FamilyOf(record);
    enrolled.shielded = record.shielded;
    return take(std::move(enrolled), std::move(n.person));
  };
  const absl::Status read = p_.source.ForEach(on_record, report.row_issues);
  fields.Finish();
  report.row_issues.insert(report.row_issues.end(), dropped.begin(),
                           dropped.end());
  return read;
}

absl::StatusOr<EnrolmentReport> Enrolment::DryRun(
    const EnrolmentProgress& progress) {
  EnrolmentReport report;
  const uint32_t epoch = p_.directory.Current()->key_epoch;
  KS_ASSIGN_OR_RETURN(const uint64_t before, p_.cache.Size());
  auto take = [&](index::EnrolledRecord record,
                  identity::Person person) -> absl::Status {
    report.without_keys += identity::MatchKeys(person).empty();
    KS_ASSIGN_OR_RETURN(
        const auto known,
        p_.cache.Find({record.handle}, {p_.cache.Fingerprint(person, epoch)}));
    report.fresh += known[0].known == TokenCache::Known::kNew;
    report.changed += known[0].known == TokenCache::Known::kChanged;
    report.unchanged += known[0].known == TokenCache::Known::kUnchanged;
    return absl::OkStatus();
  };
  KS_RETURN_IF_ERROR(ReadAll(report, progress, before, take));
  const uint64_t still = report.changed + report.unchanged;
  report.gone = before > still ? before - still : 0;
  return report;
}

absl::StatusOr<EnrolmentReport> Enrolment::Run(
    const EnrolmentProgress& progress) {
  EnrolmentReport report;
  const uint32_t epoch = p_.directory.Current()->key_epoch;
  KS_ASSIGN_OR_RETURN(const uint64_t before, p_.cache.Size());
  KS_ASSIGN_OR_RETURN(const int64_t run, p_.cache.NextRun());
  client::EnrolmentStream stream = p_.gateway.Enrol(epoch);
  KS_ASSIGN_OR_RETURN(const int64_t generation, p_.comparisons.Begin());
  absl::Status status;
  {
    Pipeline pipeline(p_, epoch, run, stream, generation);
    status =
        ReadAll(report, progress, before,
                [&](index::EnrolledRecord record, identity::Person person) {
                  return pipeline.Add(std::move(record), std::move(person));
                });
    if (status.ok()) status = pipeline.Flush();
    const absl::Status joined = pipeline.Join();
    if (status.ok()) status = joined;
    pipeline.Count(report);
  }
  // A stream that the gateway ended says why only at its end. After any other
  // error it is dropped: to finish it would enrol a part of the register.
  if (stream.ended()) return stream.Finish().status();
  KS_RETURN_IF_ERROR(status);
  KS_ASSIGN_OR_RETURN(const client::RegistryStatus done, stream.Finish());
  // A crash here leaves the former records in force here: those that changed
  // cannot be compared, so nobody is taken for them, until the next enrolment.
  KS_RETURN_IF_ERROR(p_.comparisons.Finish(generation));
  report.enrolled = done.records;
  report.families = done.families;
  // Only now: a run that did not end has not had everybody.
  KS_ASSIGN_OR_RETURN(report.gone, p_.cache.ForgetOthers(run));
  progress(report.read, before);
  return report;
}

}  // namespace kinstile::daemon
