// SPDX-License-Identifier: Apache-2.0
// Opening, status, and the changes to a register between two enrolments.
#include "gateway/index/index.h"

#include <algorithm>
#include <utility>

#include "gateway/base/status_macros.h"
#include "gateway/index/generation.h"
#include "gateway/index/stored_token.h"

namespace kinstile::index {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Transaction;
using storage::Value;

constexpr absl::string_view kFindHandle =
    "SELECT record, tokens FROM index_records WHERE part = ?1 AND handle = ?2";
constexpr absl::string_view kDeleteRecord =
    "DELETE FROM index_records WHERE record = ?1";
constexpr absl::string_view kFindToken =
    "SELECT persons FROM index_tokens WHERE slot = ?1";
constexpr absl::string_view kUpdateToken =
    "UPDATE index_tokens SET persons = ?2 WHERE slot = ?1";
constexpr absl::string_view kDeleteToken =
    "DELETE FROM index_tokens WHERE slot = ?1";
constexpr absl::string_view kCountDown =
    "UPDATE index_generations SET records = records - ?3, families = ?4 "
    "WHERE agency = ?1 AND generation = ?2";
constexpr absl::string_view kFamilyLeft =
    "SELECT count(DISTINCT family) FROM index_records "
    "WHERE record >= ?1 AND record <= ?2";
constexpr absl::string_view kShield =
    "INSERT INTO index_shields (agency, handle) VALUES (?1, ?2) "
    "ON CONFLICT DO NOTHING";
constexpr absl::string_view kUnshield =
    "DELETE FROM index_shields WHERE agency = ?1 AND handle = ?2";
constexpr absl::string_view kShieldRecord =
    "UPDATE index_records SET shielded = shielded | 2 WHERE handle = ?2 AND "
    "part IN (SELECT part FROM index_generations WHERE agency = ?1 AND "
    "state = 1)";
constexpr absl::string_view kUnshieldRecord =
    "UPDATE index_records SET shielded = shielded & 1 WHERE handle = ?2 AND "
    "part IN (SELECT part FROM index_generations WHERE agency = ?1 AND "
    "state = 1)";

// Takes one record out of one token's row. A token that too many carried stays
// unusable until the next enrolment: a few withdrawals must not make it speak.
absl::Status RemoveFromToken(Transaction& t, int64_t slot, uint32_t person) {
  std::vector<uint32_t> persons;
  KS_RETURN_IF_ERROR(t.Query(
      kFindToken, {Value::Int(slot)}, [&](const Row& row) -> absl::Status {
        KS_ASSIGN_OR_RETURN(persons, UnpackPersons(row.Blob(0)));
        return absl::OkStatus();
      }));
  const auto gone = std::find(persons.begin(), persons.end(), person);
  if (gone == persons.end()) return absl::OkStatus();
  persons.erase(gone);
  if (persons.empty())
    return t.Execute(kDeleteToken, {Value::Int(slot)}).status();
  const std::string packed = PackPersons(persons);
  return t.Execute(kUpdateToken, {Value::Int(slot), Value::Blob(packed)})
      .status();
}

// Returns whether there was such a record.
absl::StatusOr<bool> RemoveRecord(Transaction& t, int64_t part,
                                  const Handle& handle) {
  std::optional<int64_t> record;
  std::vector<KeyedStoredToken> tokens;
  KS_RETURN_IF_ERROR(
      t.Query(kFindHandle, {Value::Int(part), Value::Blob(handle.view())},
              [&](const Row& row) -> absl::Status {
                record = row.Int(0);
                KS_ASSIGN_OR_RETURN(tokens, UnpackTokens(row.Blob(1)));
                return absl::OkStatus();
              }));
  if (!record) return false;
  for (const KeyedStoredToken& token : tokens)
    KS_RETURN_IF_ERROR(
        RemoveFromToken(t, Slot(part, token.token), PersonOf(*record)));
  KS_RETURN_IF_ERROR(t.Execute(kDeleteRecord, {Value::Int(*record)}).status());
  return true;
}

absl::Status CountDown(Transaction& t, const AgencyId& agency,
                       const Generation& row, uint64_t removed) {
  int64_t families = 0;
  KS_RETURN_IF_ERROR(t.Query(
      kFamilyLeft,
      {Value::Int(FirstRecord(row.part)), Value::Int(LastRecord(row.part))},
      [&](const Row& r) {
        families = r.Int(0);
        return absl::OkStatus();
      }));
  return t
      .Execute(
          kCountDown,
          {Value::Text(agency.str()), Value::Int(row.generation),
           Value::Int(static_cast<int64_t>(removed)), Value::Int(families)})
      .status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Index>> Index::Open(storage::Database& database,
                                                   crypto::MacKey index_key,
                                                   const Clock& clock,
                                                   size_t memory) {
  return std::unique_ptr<Index>(
      new Index(database, std::move(index_key), clock, memory));
}

Index::Index(storage::Database& database, crypto::MacKey index_key,
             const Clock& clock, size_t memory)
    : database_(database),
      index_key_(std::move(index_key)),
      clock_(clock),
      memory_(memory) {}

absl::StatusOr<uint64_t> Index::Withdraw(const AgencyId& agency,
                                         absl::Span<const Handle> handles) {
  if (handles.size() > kMaxRecordsPerBatch)
    return absl::InvalidArgumentError("handles: too many in one call");
  uint64_t removed = 0;
  KS_RETURN_IF_ERROR(database_.Write([&](Transaction& t) -> absl::Status {
    removed = 0;
    KS_ASSIGN_OR_RETURN(const Generation row, VisibleGeneration(t, agency));
    for (const Handle& handle : handles) {
      KS_ASSIGN_OR_RETURN(const bool was_there,
                          RemoveRecord(t, row.part, handle));
      removed += was_there ? 1 : 0;
    }
    return removed > 0 ? CountDown(t, agency, row, removed) : absl::OkStatus();
  }));
  return removed;
}

absl::Status Index::SetShield(const AgencyId& agency, const Handle& handle,
                              bool shielded) {
  if (agency.empty()) return absl::InvalidArgumentError("agency: is empty");
  const Value params[] = {Value::Text(agency.str()),
                          Value::Blob(handle.view())};
  return database_.Write([&](Transaction& t) -> absl::Status {
    KS_RETURN_IF_ERROR(
        t.Execute(shielded ? kShield : kUnshield, params).status());
    return t.Execute(shielded ? kShieldRecord : kUnshieldRecord, params)
        .status();
  });
}

absl::StatusOr<RegisterStatus> Index::GetStatus(const AgencyId& agency) {
  RegisterStatus status;
  KS_RETURN_IF_ERROR(database_.Read([&](Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(const Generation row, VisibleGeneration(s, agency));
    status = {static_cast<uint64_t>(row.records),
              static_cast<uint64_t>(row.families),
              row.generation,
              row.spec_version,
              row.key_epoch,
              absl::FromUnixMillis(row.finished_ms)};
    return absl::OkStatus();
  }));
  return status;
}

}  // namespace kinstile::index
