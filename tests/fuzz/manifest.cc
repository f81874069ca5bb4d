// SPDX-License-Identifier: Apache-2.0
// The manifest, signed: whatever its bytes, a checked Consortium or an error.
#include "gateway/wire/manifest.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/unit/gateway/wire/manifest_text.h"

std::vector<std::string> FuzzSeeds() {
  return {kinstile::wire::ManifestText()};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kinstile::wire;
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const PinnedKeys pinned = Pinned();
  const auto parsed = ParseManifest(text, "m", SignaturesOf(text), pinned);
  if (!parsed.ok()) {
    if (!absl::IsInvalidArgument(parsed.status()) ||
        parsed.status().message().empty())
      std::abort();
    return 0;
  }
  const kinstile::share::Consortium& c = **parsed;
  if (c.key_threshold < 1 || c.key_threshold > c.key_holders.size())
    std::abort();
  for (const auto& agency : c.agencies)
    if (c.FindAgency(agency.id) != &agency || agency.tls_pins.empty())
      std::abort();
  // Unsigned, the same bytes are nothing.
  if (!absl::IsUnauthenticated(ParseManifest(text, "m", {}, pinned).status()))
    std::abort();
  return 0;
}
