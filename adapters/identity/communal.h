// SPDX-License-Identifier: Apache-2.0
// Communal establishments: addresses that say little about who is who.
#ifndef KINSTILE_ADAPTERS_IDENTITY_COMMUNAL_H_
#define KINSTILE_ADAPTERS_IDENTITY_COMMUNAL_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "adapters/identity/person.h"

namespace kinstile::identity {

// Counts the people of one register by address. Where more than kCommunalSize
// live (a hostel, a refuge, a care home, barracks), the house is withheld from
// keys and comparison, so that nobody is found by living there. Holds counts by
// a seeded hash, no address. Not thread-safe while counting.
class CommunalAddresses {
 public:
  static constexpr uint32_t kCommunalSize = 15;

  void Count(const Person& person);
  // Clears the house of somebody who lives at such an address.
  void Withhold(Person& person) const;

 private:
  absl::flat_hash_map<uint64_t, uint32_t> people_;
};

}  // namespace kinstile::identity

#endif  // KINSTILE_ADAPTERS_IDENTITY_COMMUNAL_H_
