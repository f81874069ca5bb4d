// SPDX-License-Identifier: Apache-2.0
// Source links: asks down, answers up, matched by number.
#include "gateway/rpc/source_service.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <thread>
#include <utility>

#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"
#include "gateway/wire/convert.h"

namespace kinstile::rpc {
namespace {

// A message of the source that answers an ask, not yet believed.
using Reply = absl::StatusOr<v1::ServeRequest>;

constexpr size_t kMaxQueued = 64;

absl::Status Unreachable() {
  return absl::UnavailableError("source: has no link or did not answer");
}

absl::StatusOr<share::SourceReply> ToFetched(const v1::ServeRequest& message) {
  if (!message.has_result()) return Unreachable();
  const v1::FetchResult& result = message.result();
  share::SourceReply reply;
  KS_ASSIGN_OR_RETURN(reply.answer, wire::FromProto(result.answer()));
  if (result.has_late_refusal()) {
    const v1::Refusal& r = result.late_refusal();
    reply.late_refusal =
        share::LateRefusal{r.flow(), r.rule(), r.layer(), r.reason()};
  }
  return reply;
}

absl::StatusOr<std::vector<share::ComparedFamily>> ToCompared(
    const v1::ServeRequest& message) {
  if (!message.has_compared()) return Unreachable();
  return wire::FromProto(message.compared());
}

uint64_t NumberOf(const v1::ServeRequest& message) {
  return message.has_compared() ? message.compared().number()
                                : message.result().number();
}

absl::Status CheckHello(const v1::ServeRequest& message) {
  if (!message.has_hello())
    return absl::InvalidArgumentError("part: hello comes first");
  if (message.hello().protocol_version() != kSourceProtocolVersion ||
      message.hello().identity_spec_version() != kIdentitySpecVersion)
    return share::Refuse(absl::StatusCode::kFailedPrecondition,
                         share::Reason::kVersionMismatch,
                         "hello: speaks another version");
  return absl::OkStatus();
}

}  // namespace

// One stream and the thread that writes to it. Lives as long as somebody waits
// on it; stream and context are valid until Shut returns.
class SourceService::Link {
 public:
  Link(grpc::ServerContext& context, Stream& stream)
      : context_(context), stream_(stream), writer_([this] { Write(); }) {}

  // Queues an ask; the future holds the reply, or Unreachable. Never waits: a
  // source that does not read holds up nobody else's answer, and is hung up on
  // when kMaxQueued asks wait for it.
  std::future<Reply> Send(const v1::ServeResponse& message, uint64_t number) {
    std::promise<Reply> promise;
    std::future<Reply> future = promise.get_future();
    std::lock_guard lock(mutex_);
    if (shut_ || queue_.size() >= kMaxQueued) {
      if (!shut_) context_.TryCancel();
      promise.set_value(Unreachable());
      return future;
    }
    waiting_.emplace(number, std::move(promise));
    queue_.push_back(message);
    changed_.notify_one();
    return future;
  }

  void Resolve(uint64_t number, Reply reply) {
    std::unique_lock lock(mutex_);
    auto it = waiting_.find(number);
    if (it == waiting_.end()) return;  // given up: too late
    std::promise<Reply> promise = std::move(it->second);
    waiting_.erase(it);
    lock.unlock();
    promise.set_value(std::move(reply));
  }

  void Forget(uint64_t number) {
    std::lock_guard lock(mutex_);
    waiting_.erase(number);
  }

  // Only while Shut has not been called.
  void Cancel() { context_.TryCancel(); }

  // After this nobody touches the stream, and nobody waits any more.
  void Shut() {
    {
      std::lock_guard lock(mutex_);
      shut_ = true;
      for (auto& [number, promise] : waiting_) promise.set_value(Unreachable());
      waiting_.clear();
    }
    changed_.notify_one();
    context_.TryCancel();  // a write that waits for the source ends
    writer_.join();
  }

 private:
  void Write() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return shut_ || !queue_.empty(); });
      if (shut_) return;
      const v1::ServeResponse message = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      // False: the stream is at its end, Read says so too, and Shut follows.
      stream_.Write(message);
      lock.lock();
    }
  }

  grpc::ServerContext& context_;
  Stream& stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
  std::deque<v1::ServeResponse> queue_;
  std::map<uint64_t, std::promise<Reply>> waiting_;
  std::thread writer_;
};

// A stream that has not said hello. An agency has one: a newer one ends it, so
// that streams that never say anything cannot take the server's threads.
class SourceService::Greeting {
 public:
  Greeting(SourceService& service, const AgencyId& agency,
           grpc::ServerContext& context)
      : service_(service), agency_(agency), context_(context) {
    std::lock_guard lock(service_.mutex_);
    auto& slot = service_.greetings_[agency_];
    if (slot != nullptr) slot->TryCancel();
    slot = &context_;
  }
  ~Greeting() {
    std::lock_guard lock(service_.mutex_);
    auto it = service_.greetings_.find(agency_);
    if (it != service_.greetings_.end() && it->second == &context_)
      service_.greetings_.erase(it);
  }

 private:
  SourceService& service_;
  const AgencyId& agency_;
  grpc::ServerContext& context_;
};

std::shared_ptr<SourceService::Link> SourceService::FindLink(
    const AgencyId& agency) {
  std::lock_guard lock(mutex_);
  auto it = links_.find(agency);
  return it == links_.end() ? nullptr : it->second;
}

absl::Status SourceService::ServeLink(const AgencyId& agency,
                                      grpc::ServerContext& context,
                                      Stream& stream) {
  v1::ServeRequest message;
  {
    const Greeting greeting(*this, agency, context);
    if (!stream.Read(&message)) return absl::OkStatus();
  }
  KS_RETURN_IF_ERROR(CheckHello(message));
  v1::ServeResponse welcome;
  welcome.mutable_welcome();
  if (!stream.Write(welcome)) return absl::OkStatus();
  auto link = std::make_shared<Link>(context, stream);
  {
    std::lock_guard lock(mutex_);
    auto& slot = links_[agency];
    if (slot != nullptr) slot->Cancel();
    slot = link;
    if (closed_) link->Cancel();
  }
  while (stream.Read(&message)) {
    if (!message.has_result() && !message.has_compared()) continue;
    const uint64_t number = NumberOf(message);
    link->Resolve(number, std::move(message));
  }
  {
    std::lock_guard lock(mutex_);
    auto it = links_.find(agency);
    if (it != links_.end() && it->second == link) links_.erase(it);
  }
  link->Shut();
  return absl::OkStatus();
}

grpc::Status SourceService::Serve(grpc::ServerContext* context,
                                  Stream* stream) {
  // The one call without a deadline: it lives as long as the source does.
  const auto caller = callers_.Identify(*context);
  if (!caller.ok()) return wire::ToGrpc(caller.status());
  return wire::ToGrpc(ServeLink(*caller, *context, *stream));
}

std::vector<Reply> SourceService::Exchange(
    const std::vector<AgencyId>& sources,
    const std::function<v1::ServeResponse(size_t source, uint64_t number)>& ask,
    absl::Duration deadline) {
  struct Open {
    std::shared_ptr<Link> link;
    uint64_t number = 0;
    std::future<Reply> reply;
  };
  const auto until =
      std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(deadline);
  std::vector<Open> open;
  for (size_t i = 0; i < sources.size(); ++i) {
    Open o{FindLink(sources[i]), next_number_++, {}};
    if (o.link != nullptr) o.reply = o.link->Send(ask(i, o.number), o.number);
    open.push_back(std::move(o));
  }
  std::vector<Reply> replies;
  for (Open& o : open) {
    if (o.link != nullptr &&
        o.reply.wait_until(until) == std::future_status::ready) {
      replies.push_back(o.reply.get());
    } else {
      if (o.link != nullptr) o.link->Forget(o.number);
      replies.push_back(Unreachable());
    }
  }
  return replies;
}

std::vector<absl::StatusOr<share::SourceReply>> SourceService::Ask(
    const share::SignedRequest& request,
    absl::Span<const share::SourceQuestion> questions,
    absl::Duration deadline) {
  v1::ServeResponse message;
  wire::ToProto(share::WithoutComparisons(request),
                message.mutable_ask()->mutable_signed_request());
  std::vector<AgencyId> sources;
  for (const share::SourceQuestion& q : questions) sources.push_back(q.source);
  const auto ask = [&](size_t i, uint64_t number) {
    message.mutable_ask()->set_number(number);
    message.mutable_ask()->clear_matched();
    wire::ToProto(questions[i].matched,
                  message.mutable_ask()->mutable_matched());
    return message;
  };
  std::vector<absl::StatusOr<share::SourceReply>> out;
  for (Reply& reply : Exchange(sources, ask, deadline))
    out.push_back(reply.ok() ? ToFetched(*reply) : reply.status());
  return out;
}

std::vector<absl::StatusOr<std::vector<share::ComparedFamily>>>
SourceService::Compare(const share::SignedRequest& request,
                       absl::Span<const share::CompareQuestion> questions,
                       absl::Duration deadline) {
  v1::ServeResponse message;
  wire::ToProto(share::WithoutComparisons(request),
                message.mutable_compare()->mutable_signed_request());
  std::vector<AgencyId> sources;
  for (const share::CompareQuestion& q : questions) sources.push_back(q.source);
  const auto ask = [&](size_t i, uint64_t number) {
    message.mutable_compare()->set_number(number);
    message.mutable_compare()->clear_hits();
    wire::ToProto(questions[i].hits, message.mutable_compare()->mutable_hits());
    return message;
  };
  std::vector<absl::StatusOr<std::vector<share::ComparedFamily>>> out;
  for (Reply& reply : Exchange(sources, ask, deadline))
    if (reply.ok())
      out.push_back(ToCompared(*reply));
    else
      out.push_back(reply.status());
  return out;
}

void SourceService::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& [agency, link] : links_) link->Cancel();
}

}  // namespace kinstile::rpc
