// SPDX-License-Identifier: Apache-2.0
// Configuration files: strict text, each mistake with its place.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gateway/wire/text.h"
#include "kinstile/v1/config.pb.h"

std::vector<std::string> FuzzSeeds() {
  return {R"(party: "gateway"
manifest {
  file: "../manifest.textproto"
  pinned { agency: "council" signing_key: "00" }
  pinned { agency: "health" signing_key: "01" }
}
tls { folder: "tls" }
listen: "127.0.0.1:0"
port_file: "port"
log_key_file: "log.key"
store: "sqlite:store.db"
gateway { index_key_file: "i" agreements_folder: "a" law_folder: "l" }
)"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  kinstile::v1::KinstiledConfig config;
  const absl::Status s = kinstile::wire::ParseStrictText(
      text, "file", {"KinstiledConfig.key_holder"}, &config);
  if (!s.ok() &&
      (!absl::IsInvalidArgument(s) || !absl::StartsWith(s.message(), "file:")))
    std::abort();
  // Nothing that was not chosen is taken for chosen.
  if (s.ok() && (config.party().empty() || config.store().empty() ||
                 config.manifest().pinned().empty()))
    std::abort();
  return 0;
}
