// SPDX-License-Identifier: Apache-2.0
// Rows of the store, each sealed under a key derived from the agency's own.
#include "adapters/daemon/comparison_store.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hkdf.h"

namespace kinstile::daemon {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Transaction;
using storage::Value;

constexpr absl::string_view kRecordLabel = "kinstile/v1/comparison-record";
constexpr absl::string_view kNext =
    "SELECT coalesce((SELECT max(generation) FROM comparison_records), 0) + 1, "
    "coalesce((SELECT max(generation) FROM comparison_generation), 0) + 1";
constexpr absl::string_view kInsertRecord =
    "INSERT INTO comparison_records (generation, handle, family, sealed) "
    "VALUES (?1, ?2, ?3, ?4)";
constexpr absl::string_view kForget = "DELETE FROM comparison_generation";
constexpr absl::string_view kInForce =
    "INSERT INTO comparison_generation (only_row, generation) VALUES (1, ?1)";
constexpr absl::string_view kPurge =
    "DELETE FROM comparison_records WHERE generation < ?1 AND handle IN ("
    "SELECT handle FROM comparison_records WHERE generation < ?1 LIMIT ?2)";
constexpr absl::string_view kFindRecord =
    "SELECT handle, family, sealed FROM comparison_records WHERE generation = "
    "(SELECT generation FROM comparison_generation) AND handle = ?1";
// Without ORDER BY: for its sake SQLite walks the whole register along the
// primary key, once a question, instead of looking the family up.
constexpr absl::string_view kFindFamily =
    "SELECT handle, family, sealed FROM comparison_records WHERE generation = "
    "(SELECT generation FROM comparison_generation) AND family = ?1";

constexpr int64_t kRowsAtOnce = 4'000;

// A row of one place opens at no other.
std::string Place(const Handle& handle, const FamilyHandle& family) {
  Encoder e(kRecordLabel);
  e.Bytes(handle.view()).Bytes(family.view());
  return std::move(e).Take();
}

std::string Seal(const crypto::AeadKey& key, const ComparisonRecord& r) {
  const identity::Pii<> person = identity::EncodePerson(r.person);
  Encoder e(kRecordLabel);
  e.Bytes(person.Reveal(identity::PiiAccess()));
  e.Count(r.secrets.size());
  for (const KeySecret& s : r.secrets)
    e.U8(s.key).Bytes(s.secret.view(crypto::SecretAccess()));
  const identity::Pii<> plain(std::move(e).Take());
  return crypto::AeadSeal(key, Place(r.handle, r.family),
                          plain.Reveal(identity::PiiAccess()));
}

absl::StatusOr<ComparisonRecord> Open(const crypto::AeadKey& key,
                                      const Row& row) {
  ComparisonRecord out;
  KS_ASSIGN_OR_RETURN(out.handle, Handle::FromBytes(row.Blob(0)));
  KS_ASSIGN_OR_RETURN(out.family, FamilyHandle::FromBytes(row.Blob(1)));
  auto bytes =
      crypto::AeadOpen(key, Place(out.handle, out.family), row.Blob(2));
  if (!bytes.ok())
    return absl::DataLossError("comparison store: a row does not open");
  const identity::Pii<> plain(*std::move(bytes));
  Decoder d(plain.Reveal(identity::PiiAccess()), kRecordLabel);
  KS_ASSIGN_OR_RETURN(out.person,
                      identity::DecodePerson(identity::Pii<>(d.Bytes())));
  const size_t secrets = d.Count(5);
  for (size_t i = 0; i < secrets && d.ok(); ++i) {
    const KeyId id = d.U8();
    std::string bytes = d.Bytes();
    auto secret = crypto::MatchSecret::FromBytes(crypto::SecretAccess(), bytes);
    crypto::Wipe(bytes);
    if (!secret.ok()) return secret.status();
    out.secrets.push_back({id, *std::move(secret)});
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return out;
}

}  // namespace

ComparisonStore::ComparisonStore(storage::Database& database,
                                 const crypto::MacKey& handle_key)
    : database_(database),
      key_(crypto::HkdfKey<crypto::AeadKey>(
          crypto::HkdfExtract(kRecordLabel,
                              handle_key.view(crypto::SecretAccess())),
          kRecordLabel)) {}

absl::StatusOr<int64_t> ComparisonStore::Begin() {
  int64_t next = 1;
  KS_RETURN_IF_ERROR(database_.Read([&](Snapshot& s) {
    return s.Query(kNext, {}, [&](const Row& row) {
      next = std::max(row.Int(0), row.Int(1));
      return absl::OkStatus();
    });
  }));
  return next;
}

absl::Status ComparisonStore::Add(int64_t generation,
                                  absl::Span<const ComparisonRecord> records) {
  std::vector<std::string> sealed;
  sealed.reserve(records.size());
  for (const ComparisonRecord& r : records) sealed.push_back(Seal(key_, r));
  return database_.Write([&](Transaction& t) -> absl::Status {
    for (size_t i = 0; i < records.size(); ++i)
      KS_RETURN_IF_ERROR(
          t.Execute(
               kInsertRecord,
               {Value::Int(generation), Value::Blob(records[i].handle.view()),
                Value::Blob(records[i].family.view()), Value::Blob(sealed[i])})
              .status());
    return absl::OkStatus();
  });
}

absl::Status ComparisonStore::Finish(int64_t generation) {
  KS_RETURN_IF_ERROR(database_.Write([&](Transaction& t) -> absl::Status {
    KS_RETURN_IF_ERROR(t.Execute(kForget, {}).status());
    return t.Execute(kInForce, {Value::Int(generation)}).status();
  }));
  // In force now. What is left of others is read by nobody; a crash here
  // leaves work for the next enrolment.
  int64_t deleted = kRowsAtOnce;
  while (deleted >= kRowsAtOnce) {
    KS_RETURN_IF_ERROR(database_.Write([&](Transaction& t) -> absl::Status {
      KS_ASSIGN_OR_RETURN(
          deleted,
          t.Execute(kPurge, {Value::Int(generation), Value::Int(kRowsAtOnce)}));
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ComparisonRecord>> ComparisonStore::Find(
    const Handle& handle) {
  std::optional<ComparisonRecord> found;
  KS_RETURN_IF_ERROR(database_.Read([&](Snapshot& s) {
    return s.Query(kFindRecord, {Value::Blob(handle.view())},
                   [&](const Row& row) -> absl::Status {
                     KS_ASSIGN_OR_RETURN(found, Open(key_, row));
                     return absl::OkStatus();
                   });
  }));
  return found;
}

absl::StatusOr<ComparisonStore::FamilyRecords> ComparisonStore::FindFamily(
    const FamilyHandle& family, size_t limit) {
  FamilyRecords out;
  KS_RETURN_IF_ERROR(database_.Read([&](Snapshot& s) {
    return s.Query(kFindFamily, {Value::Blob(family.view())},
                   [&](const Row& row) -> absl::Status {
                     if (++out.size > limit) return absl::OkStatus();
                     KS_ASSIGN_OR_RETURN(ComparisonRecord r, Open(key_, row));
                     out.records.push_back(std::move(r));
                     return absl::OkStatus();
                   });
  }));
  std::sort(out.records.begin(), out.records.end(),
            [](const ComparisonRecord& a, const ComparisonRecord& b) {
              return a.handle < b.handle;
            });
  return out;
}

}  // namespace kinstile::daemon
