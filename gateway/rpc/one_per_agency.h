// SPDX-License-Identifier: Apache-2.0
// Long streams hold a thread each: an agency has one of a kind.
#ifndef KINSTILE_GATEWAY_RPC_ONE_PER_AGENCY_H_
#define KINSTILE_GATEWAY_RPC_ONE_PER_AGENCY_H_

#include <grpcpp/server_context.h>

#include <map>
#include <mutex>

#include "gateway/base/ids.h"

namespace kinstile::rpc {

// Thread-safe. A newer turn of an agency ends its older one, so that a stream
// that hangs is in nobody's way.
class OnePerAgency {
 public:
  class Turn {
   public:
    Turn(OnePerAgency& all, const AgencyId& agency,
         grpc::ServerContext* context)
        : all_(all), agency_(agency), context_(context) {
      std::lock_guard lock(all_.mutex_);
      grpc::ServerContext*& current = all_.current_[agency_];
      if (current != nullptr) current->TryCancel();
      current = context_;
    }
    ~Turn() {
      std::lock_guard lock(all_.mutex_);
      auto it = all_.current_.find(agency_);
      if (it != all_.current_.end() && it->second == context_)
        all_.current_.erase(it);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    OnePerAgency& all_;
    const AgencyId agency_;
    grpc::ServerContext* const context_;
  };

 private:
  std::mutex mutex_;
  std::map<AgencyId, grpc::ServerContext*> current_;
};

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_ONE_PER_AGENCY_H_
