// SPDX-License-Identifier: Apache-2.0
// The link that the adapter dials out and keeps up: asks in, answers out.
#ifndef KINSTILE_ADAPTERS_DAEMON_SOURCE_LINK_H_
#define KINSTILE_ADAPTERS_DAEMON_SOURCE_LINK_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "adapters/daemon/responder.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace kinstile::daemon {

// Called when the link goes up or down, with a word about why.
using LinkObserver = std::function<void(bool up, const std::string& why)>;

// Dials the gateway again, with growing pauses and jitter, for as long as it
// lives. Several asks are answered at once. Answers that say NO_MATCH leave on
// a beat of kNoMatchBeat after their ask came in, so that the time they took
// does not tell absent from withheld.
class SourceLink {
 public:
  static constexpr absl::Duration kNoMatchBeat = absl::Milliseconds(25);
  // Comparisons always leave on this one: how many candidates there were, or
  // none, is not in the time that the requester waits.
  static constexpr absl::Duration kCompareBeat = absl::Milliseconds(5);
  static constexpr int kWorkers = 4;

  // `responder` outlives the link.
  SourceLink(std::shared_ptr<grpc::Channel> channel, Responder& responder,
             LinkObserver observer);
  ~SourceLink();  // hangs up and waits

  // True once the gateway has welcomed the link, within `patience`.
  bool WaitUntilUp(absl::Duration patience);

 private:
  class Session;
  void Run();
  void SetUp(bool up, const std::string& why);

  const std::shared_ptr<grpc::Channel> channel_;
  Responder& responder_;
  const LinkObserver observer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool up_ = false;
  bool stop_ = false;
  Session* session_ = nullptr;  // while one is open
  std::thread thread_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_SOURCE_LINK_H_
