// SPDX-License-Identifier: Apache-2.0
// The table of cases.
#include "gateway/share/review_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::share {
namespace {

using storage::Value;

constexpr char kPatternLabel[] = "kinstile/v1/review-pattern";
constexpr absl::string_view kColumns =
    "SELECT case_id, source, source_handle, requester, requester_handle, "
    "agreement, purpose, pattern, opened_at_ms, review_case.correction_id, "
    "verdict FROM review_case LEFT JOIN correction ON "
    "correction.correction_id = review_case.correction_id ";

absl::StatusOr<RecordOf> ReadRecord(const storage::Row& row, int at) {
  RecordOf out;
  KS_ASSIGN_OR_RETURN(out.agency, AgencyId::Create(row.Text(at)));
  KS_ASSIGN_OR_RETURN(out.handle, Handle::FromBytes(row.Blob(at + 1)));
  return out;
}

absl::Status ReadRow(const storage::Row& row, std::vector<ReviewCase>& out) {
  ReviewCase c;
  KS_ASSIGN_OR_RETURN(c.id, ReviewId::FromBytes(row.Blob(0)));
  KS_ASSIGN_OR_RETURN(c.source, ReadRecord(row, 1));
  KS_ASSIGN_OR_RETURN(c.requester, ReadRecord(row, 3));
  KS_ASSIGN_OR_RETURN(c.agreement, AgreementId::Create(row.Text(5)));
  c.purpose = std::string(row.Text(6));
  Decoder pattern(row.Blob(7), kPatternLabel);
  c.pattern = pattern.Strings();
  KS_RETURN_IF_ERROR(pattern.Finish());
  c.opened_at_ms = row.Int(8);
  if (!row.IsNull(9)) {
    KS_ASSIGN_OR_RETURN(c.correction, CorrectionId::FromBytes(row.Blob(9)));
    c.verdict = static_cast<Verdict>(row.Int(10));
  }
  out.push_back(std::move(c));
  return absl::OkStatus();
}

}  // namespace

absl::Status KeepCase(storage::Transaction& tx, const ReviewCase& c) {
  const std::string pattern =
      std::move(Encoder(kPatternLabel).Strings(c.pattern)).Take();
  return tx
      .Execute(
          "INSERT INTO review_case (case_id, source, source_handle, "
          "requester, requester_handle, agreement, purpose, pattern, "
          "opened_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
          "ON CONFLICT (source, source_handle, requester, requester_handle) "
          "DO NOTHING",
          {Value::Blob(c.id.view()), Value::Text(c.source.agency.str()),
           Value::Blob(c.source.handle.view()),
           Value::Text(c.requester.agency.str()),
           Value::Blob(c.requester.handle.view()),
           Value::Text(c.agreement.str()), Value::Text(c.purpose),
           Value::Blob(pattern), Value::Int(c.opened_at_ms)})
      .status();
}

absl::StatusOr<std::vector<ReviewCase>> ReadCases(storage::Snapshot& snapshot,
                                                  const AgencyId& agency) {
  std::vector<ReviewCase> out;
  KS_RETURN_IF_ERROR(snapshot.Query(
      absl::StrCat(kColumns,
                   "WHERE source = ?1 OR requester = ?1 "
                   "ORDER BY opened_at_ms, case_id"),
      {Value::Text(agency.str())},
      [&](const storage::Row& row) { return ReadRow(row, out); }));
  return out;
}

absl::StatusOr<std::optional<ReviewCase>> ReadCase(storage::Snapshot& snapshot,
                                                   const ReviewId& id) {
  std::vector<ReviewCase> out;
  KS_RETURN_IF_ERROR(snapshot.Query(
      absl::StrCat(kColumns, "WHERE case_id = ?1"), {Value::Blob(id.view())},
      [&](const storage::Row& row) { return ReadRow(row, out); }));
  if (out.empty()) return std::optional<ReviewCase>();
  return std::optional<ReviewCase>(std::move(out.front()));
}

absl::Status KeepOutcome(storage::Transaction& tx, const ReviewId& id,
                         const std::optional<CorrectionId>& correction) {
  return tx
      .Execute("UPDATE review_case SET correction_id = ?2 WHERE case_id = ?1",
               {Value::Blob(id.view()),
                correction ? Value::Blob(correction->view()) : Value::Null()})
      .status();
}

}  // namespace kinstile::share
