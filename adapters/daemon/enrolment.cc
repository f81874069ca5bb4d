// SPDX-License-Identifier: Apache-2.0
// One reader, some workers that turn batches into tokens, one ordered sender.
#include "adapters/daemon/enrolment.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
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
  Pipeline(const Parts& parts, client::EnrolmentStream& stream,
           int64_t generation)
      : p_(parts), stream_(stream), generation_(generation) {
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

  uint64_t without_keys() const { return without_keys_; }

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
    KS_ASSIGN_OR_RETURN(auto tokens, p_.tokens.ForEnrolment(batch.people));
    uint64_t without = 0;
    for (size_t i = 0; i < tokens.size(); ++i) {
      without += tokens[i].tokens.empty();
      batch.records[i].tokens = std::move(tokens[i].tokens);
    }
    KS_RETURN_IF_ERROR(Keep(batch, tokens));
    std::lock_guard lock(send_mutex_);
    without_keys_ += without;
    if (!stream_.Add(batch.records))
      return absl::UnavailableError("gateway: ended the enrolment");
    return absl::OkStatus();
  }

  // What stage 2 needs, before the gateway can find anybody by it.
  absl::Status Keep(Batch& batch, std::vector<client::PersonTokens>& tokens) {
    std::vector<ComparisonRecord> kept;
    for (size_t i = 0; i < tokens.size(); ++i) {
      const index::EnrolledRecord& r = batch.records[i];
      ComparisonRecord record{
          r.handle, r.family, std::move(batch.people[i]), {}};
      for (size_t k = 0; k < r.tokens.size(); ++k)
        record.secrets.push_back(
            {r.tokens[k].key, std::move(tokens[i].secrets[k])});
      kept.push_back(std::move(record));
    }
    return p_.comparisons.Add(generation_, kept);
  }

  void Fail(absl::Status status) {
    std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = std::move(status);
    changed_.notify_all();
  }

  const Parts& p_;
  client::EnrolmentStream& stream_;
  const int64_t generation_;
  Batch open_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> queue_;
  bool done_ = false;
  absl::Status status_;
  std::mutex send_mutex_;
  uint64_t without_keys_ = 0;
  std::vector<std::thread> threads_;
};

absl::Status Enrolment::ReadAll(EnrolmentReport& report,
                                const EnrolmentProgress& progress,
                                Pipeline* pipeline) {
  auto on_record = [&](sources::SourceRecord record) -> absl::Status {
    ++report.read;
    identity::Normalised n = identity::Normalise(record.person, p_.today);
    for (const identity::FieldIssue& issue : n.issues)
      ++report.field_issues[absl::StrCat(issue.field, ": ", issue.problem)];
    if (report.read % kBatch == 0) progress(report.read);
    if (pipeline == nullptr) return absl::OkStatus();
    p_.records.communal().Withhold(n.person);
    index::EnrolledRecord enrolled;
    enrolled.handle = p_.handles.ForRecord(record.local_id);
    enrolled.family = p_.handles.FamilyOf(record);
    enrolled.shielded = record.shielded;
    return pipeline->Add(std::move(enrolled), std::move(n.person));
  };
  return p_.source.ForEach(on_record, report.row_issues);
}

absl::StatusOr<EnrolmentReport> Enrolment::DryRun(
    const EnrolmentProgress& progress) {
  EnrolmentReport report;
  KS_RETURN_IF_ERROR(ReadAll(report, progress, nullptr));
  return report;
}

absl::StatusOr<EnrolmentReport> Enrolment::Run(
    const EnrolmentProgress& progress) {
  EnrolmentReport report;
  client::EnrolmentStream stream =
      p_.gateway.Enrol(p_.directory.Current()->key_epoch);
  KS_ASSIGN_OR_RETURN(const int64_t generation, p_.comparisons.Begin());
  absl::Status status;
  {
    Pipeline pipeline(p_, stream, generation);
    status = ReadAll(report, progress, &pipeline);
    if (status.ok()) status = pipeline.Flush();
    const absl::Status joined = pipeline.Join();
    if (status.ok()) status = joined;
    report.without_keys = pipeline.without_keys();
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
  progress(report.read);
  return report;
}

}  // namespace kinstile::daemon
