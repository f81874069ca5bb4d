// SPDX-License-Identifier: Apache-2.0
// SQL of the generations table, and the purge.
#include "gateway/index/generation.h"

#include <vector>

#include "gateway/base/status_macros.h"
#include "gateway/index/stored_token.h"

namespace kinstile::index {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Transaction;
using storage::Value;

constexpr absl::string_view kVisible =
    "SELECT generation, part, state, spec_version, key_epoch, key_check, "
    "records, tokens, families, finished_ms FROM index_generations "
    "WHERE agency = ?1 AND state = 1";
constexpr absl::string_view kOne =
    "SELECT generation, part, state, spec_version, key_epoch, key_check, "
    "records, tokens, families, finished_ms FROM index_generations "
    "WHERE agency = ?1 AND generation = ?2";
// The part is the smallest that nothing uses.
constexpr absl::string_view kNextNumbers =
    "SELECT coalesce((SELECT max(generation) FROM index_generations "
    "WHERE agency = ?1), 0) + 1, "
    "(SELECT min(g.part) + 1 FROM (SELECT 0 AS part UNION ALL SELECT part "
    "FROM index_generations) AS g WHERE NOT EXISTS (SELECT 1 FROM "
    "index_generations AS n WHERE n.part = g.part + 1))";
constexpr absl::string_view kInsert =
    "INSERT INTO index_generations (agency, generation, part, state, "
    "spec_version, key_epoch, key_check, records, tokens, families, "
    "finished_ms) VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, 0, 0, 0, 0)";
constexpr absl::string_view kDeadParts =
    "SELECT generation, part FROM index_generations "
    "WHERE agency = ?1 AND state = 2";
// The agency's last row stays, so that its number is not given again.
constexpr absl::string_view kForget =
    "DELETE FROM index_generations WHERE agency = ?1 AND generation = ?2 AND "
    "state = 2 AND generation < (SELECT max(generation) FROM index_generations "
    "WHERE agency = ?1)";
constexpr absl::string_view kDeleteTokens =
    "DELETE FROM index_tokens WHERE slot IN (SELECT slot FROM index_tokens "
    "WHERE slot >= ?1 AND slot <= ?2 ORDER BY slot LIMIT ?3)";
constexpr absl::string_view kDeleteRecords =
    "DELETE FROM index_records WHERE record IN (SELECT record FROM "
    "index_records WHERE record >= ?1 AND record <= ?2 ORDER BY record "
    "LIMIT ?3)";

// Rows a transaction: some ten milliseconds, so that the audit can commit in
// between.
constexpr int64_t kTokensAtOnce = 20'000;
constexpr int64_t kRecordsAtOnce = 4'000;

absl::StatusOr<Generation> Parse(const Row& row) {
  Generation g;
  g.generation = row.Int(0);
  g.part = row.Int(1);
  g.state = static_cast<State>(row.Int(2));
  g.spec_version = static_cast<uint32_t>(row.Int(3));
  g.key_epoch = static_cast<uint32_t>(row.Int(4));
  KS_ASSIGN_OR_RETURN(g.key_check, Digest::FromBytes(row.Blob(5)));
  g.records = row.Int(6);
  g.tokens = row.Int(7);
  g.families = row.Int(8);
  g.finished_ms = row.Int(9);
  return g;
}

absl::StatusOr<std::optional<Generation>> ReadOne(
    Snapshot& snapshot, absl::string_view sql, absl::Span<const Value> params) {
  std::optional<Generation> found;
  KS_RETURN_IF_ERROR(snapshot.Query(sql, params, [&](const Row& row) {
    KS_ASSIGN_OR_RETURN(found, Parse(row));
    return absl::OkStatus();
  }));
  return found;
}

absl::Status DeleteRows(storage::Database& database, absl::string_view sql,
                        absl::Span<const Value> params, int64_t at_once) {
  int64_t deleted = at_once;
  while (deleted == at_once) {
    KS_RETURN_IF_ERROR(database.Write([&](Transaction& t) -> absl::Status {
      KS_ASSIGN_OR_RETURN(deleted, t.Execute(sql, params));
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status DeleteRecords(storage::Database& database, int64_t part) {
  return DeleteRows(database, kDeleteRecords,
                    {Value::Int(FirstRecord(part)),
                     Value::Int(LastRecord(part)), Value::Int(kRecordsAtOnce)},
                    kRecordsAtOnce);
}

}  // namespace

absl::StatusOr<Generation> VisibleGeneration(Snapshot& snapshot,
                                             const AgencyId& agency) {
  KS_ASSIGN_OR_RETURN(std::optional<Generation> found,
                      ReadOne(snapshot, kVisible, {Value::Text(agency.str())}));
  if (!found) return absl::NotFoundError("agency: has no register enrolled");
  return *found;
}

absl::StatusOr<std::optional<Generation>> FindGeneration(
    Snapshot& snapshot, const EnrolmentId& id) {
  return ReadOne(snapshot, kOne,
                 {Value::Text(id.agency.str()), Value::Int(id.generation)});
}

absl::StatusOr<Generation> BuildingGeneration(Snapshot& snapshot,
                                              const EnrolmentId& id,
                                              const Digest& key_check) {
  KS_ASSIGN_OR_RETURN(std::optional<Generation> found,
                      FindGeneration(snapshot, id));
  if (!found || found->state == State::kDead)
    return absl::FailedPreconditionError(
        "enrolment: superseded or abandoned; start again");
  if (found->state == State::kVisible)
    return absl::FailedPreconditionError("enrolment: finished already");
  if (found->key_check != key_check)
    return absl::FailedPreconditionError(
        "enrolment: was started under another index key");
  return *found;
}

absl::StatusOr<EnrolmentId> InsertGeneration(Transaction& transaction,
                                             const AgencyId& agency,
                                             uint32_t spec_version,
                                             uint32_t key_epoch,
                                             const Digest& key_check) {
  EnrolmentId id{agency, 0};
  int64_t part = 0;
  KS_RETURN_IF_ERROR(transaction.Query(
      kNextNumbers, {Value::Text(agency.str())}, [&](const Row& row) {
        id.generation = row.Int(0);
        part = row.Int(1);
        return absl::OkStatus();
      }));
  if (part > kMaxPart)
    return absl::ResourceExhaustedError("enrolment: too many registers");
  KS_RETURN_IF_ERROR(
      transaction
          .Execute(kInsert,
                   {Value::Text(agency.str()), Value::Int(id.generation),
                    Value::Int(part), Value::Int(spec_version),
                    Value::Int(key_epoch), Value::Blob(key_check.view())})
          .status());
  return id;
}

absl::Status DeleteTokens(storage::Database& database, int64_t part) {
  return DeleteRows(database, kDeleteTokens,
                    {Value::Int(part << kSlotTokenBits),
                     Value::Int(part << kSlotTokenBits | kSlotTokenMask),
                     Value::Int(kTokensAtOnce)},
                    kTokensAtOnce);
}

absl::Status PurgeDead(storage::Database& database, const AgencyId& agency) {
  std::vector<std::pair<int64_t, int64_t>> dead;
  KS_RETURN_IF_ERROR(database.Read([&](Snapshot& snapshot) {
    return snapshot.Query(kDeadParts, {Value::Text(agency.str())},
                          [&](const Row& row) {
                            dead.emplace_back(row.Int(0), row.Int(1));
                            return absl::OkStatus();
                          });
  }));
  for (const auto& [generation, part] : dead) {
    KS_RETURN_IF_ERROR(DeleteTokens(database, part));
    KS_RETURN_IF_ERROR(DeleteRecords(database, part));
    KS_RETURN_IF_ERROR(database.Write([&, generation = generation](auto& t) {
      return t
          .Execute(kForget, {Value::Text(agency.str()), Value::Int(generation)})
          .status();
    }));
  }
  return absl::OkStatus();
}

}  // namespace kinstile::index
