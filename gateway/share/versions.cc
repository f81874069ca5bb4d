// SPDX-License-Identifier: Apache-2.0
// The chain of versions, held where the policy is in force.
#include "gateway/share/versions.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"

namespace kinstile::share {
namespace {

using storage::Value;

struct InForceHere {
  int64_t version = 0;
  std::string digest;
  bool draft = false;
};

absl::StatusOr<std::optional<InForceHere>> Latest(storage::Snapshot& snapshot,
                                                  const std::string& id) {
  std::optional<InForceHere> latest;
  KS_RETURN_IF_ERROR(snapshot.Query(
      "SELECT version, digest, draft FROM policy_version WHERE agreement = ?1 "
      "ORDER BY version DESC LIMIT 1",
      {Value::Text(id)}, [&](const storage::Row& row) {
        latest =
            InForceHere{row.Int(0), std::string(row.Text(1)), row.Int(2) != 0};
        return absl::OkStatus();
      }));
  return latest;
}

absl::Status Broken(const policy::Agreement& a, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("agreement ", a.id, ", version ", a.version, ": ", why));
}

absl::Status Follows(const policy::Agreement& next, const InForceHere& last) {
  if (last.draft) return absl::OkStatus();
  if (next.draft)
    return Broken(next, "is a draft, and a signed version was in force here");
  if (next.version < last.version)
    return Broken(next, "is older than the version that was in force here");
  if (next.version == last.version)
    return next.digest == last.digest
               ? absl::OkStatus()
               : Broken(next,
                        "has other bytes than when it came into force "
                        "here");
  if (next.version != last.version + 1)
    return Broken(next, "leaves out a version after the one in force here");
  if (next.supersedes != last.digest)
    return Broken(next,
                  "lifecycle.supersedes_sha256 is not the digest of the "
                  "version in force here");
  return absl::OkStatus();
}

absl::Status Remember(storage::Transaction& tx, const policy::Agreement& a,
                      absl::Time now) {
  return tx
      .Execute(
          "INSERT INTO policy_version (agreement, version, digest, draft, "
          "activated_at_ms) VALUES (?1, ?2, ?3, ?4, ?5) "
          "ON CONFLICT (agreement, version) DO UPDATE SET digest = ?3, "
          "draft = ?4 WHERE policy_version.draft <> 0",
          {Value::Text(a.id), Value::Int(a.version), Value::Text(a.digest),
           Value::Int(a.draft ? 1 : 0), Value::Int(ToMillis(now))})
      .status();
}

}  // namespace

absl::Status FollowOn(storage::Database& store, const policy::ActiveSet& set,
                      absl::Time now) {
  return store.Write([&](storage::Transaction& tx) -> absl::Status {
    for (const policy::Agreement& agreement : set.agreements()) {
      KS_ASSIGN_OR_RETURN(const auto latest, Latest(tx, agreement.id));
      if (latest.has_value()) KS_RETURN_IF_ERROR(Follows(agreement, *latest));
      if (!latest.has_value() || latest->digest != agreement.digest ||
          latest->version != agreement.version)
        KS_RETURN_IF_ERROR(Remember(tx, agreement, now));
    }
    return absl::OkStatus();
  });
}

}  // namespace kinstile::share
