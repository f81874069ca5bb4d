// SPDX-License-Identifier: Apache-2.0
// Enrolment: a new generation is built unseen and published in one transaction.
#include <limits>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/index/generation.h"
#include "gateway/index/index.h"
#include "gateway/index/stored_token.h"
#include "gateway/index/token_table.h"

namespace kinstile::index {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Transaction;
using storage::Value;

constexpr absl::string_view kAddRecord =
    "INSERT INTO index_records (record, part, handle, family, shielded, "
    "tokens) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr absl::string_view kCount =
    "UPDATE index_generations SET records = ?3, tokens = ?4 "
    "WHERE agency = ?1 AND generation = ?2";
constexpr absl::string_view kCountFamilies =
    "SELECT count(DISTINCT family) FROM index_records "
    "WHERE record >= ?1 AND record <= ?2";
constexpr absl::string_view kRetire =
    "UPDATE index_generations SET state = 2 WHERE agency = ?1 AND state = ?2";
constexpr absl::string_view kPublish =
    "UPDATE index_generations SET state = 1, families = ?3, finished_ms = ?4 "
    "WHERE agency = ?1 AND generation = ?2";
constexpr absl::string_view kApplyShields =
    "UPDATE index_records SET shielded = shielded | 2 WHERE part = ?2 AND "
    "handle IN (SELECT handle FROM index_shields WHERE agency = ?1)";
constexpr absl::string_view kAbandon =
    "UPDATE index_generations SET state = 2 "
    "WHERE agency = ?1 AND generation = ?2 AND state = 0";

using Masked = std::vector<std::vector<KeyedStoredToken>>;

// Before the transaction: nobody waits for our HMACs.
absl::StatusOr<Masked> MaskAll(const Mask& mask,
                               absl::Span<const EnrolledRecord> records) {
  Masked out;
  out.reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    auto masked = mask.Apply(records[i].tokens);
    if (!masked.ok())
      return absl::InvalidArgumentError(
          absl::StrCat("record ", i, ": ", masked.status().message()));
    out.push_back(*std::move(masked));
  }
  return out;
}

absl::Status InsertRecord(Transaction& transaction, int64_t part,
                          uint32_t person, const EnrolledRecord& record,
                          absl::Span<const KeyedStoredToken> tokens) {
  const std::string packed = PackTokens(tokens);
  return transaction
      .Execute(
          kAddRecord,
          {Value::Int(RecordNumber(part, person)), Value::Int(part),
           Value::Blob(record.handle.view()), Value::Blob(record.family.view()),
           Value::Int(record.shielded ? 1 : 0), Value::Blob(packed)})
      .status();
}

absl::Status InsertRecords(Transaction& transaction, const EnrolmentId& id,
                           const Generation& row,
                           absl::Span<const EnrolledRecord> records,
                           const Masked& masked) {
  int64_t person = row.records;
  int64_t tokens = row.tokens;
  if (person + static_cast<int64_t>(records.size()) >
      std::numeric_limits<uint32_t>::max())
    return absl::InvalidArgumentError("records: too many for one register");
  for (size_t i = 0; i < records.size(); ++i) {
    const absl::Status s =
        InsertRecord(transaction, row.part, static_cast<uint32_t>(person++),
                     records[i], masked[i]);
    if (absl::IsAlreadyExists(s))
      return absl::InvalidArgumentError(
          absl::StrCat("record ", i, ": handle: twice in one enrolment"));
    KS_RETURN_IF_ERROR(s);
    tokens += static_cast<int64_t>(masked[i].size());
  }
  return transaction
      .Execute(kCount, {Value::Text(id.agency.str()), Value::Int(id.generation),
                        Value::Int(person), Value::Int(tokens)})
      .status();
}

absl::Status CheckCount(const Generation& row, uint64_t expected) {
  if (static_cast<uint64_t>(row.records) == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "records: ", row.records, " were added, ", expected, " were announced"));
}

absl::Status Retire(Transaction& transaction, const AgencyId& agency,
                    State state) {
  return transaction
      .Execute(kRetire, {Value::Text(agency.str()),
                         Value::Int(static_cast<int64_t>(state))})
      .status();
}

// No moment lies between a generation's being seen and its shields' holding.
absl::Status Publish(Transaction& transaction, const EnrolmentId& id,
                     int64_t part, int64_t families, int64_t now_ms) {
  KS_RETURN_IF_ERROR(transaction
                         .Execute(kApplyShields, {Value::Text(id.agency.str()),
                                                  Value::Int(part)})
                         .status());
  KS_RETURN_IF_ERROR(Retire(transaction, id.agency, State::kVisible));
  return transaction
      .Execute(kPublish,
               {Value::Text(id.agency.str()), Value::Int(id.generation),
                Value::Int(families), Value::Int(now_ms)})
      .status();
}

absl::StatusOr<int64_t> CountFamilies(storage::Database& database,
                                      int64_t part) {
  int64_t families = 0;
  KS_RETURN_IF_ERROR(database.Read([&](Snapshot& snapshot) {
    return snapshot.Query(
        kCountFamilies,
        {Value::Int(FirstRecord(part)), Value::Int(LastRecord(part))},
        [&](const Row& row) {
          families = row.Int(0);
          return absl::OkStatus();
        });
  }));
  return families;
}

}  // namespace

absl::StatusOr<EnrolmentId> Index::StartEnrolment(const AgencyId& agency,
                                                  uint32_t spec_version,
                                                  uint32_t key_epoch) {
  if (agency.empty()) return absl::InvalidArgumentError("agency: is empty");
  EnrolmentId id;
  KS_RETURN_IF_ERROR(database_.Write([&](Transaction& t) -> absl::Status {
    KS_RETURN_IF_ERROR(Retire(t, agency, State::kBuilding));
    KS_ASSIGN_OR_RETURN(id, InsertGeneration(t, agency, spec_version, key_epoch,
                                             KeyCheck(index_key_)));
    return absl::OkStatus();
  }));
  KS_RETURN_IF_ERROR(PurgeDead(database_, agency));
  return id;
}

absl::Status Index::AddRecords(const EnrolmentId& id,
                               absl::Span<const EnrolledRecord> records) {
  if (records.size() > kMaxRecordsPerBatch)
    return absl::InvalidArgumentError("records: too many in one batch");
  KS_ASSIGN_OR_RETURN(const Masked masked,
                      MaskAll(Mask(index_key_, id.agency), records));
  return database_.Write([&](Transaction& t) -> absl::Status {
    KS_ASSIGN_OR_RETURN(const Generation row,
                        BuildingGeneration(t, id, KeyCheck(index_key_)));
    return InsertRecords(t, id, row, records, masked);
  });
}

absl::Status Index::FinishEnrolment(const EnrolmentId& id,
                                    uint64_t expected_records) {
  std::optional<Generation> row;
  KS_RETURN_IF_ERROR(database_.Read([&](Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(row, FindGeneration(s, id));
    if (row && row->state == State::kVisible) return absl::OkStatus();
    KS_ASSIGN_OR_RETURN(row, BuildingGeneration(s, id, KeyCheck(index_key_)));
    return CheckCount(*row, expected_records);
  }));
  if (row->state == State::kBuilding) {
    KS_RETURN_IF_ERROR(BuildTokenTable(database_, id, *row, kSliceTokens));
    KS_ASSIGN_OR_RETURN(const int64_t families,
                        CountFamilies(database_, row->part));
    KS_RETURN_IF_ERROR(database_.Write([&](Transaction& t) -> absl::Status {
      KS_ASSIGN_OR_RETURN(const Generation now,
                          BuildingGeneration(t, id, row->key_check));
      KS_RETURN_IF_ERROR(CheckCount(now, expected_records));
      return Publish(t, id, row->part, families, ToMillis(clock_.Now()));
    }));
  }
  // True now: the new generation is what everybody finds, the former one is
  // dead. A failed purge changes nothing of that and is made good at the
  // agency's next enrolment.
  PurgeDead(database_, id.agency).IgnoreError();
  LoadMap(id.agency);
  return absl::OkStatus();
}

absl::Status Index::AbandonEnrolment(const EnrolmentId& id) {
  KS_RETURN_IF_ERROR(database_.Write([&](Transaction& t) -> absl::Status {
    KS_ASSIGN_OR_RETURN(const std::optional<Generation> row,
                        FindGeneration(t, id));
    if (row && row->state == State::kVisible)
      return absl::FailedPreconditionError("enrolment: finished already");
    return t
        .Execute(kAbandon,
                 {Value::Text(id.agency.str()), Value::Int(id.generation)})
        .status();
  }));
  return PurgeDead(database_, id.agency);
}

}  // namespace kinstile::index
