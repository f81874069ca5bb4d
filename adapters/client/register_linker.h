// SPDX-License-Identifier: Apache-2.0
// Asking about a whole register, family by family, over one stream.
#ifndef KINSTILE_ADAPTERS_CLIENT_REGISTER_LINKER_H_
#define KINSTILE_ADAPTERS_CLIENT_REGISTER_LINKER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "adapters/client/gateway_client.h"
#include "adapters/client/requester.h"
#include "adapters/client/token_client.h"

namespace kinstile::client {

// One family to ask about. `number` is the caller's own.
struct RegisterFamily {
  uint64_t number = 0;
  std::vector<Member> members;
  Question question;
  int asked = 0;  // the linker's: how often a source could not be reached
};

// Each family is asked as Requester::Match does, with the same answer; what is
// saved is waiting. Memory: kWindow families, however large the register.
class RegisterLinker {
 public:
  // Families that are on their way at once.
  static constexpr size_t kWindow = 64;
  // A stream that breaks is opened anew and what was not answered is asked
  // again; after so many in a row that answered nothing, Run gives up.
  static constexpr int kAttempts = 6;
  // A family of which a source could not be reached is asked about so often
  // before that is its answer.
  static constexpr int kAsks = 4;

  // All outlive the linker.
  struct Parts {
    const Requester& requester;
    TokenClient& tokens;
    GatewayClient& gateway;
  };
  explicit RegisterLinker(const Parts& parts) : p_(parts) {}

  // The next family, or nothing at the end. Called from one thread at a time.
  using Next = std::function<absl::StatusOr<std::optional<RegisterFamily>>()>;
  // Called once for each answered family, in no order, from the thread that
  // called Run; an error from it ends the run.
  using Done =
      std::function<absl::Status(uint64_t number, const MatchOutcome& outcome)>;

  // UNAVAILABLE when the gateway stays away; what `done` was called for is
  // done, and a later run over the rest resumes. Any other error that a family
  // meets ends the run with it.
  absl::Status Run(const Next& next, const Done& done);

 private:
  class Families;
  class Attempt;
  const Parts p_;
};

}  // namespace kinstile::client

#endif  // KINSTILE_ADAPTERS_CLIENT_REGISTER_LINKER_H_
