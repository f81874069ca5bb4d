// SPDX-License-Identifier: Apache-2.0
// The two roles of kinstiled, as main sees them.
#ifndef KINSTILE_GATEWAY_SERVER_ROLE_H_
#define KINSTILE_GATEWAY_SERVER_ROLE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "gateway/server/config.h"
#include "gateway/server/host.h"

namespace kinstile::server {

class Role {
 public:
  virtual ~Role() = default;
  virtual absl::Status Start(Interceptors interceptors) = 0;
  // Reads again what may change while running; what does not load is left as
  // it was, and said.
  virtual absl::Status Reload() = 0;
  // Ends long calls, then the rest.
  virtual void Stop() = 0;
  virtual bool healthy() const = 0;
  // Called every now and then: says in log and health service what changed.
  virtual void Look() = 0;
};

// With `check_only` a role is built as far as it can be without touching the
// store, and must not be started.
absl::StatusOr<std::unique_ptr<Role>> OpenGateway(const Config& config,
                                                  const Clock& clock,
                                                  bool check_only);
absl::StatusOr<std::unique_ptr<Role>> OpenKeyHolder(const Config& config,
                                                    const Clock& clock,
                                                    bool check_only);

}  // namespace kinstile::server

#endif  // KINSTILE_GATEWAY_SERVER_ROLE_H_
