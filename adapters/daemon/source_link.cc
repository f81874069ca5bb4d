// SPDX-License-Identifier: Apache-2.0
// Sessions of the source link, one after the other.
#include "adapters/daemon/source_link.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/rpc/source_service.h"
#include "gateway/wire/convert.h"
#include "gateway/wire/error.h"
#include "kinstile/v1/source_service.grpc.pb.h"

namespace kinstile::daemon {
namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kMaxQueued = 256;

void HoldToBeat(Steady::time_point asked_at, absl::Duration every) {
  const auto beat = absl::ToChronoMilliseconds(every);
  const auto beats = (Steady::now() - asked_at) / beat + 1;
  std::this_thread::sleep_until(asked_at + beats * beat);
}

}  // namespace

// One stream: a reader (the caller of Run) and kWorkers who answer.
class SourceLink::Session {
 public:
  Session(const std::shared_ptr<grpc::Channel>& channel, Responder& responder)
      : responder_(responder), stub_(v1::SourceService::NewStub(channel)) {
    // While it waits for the connection it drives it: a call that fails at once
    // would leave the handshake to gRPC's rare background polling.
    context_.set_wait_for_ready(true);
  }

  // Until the stream ends. `on_up` runs when the gateway has welcomed us.
  absl::Status Run(const std::function<void()>& on_up) {
    // Waits for the connection: only here can Cancel end that.
    stream_ = stub_->Serve(&context_);
    v1::ServeRequest hello;
    hello.mutable_hello()->set_protocol_version(rpc::kSourceProtocolVersion);
    hello.mutable_hello()->set_identity_spec_version(kIdentitySpecVersion);
    v1::ServeResponse message;
    if (stream_->Write(hello) && stream_->Read(&message) &&
        message.has_welcome()) {
      on_up();
      ReadAsks();
    } else {
      context_.TryCancel();
    }
    return wire::FromGrpc(stream_->Finish());
  }

  // Ends Run, begun or not.
  void Cancel() { context_.TryCancel(); }

 private:
  struct Work {
    v1::ServeResponse message;  // an ask or a compare
    Steady::time_point at;
  };

  void ReadAsks() {
    std::vector<std::thread> workers;
    for (int i = 0; i < kWorkers; ++i)
      workers.emplace_back([this] { Answer(); });
    v1::ServeResponse message;
    while (stream_->Read(&message)) {
      if (!message.has_ask() && !message.has_compare()) continue;
      std::lock_guard lock(mutex_);
      // Beyond what can be answered in time: reported as unreachable.
      if (queue_.size() >= kMaxQueued) continue;
      queue_.push_back({std::move(message), Steady::now()});
      changed_.notify_one();
    }
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    for (std::thread& t : workers) t.join();
  }

  void Answer() {
    while (true) {
      Work work;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return done_ || !queue_.empty(); });
        if (done_) return;
        work = std::move(queue_.front());
        queue_.pop_front();
      }
      v1::ServeRequest message;
      if (work.message.has_compare())
        Compare(work, message);
      else
        Fetch(work, message);
      std::lock_guard lock(write_mutex_);
      stream_->Write(message);
    }
  }

  void Fetch(const Work& work, v1::ServeRequest& message) {
    v1::FetchResult& result = *message.mutable_result();
    result.set_number(work.message.ask().number());
    // Without an answer the gateway reports us as unreachable, at once.
    Fill(work.message.ask(), result).IgnoreError();
    if (result.answer().status() == v1::SOURCE_STATUS_NO_MATCH)
      HoldToBeat(work.at, SourceLink::kNoMatchBeat);
  }

  void Compare(const Work& work, v1::ServeRequest& message) {
    const v1::CompareAsk& ask = work.message.compare();
    if (!Fill(ask, *message.mutable_compared()).ok())
      // What is no answer to a comparison: we are unreachable.
      message.mutable_result()->set_number(ask.number());
    HoldToBeat(work.at, SourceLink::kCompareBeat);
  }

  absl::Status Fill(const v1::CompareAsk& ask, v1::CompareResult& result) {
    result.set_number(ask.number());
    KS_ASSIGN_OR_RETURN(const share::SignedRequest request,
                        wire::FromProto(ask.signed_request()));
    KS_ASSIGN_OR_RETURN(const auto hits, wire::FromProto(ask.hits()));
    KS_ASSIGN_OR_RETURN(const auto families, responder_.Compare(request, hits));
    wire::ToProto(families, &result);
    return absl::OkStatus();
  }

  absl::Status Fill(const v1::FetchAsk& ask, v1::FetchResult& result) {
    KS_ASSIGN_OR_RETURN(const share::SignedRequest request,
                        wire::FromProto(ask.signed_request()));
    KS_ASSIGN_OR_RETURN(const auto matched, wire::FromProto(ask.matched()));
    KS_ASSIGN_OR_RETURN(const share::SourceReply reply,
                        responder_.Answer(request, matched));
    wire::ToProto(reply.answer, result.mutable_answer());
    if (reply.late_refusal) {
      v1::Refusal* late = result.mutable_late_refusal();
      late->set_flow(reply.late_refusal->flow);
      late->set_rule(reply.late_refusal->rule);
      late->set_layer(reply.late_refusal->layer);
      late->set_reason(reply.late_refusal->reason);
    }
    return absl::OkStatus();
  }

  Responder& responder_;
  std::unique_ptr<v1::SourceService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ServeRequest, v1::ServeResponse>>
      stream_;
  std::mutex write_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool done_ = false;
};

SourceLink::SourceLink(std::shared_ptr<grpc::Channel> channel,
                       Responder& responder, LinkObserver observer)
    : channel_(std::move(channel)),
      responder_(responder),
      observer_(std::move(observer)),
      thread_([this] { Run(); }) {}

SourceLink::~SourceLink() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    if (session_ != nullptr) session_->Cancel();
  }
  changed_.notify_all();
  thread_.join();
}

bool SourceLink::WaitUntilUp(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, absl::ToChronoMilliseconds(patience),
                           [&] { return up_; });
}

void SourceLink::SetUp(bool up, const std::string& why) {
  {
    std::lock_guard lock(mutex_);
    if (up_ == up) return;
    up_ = up;
  }
  changed_.notify_all();
  observer_(up, why);
}

void SourceLink::Run() {
  int failures = 0;
  while (true) {
    Session session(channel_, responder_);
    {
      std::lock_guard lock(mutex_);
      session_ = &session;
      // Run then ends at once, and so do we below.
      if (stop_) session.Cancel();
    }
    const absl::Status status = session.Run([&] {
      failures = 0;
      SetUp(true, "the gateway has welcomed the link");
    });
    std::unique_lock lock(mutex_);
    session_ = nullptr;
    lock.unlock();
    SetUp(false, status.ok() ? "the gateway ended the link"
                             : std::string(status.message()));
    // At most about three seconds: until then its agency is unreachable.
    const uint32_t most = 200u << std::min(failures++, 4);
    const auto pause =
        std::chrono::milliseconds(50 + crypto::RandomBelow(most));
    lock.lock();
    if (changed_.wait_for(lock, pause, [&] { return stop_; })) return;
  }
}

}  // namespace kinstile::daemon
