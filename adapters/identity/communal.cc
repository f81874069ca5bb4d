// SPDX-License-Identifier: Apache-2.0
// Counting people by postcode and house.
#include "adapters/identity/communal.h"

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace kinstile::identity {
namespace {

// 0: no address. Two addresses of one hash (once in 2^64) lose their house.
uint64_t AddressOf(const Person& p) {
  if (p.postcode.empty() || p.house.empty()) return 0;
  return absl::HashOf(absl::string_view(p.postcode.Reveal(PiiAccess{})),
                      absl::string_view(p.house.Reveal(PiiAccess{})));
}

}  // namespace

void CommunalAddresses::Count(const Person& person) {
  if (const uint64_t address = AddressOf(person); address != 0)
    ++people_[address];
}

void CommunalAddresses::Withhold(Person& person) const {
  auto known = people_.find(AddressOf(person));
  if (known != people_.end() && known->second > kCommunalSize)
    person.house = Pii<>();
}

}  // namespace kinstile::identity
