// SPDX-License-Identifier: Apache-2.0
// A value that is replaced as a whole while others go on using the old one.
#ifndef KINSTILE_GATEWAY_SHARE_IN_FORCE_H_
#define KINSTILE_GATEWAY_SHARE_IN_FORCE_H_

#include <memory>
#include <mutex>
#include <utility>

namespace kinstile::share {

// Thread-safe. A snapshot stays valid for as long as it is held.
template <class T>
class InForce {
 public:
  explicit InForce(std::shared_ptr<const T> first)
      : current_(std::move(first)) {}
  std::shared_ptr<const T> Current() const {
    std::lock_guard lock(mutex_);
    return current_;
  }
  void Replace(std::shared_ptr<const T> next) {
    std::lock_guard lock(mutex_);
    current_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_IN_FORCE_H_
