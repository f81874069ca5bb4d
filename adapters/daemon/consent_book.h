// SPDX-License-Identifier: Apache-2.0
// The agency's own book of consents: the gateway's copy has no words in it.
#ifndef KINSTILE_ADAPTERS_DAEMON_CONSENT_BOOK_H_
#define KINSTILE_ADAPTERS_DAEMON_CONSENT_BOOK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/base/clock.h"
#include "gateway/share/consent.h"
#include "gateway/storage/database.h"

namespace kinstile::daemon {

// What never leaves the agency.
struct ConsentNote {
  std::string practitioner;  // staff id of who recorded it
  std::string form;          // where the signed form is kept
  std::string note;
};

struct NotedConsent {
  share::KnownConsent known;
  ConsentNote note;
};

// Thread-safe, and safe beside other processes on the same state. Everything
// counts here at once; the gateway hears of it through the outbox.
class ConsentBook {
 public:
  struct Parts {
    AgencyId agency;
    storage::Database& state;
    const Clock& clock;
  };
  explicit ConsentBook(const Parts& parts) : p_(parts) {}

  // INVALID_ARGUMENT naming the field (share::CheckConsent); ALREADY_EXISTS.
  absl::Status Record(const share::Consent& consent, const ConsentNote& note);
  // NOT_FOUND; INVALID_ARGUMENT for a time before the consent or ahead.
  absl::Status Withdraw(const share::ConsentId& id, int64_t withdrawn_at_ms);
  // Of one person, as known now or at an earlier time.
  absl::StatusOr<std::vector<NotedConsent>> List(
      const Handle& handle, std::optional<int64_t> as_known_at_ms);

  // Days since the person's consent to all of the scope, or nothing.
  absl::StatusOr<std::optional<int64_t>> Days(const Handle& handle,
                                              const share::ConsentScope& scope,
                                              absl::Time now);
  // Of the scope's items those that the person has said no to.
  absl::StatusOr<std::vector<std::string>> Refused(
      const Handle& handle, const share::ConsentScope& scope, absl::Time now);

 private:
  absl::StatusOr<std::vector<share::KnownConsent>> Of(const Handle& handle);

  const Parts p_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_CONSENT_BOOK_H_
