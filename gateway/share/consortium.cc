// SPDX-License-Identifier: Apache-2.0
// Look-ups in the consortium manifest.
#include "gateway/share/consortium.h"

#include <algorithm>

namespace kinstile::share {
namespace {

template <class Items, class Pred>
auto FindOrNull(const Items& items, Pred pred) -> decltype(&items[0]) {
  auto it = std::find_if(items.begin(), items.end(), pred);
  return it == items.end() ? nullptr : &*it;
}

}  // namespace

const Agency* Consortium::FindAgency(const AgencyId& id) const {
  return FindAgency(id.str());
}

const Agency* Consortium::FindAgency(absl::string_view id) const {
  return FindOrNull(agencies,
                    [&](const Agency& a) { return a.id.str() == id; });
}

const Agency* Consortium::FindAgencyByPin(const Digest& spki) const {
  return FindOrNull(agencies, [&](const Agency& a) {
    return std::find(a.tls_pins.begin(), a.tls_pins.end(), spki) !=
           a.tls_pins.end();
  });
}

const Daemon* Consortium::FindGateway(absl::string_view id) const {
  return FindOrNull(gateways, [&](const Daemon& d) { return d.id == id; });
}

const KeyHolder* Consortium::FindKeyHolder(absl::string_view id) const {
  return FindOrNull(key_holders,
                    [&](const KeyHolder& k) { return k.daemon.id == id; });
}

absl::Status Directory::Replace(std::shared_ptr<const Consortium> next) {
  std::lock_guard lock(mutex_);
  if (next->version < current_->version)
    return absl::FailedPreconditionError(
        "manifest: version is lower than the one in force");
  if (next->version == current_->version && next->digest != current_->digest)
    return absl::FailedPreconditionError(
        "manifest: other bytes under the version in force");
  current_ = std::move(next);
  return absl::OkStatus();
}

}  // namespace kinstile::share
