// SPDX-License-Identifier: Apache-2.0
// The register of agencies as loaded: who there is, and what each can do.
#ifndef KINSTILE_POLICY_AGENCIES_H_
#define KINSTILE_POLICY_AGENCIES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "policy/facts.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

// Days within which a key signs; no `to`: still in use.
struct KeySpan {
  std::string ed25519;  // 64 characters of lower-case hex
  absl::CivilDay from;
  std::optional<absl::CivilDay> to;

  bool GoodOn(absl::CivilDay day) const {
    return from <= day && (!to || day <= *to);
  }
};

struct Agency {
  std::string id;
  AgencyType type;
  std::string name;
  std::vector<Jurisdiction> nations;
  bool public_authority = false;
  std::string ico_registration;
  ObligationKinds carries_out;
  std::vector<KeySpan> keys;
  std::vector<std::string> roles;
  std::vector<std::string> signatory_posts;
};

struct Agencies {
  std::string version;
  std::string digest;          // lower-case hex of its exact bytes
  std::vector<Agency> agency;  // ordered by id
  std::vector<std::string> signed_by;

  const Agency* Find(absl::string_view id) const;
};

// Whether an obligation falls on who gives (counts are protected before they
// leave), and on who gets. A decision is recorded at both ends.
bool FallsOnSender(ObligationKind kind);
bool FallsOnReceiver(ObligationKind kind);

// Of these kinds (bit n: ObligationKind n), those that an end cannot carry out.
uint32_t CannotCarryOut(uint32_t kinds, const ObligationKinds& sender,
                        const ObligationKinds& receiver);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_AGENCIES_H_
