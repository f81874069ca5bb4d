// SPDX-License-Identifier: Apache-2.0
// kinstiled's configuration file.
#ifndef KINSTILE_GATEWAY_SERVER_CONFIG_H_
#define KINSTILE_GATEWAY_SERVER_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "gateway/wire/text.h"
#include "kinstile/v1/config.pb.h"

namespace kinstile::server {

struct Config {
  std::string file;
  v1::KinstiledConfig values;

  // A path of the file, relative to it.
  std::string Path(const std::string& path) const {
    return wire::ResolvePath(file, path);
  }
  // A store's URL, its path relative to the file.
  std::string StoreUrl(const std::string& url) const;
};

// INVALID_ARGUMENT with every mistake as file:line:column. Exactly one role:
// a gateway that also held the matching key could look anybody up by itself.
absl::StatusOr<Config> ReadConfig(const std::string& file);

}  // namespace kinstile::server

#endif  // KINSTILE_GATEWAY_SERVER_CONFIG_H_
