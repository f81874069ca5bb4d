// SPDX-License-Identifier: Apache-2.0
// The table open_request, and what is made of it after a crash.
#include "gateway/share/open_requests.h"

#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"

namespace kinstile::share {
namespace {

using storage::Row;
using storage::Value;

// What stands in the table, as a record without legs.
struct OpenRequest {
  audit::Record common;
  std::vector<AgencyId> asked;
};

absl::StatusOr<OpenRequest> FromRow(const Row& row) {
  OpenRequest r;
  KS_ASSIGN_OR_RETURN(r.common.requester, AgencyId::Create(row.Text(0)));
  KS_ASSIGN_OR_RETURN(r.common.request_id, RequestId::FromBytes(row.Blob(1)));
  KS_ASSIGN_OR_RETURN(r.common.request_digest, Digest::FromBytes(row.Blob(2)));
  KS_ASSIGN_OR_RETURN(r.common.agreement, AgreementId::Create(row.Text(3)));
  for (absl::string_view name : absl::StrSplit(row.Text(4), ',')) {
    KS_ASSIGN_OR_RETURN(AgencyId asked, AgencyId::Create(name));
    r.asked.push_back(std::move(asked));
  }
  return r;
}

audit::Draft Entry(const OpenRequest& r, audit::EntryType type,
                   const AgencyId& audience, const std::vector<AgencyId>& asked,
                   absl::Time now) {
  audit::Draft draft;
  draft.audience = audience.str();
  draft.record = r.common;
  draft.record.type = type;
  draft.record.time_ms = ToMillis(now);
  draft.record.reason =
      "the gateway stopped before it answered; sources may have been asked, "
      "nothing was passed on";
  for (const AgencyId& agency : asked) {
    audit::Leg leg;
    leg.agency = agency;
    leg.status = audit::LegStatus::kUnreachable;
    draft.record.legs.push_back(std::move(leg));
  }
  draft.request_digest = r.common.request_digest;
  draft.finishes = true;
  return draft;
}

}  // namespace

absl::Status KeepOpen(storage::Transaction& tx, const ShareRequest& request,
                      const Digest& request_digest) {
  const std::string asked = absl::StrJoin(
      request.asks, ",", [](std::string* out, const SourceAsk& ask) {
        out->append(ask.agency.str());
      });
  return tx
      .Execute(
          "INSERT INTO open_request (agency, request_id, request_digest, "
          "agreement, asked) VALUES (?1, ?2, ?3, ?4, ?5)",
          {Value::Text(request.agency.str()), Value::Blob(request.id.view()),
           Value::Blob(request_digest.view()),
           Value::Text(request.agreement.str()), Value::Text(asked)})
      .status();
}

absl::Status KeepClosed(storage::Transaction& tx, const AgencyId& agency,
                        const RequestId& id) {
  return tx
      .Execute("DELETE FROM open_request WHERE agency = ?1 AND request_id = ?2",
               {Value::Text(agency.str()), Value::Blob(id.view())})
      .status();
}

absl::StatusOr<Interrupted> EndInterrupted(
    storage::Database& db, audit::Log& log, const Consortium& consortium,
    absl::Time now, const std::set<OpenRequestId>* only) {
  Interrupted result;
  std::vector<OpenRequest> open;
  KS_RETURN_IF_ERROR(db.Read([&](storage::Snapshot& s) {
    return s.Query(
        "SELECT agency, request_id, request_digest, agreement, asked "
        "FROM open_request ORDER BY agency, request_id",
        {}, [&](const Row& row) -> absl::Status {
          KS_ASSIGN_OR_RETURN(OpenRequest r, FromRow(row));
          if (only != nullptr &&
              !only->contains({r.common.requester, r.common.request_id}))
            return absl::OkStatus();
          open.push_back(std::move(r));
          return absl::OkStatus();
        });
  }));
  for (const OpenRequest& r : open) {
    std::vector<audit::Draft> drafts = {
        Entry(r, audit::EntryType::kAbort, r.common.requester, r.asked, now)};
    for (const AgencyId& agency : r.asked)
      drafts.push_back(
          Entry(r, audit::EntryType::kAsked, agency, {agency}, now));
    // An agency that has left the manifest has no audience any more: the others
    // still read of it.
    std::erase_if(drafts, [&consortium](const audit::Draft& d) {
      return consortium.FindAgency(d.audience) == nullptr;
    });
    if (drafts.empty()) continue;
    drafts[0].also = [&r](storage::Transaction& tx) {
      return KeepClosed(tx, r.common.requester, r.common.request_id);
    };
    const absl::Status s = log.Append(std::move(drafts)).status();
    if (absl::IsFailedPrecondition(s)) {
      ++result.left;
      continue;
    }
    KS_RETURN_IF_ERROR(s);
    ++result.ended;
  }
  return result;
}

}  // namespace kinstile::share
