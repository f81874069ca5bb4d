// SPDX-License-Identifier: Apache-2.0
// What the witnesses have seen of our trail, and whether that is enough.
#ifndef KINSTILE_GATEWAY_SHARE_WITNESSES_H_
#define KINSTILE_GATEWAY_SHARE_WITNESSES_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/audit/log.h"
#include "gateway/audit/note.h"
#include "gateway/base/clock.h"
#include "gateway/base/ids.h"
#include "gateway/share/consortium.h"
#include "gateway/storage/database.h"

namespace kinstile::share {

// One witness as the health view shows it.
struct WitnessView {
  std::string agency;
  bool presented = false;  // since this process started
  uint64_t size = 0;       // of the head it last cosigned
  std::optional<absl::Time> cosigned_at;
};
struct WitnessReport {
  absl::Status serving;    // why nobody is served, if so
  absl::Status sensitive;  // why nothing sensitive is answered, if so
  absl::Status ordinary;   // why nothing is
  bool quorum_needed = true;
  std::optional<absl::Time> quorum_at;  // when a quorum last had cosigned
  absl::Duration sensitive_limit;
  absl::Duration ordinary_limit;
  uint64_t size = 0;  // of the trail
  std::vector<WitnessView> witnesses;
};

// Thread-safe. Whose word counts, and how much of it, is the manifest's in
// force at each question.
//
// INVARIANT: once a witness has shown a head, signed by our own key, that is
// ahead of our trail or not in it, this object never again says that anybody
// may be served: only a restart on another store does.
class Witnesses {
 public:
  // Whether nobody is served before a quorum has presented heads.
  enum class Start { kWaitForQuorum, kAtOnce };

  // All outlive it.
  Witnesses(const Directory& directory, const audit::Log& log,
            storage::Database& db, const Clock& clock, Start start)
      : directory_(directory),
        log_(log),
        db_(db),
        clock_(clock),
        start_(start) {}

  // The last head that the agency's witness cosigned, as a whole note; empty
  // when it never cosigned this trail. OK also for a head that shows us to be
  // behind: what follows from it is Serving()'s to say.
  //   INVALID_ARGUMENT  no note with our signature and its own (kMalformed)
  absl::Status Present(const AgencyId& witness, absl::string_view note);
  // The same for a fresh cosignature, which is kept with our checkpoint: for
  // verifiers, and durable when this returns OK.
  absl::Status AddCosignature(const AgencyId& witness, absl::string_view note);

  // What the witnesses are to cosign: one checkpoint for all of them, so that
  // their lines meet on it, until a quorum has cosigned it or kOfferedFor is
  // over. Never smaller than the last.
  std::string ToCosign();
  // The newest checkpoint that a quorum has cosigned, with its lines; empty
  // before there is one since the start.
  std::string Witnessed() const;

  // OK once a quorum has presented heads that all are in our trail.
  // UNAVAILABLE (kWitnessesMissing) before; FAILED_PRECONDITION
  // (kTrailRefused) for ever after a head that is not.
  absl::Status Serving() const;
  // Serving(), and a quorum has cosigned recently enough for what is asked;
  // UNAVAILABLE (kWitnessesStale) if not.
  absl::Status Fresh(bool sensitive) const;

  WitnessReport Report() const;

 private:
  struct Seen {
    bool presented = false;
    uint64_t size = 0;
    std::optional<absl::Time> at;
  };
  struct Taken {
    audit::Checkpoint head;
    std::string name;  // that the witness signs under
    std::string line;  // its own
  };

  // A checkpoint that is being cosigned.
  struct Offered {
    std::string note;
    uint64_t size = 0;
    absl::Time until;
    std::map<std::string, std::string> lines = {};  // by agency
  };
  static constexpr absl::Duration kOfferedFor = absl::Minutes(1);

  absl::StatusOr<Taken> Take(const AgencyId& witness, absl::string_view note);
  void RefuseFrom(const std::string& witness, absl::string_view what);
  bool QuorumOnOffered(const Consortium& consortium) const;
  absl::Status ServingLocked(const Consortium& consortium) const;
  absl::Status FreshLocked(const Consortium& consortium, bool sensitive) const;
  std::optional<absl::Time> QuorumTimeLocked(
      const Consortium& consortium) const;

  const Directory& directory_;
  const audit::Log& log_;
  storage::Database& db_;
  const Clock& clock_;
  const Start start_;
  mutable std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // by agency
  Offered offered_;
  std::string witnessed_;
  absl::Status refused_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_WITNESSES_H_
