// SPDX-License-Identifier: Apache-2.0
// Two threads prepare and send; the caller's own receives.
#include "adapters/client/register_linker.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"

namespace kinstile::client {
namespace {

constexpr int kSenders = 2;
// Families whose people are evaluated in one call to the key holders.
constexpr size_t kBatch = 8;
constexpr absl::Duration kStreamDeadline = absl::Hours(6);
constexpr absl::Duration kFirstPause = absl::Milliseconds(200);

// Whether another stream may do better.
bool MayBeTriedAgain(const absl::Status& status) {
  return status.ok() || absl::IsUnavailable(status) ||
         absl::IsCancelled(status) || absl::IsDeadlineExceeded(status);
}

bool AnyUnreachable(const MatchOutcome& outcome) {
  return std::any_of(outcome.results.begin(), outcome.results.end(),
                     [](const SourceMatch& m) {
                       return m.status == share::SourceStatus::kUnreachable;
                     });
}

}  // namespace

// What is still to be asked: given back first, then the caller's. Thread-safe.
class RegisterLinker::Families {
 public:
  explicit Families(const Next& next) : next_(next) {}

  // At most kBatch; none at the end, or when another thread has the last ones.
  absl::StatusOr<std::deque<RegisterFamily>> Take() {
    std::lock_guard lock(mutex_);
    std::deque<RegisterFamily> out;
    while (out.size() < kBatch && !waiting_.empty()) {
      out.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    while (out.size() < kBatch && !exhausted_) {
      KS_ASSIGN_OR_RETURN(std::optional<RegisterFamily> family, next_());
      if (family)
        out.push_back(*std::move(family));
      else
        exhausted_ = true;
    }
    return out;
  }
  void GiveBack(RegisterFamily family) {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(family));
  }
  bool AllTaken() {
    std::lock_guard lock(mutex_);
    return exhausted_ && waiting_.empty();
  }

 private:
  const Next& next_;
  std::mutex mutex_;
  std::deque<RegisterFamily> waiting_;
  bool exhausted_ = false;
};

// One stream. What it does not answer is given back.
class RegisterLinker::Attempt {
 public:
  Attempt(const Parts& parts, Families& families, const Done& done)
      : p_(parts),
        families_(families),
        done_(done),
        stream_(p_.gateway.LinkRegister(kStreamDeadline)) {}

  absl::Status Run() {
    std::vector<std::thread> senders;
    for (int i = 0; i < kSenders; ++i) senders.emplace_back([this] { Send(); });
    while (auto answer = stream_->Receive())
      if (absl::Status s = Receive(*answer); !s.ok()) Fail(std::move(s));
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    for (std::thread& t : senders) t.join();
    const absl::Status ended = stream_->Finish();
    for (auto& [number, open] : open_)
      families_.GiveBack(std::move(open.family));
    return status_.ok() ? ended : status_;
  }

  bool answered_any() const { return answered_any_; }
  // The caller could not take an answer.
  bool not_kept() const { return not_kept_; }

 private:
  struct Open {
    RegisterFamily family;
    share::ShareRequest request;
  };

  // The first error is what Run returns.
  void Fail(absl::Status status) {
    std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = std::move(status);
    ended_ = true;
    changed_.notify_all();
    stream_->Cancel();
  }

  absl::Status Receive(RegisterLinkStream::Answer& answer) {
    Open open;
    {
      std::lock_guard lock(mutex_);
      auto it = open_.find(answer.number);
      if (it == open_.end())
        return absl::UnauthenticatedError(
            "answer: is about a family that was not asked about");
      // It stays open: given back when this stream has ended.
      if (!answer.response.ok()) return answer.response.status();
      open = std::move(it->second);
      open_.erase(it);
      --in_flight_;
    }
    changed_.notify_all();
    KS_ASSIGN_OR_RETURN(
        const MatchOutcome outcome,
        p_.requester.Verify(open.request, *std::move(answer.response)));
    if (++open.family.asked < kAsks && AnyUnreachable(outcome)) {
      families_.GiveBack(std::move(open.family));
      return absl::OkStatus();
    }
    answered_any_ = true;
    absl::Status kept = done_(answer.number, outcome);
    not_kept_ = not_kept_ || !kept.ok();
    return kept;
  }

  absl::StatusOr<std::deque<RegisterFamily>> TakeSome() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return ended_ || in_flight_ + kBatch <= kWindow; });
    if (ended_) return std::deque<RegisterFamily>();
    in_flight_ += kBatch;
    lock.unlock();
    auto some = families_.Take();
    lock.lock();
    in_flight_ -= kBatch - (some.ok() ? some->size() : 0);
    return some;
  }

  absl::Status SendAll(std::deque<RegisterFamily>& families) {
    std::vector<identity::Person> people;
    for (const RegisterFamily& f : families)
      for (const Member& m : f.members) people.push_back(m.person);
    KS_ASSIGN_OR_RETURN(std::vector<PersonTokens> tokens,
                        p_.tokens.ForQuery(people));
    auto next = std::make_move_iterator(tokens.begin());
    while (!families.empty()) {
      RegisterFamily family = std::move(families.front());
      families.pop_front();
      const auto end = next + static_cast<ptrdiff_t>(family.members.size());
      const std::vector<PersonTokens> own(next, end);
      next = end;
      // Nothing is sealed in a match; the field is signed all the same.
      const auto key = crypto::RandomKey<crypto::BoxSecretKey>();
      KS_ASSIGN_OR_RETURN(
          const share::SignedRequest request,
          p_.requester.Sign(family.members, own, family.question,
                            crypto::PublicKeyOf(key)));
      const uint64_t number = family.number;
      {
        std::lock_guard lock(mutex_);
        open_.emplace(number, Open{std::move(family), request.request});
      }
      std::lock_guard lock(send_mutex_);
      // Whoever receives says why.
      if (!stream_->Send(number, request)) return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  void Send() {
    while (true) {
      auto families = TakeSome();
      if (!families.ok()) return Fail(families.status());
      if (families->empty()) break;
      const absl::Status status = SendAll(*families);
      for (RegisterFamily& f : *families) families_.GiveBack(std::move(f));
      if (!status.ok()) return Fail(status);
    }
    std::lock_guard lock(send_mutex_);
    if (++senders_done_ == kSenders) stream_->Done();
  }

  const Parts& p_;
  Families& families_;
  const Done& done_;
  std::unique_ptr<RegisterLinkStream> stream_;
  std::mutex send_mutex_;  // of Send and Done
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<uint64_t, Open> open_;  // sent, or about to be, and not answered
  size_t in_flight_ = 0;
  int senders_done_ = 0;
  bool ended_ = false;
  bool answered_any_ = false;  // these two: only whoever receives
  bool not_kept_ = false;
  absl::Status status_;
};

absl::Status RegisterLinker::Run(const Next& next, const Done& done) {
  Families families(next);
  absl::Duration pause = kFirstPause;
  for (int failures = 0;;) {
    Attempt attempt(p_, families, done);
    absl::Status status = attempt.Run();
    if (attempt.not_kept() || !MayBeTriedAgain(status)) return status;
    if (status.ok() && families.AllTaken()) return status;
    if (attempt.answered_any()) failures = 0, pause = kFirstPause;
    if (++failures == kAttempts)
      return status.ok() ? absl::UnavailableError("gateway: ended the stream")
                         : status;
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(pause));
    pause *= 2;
  }
}

}  // namespace kinstile::client
