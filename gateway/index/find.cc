// SPDX-License-Identifier: Apache-2.0
// Look-up: tokens to records, records to agreements and conflicts.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/index/generation.h"
#include "gateway/index/index.h"
#include "gateway/index/stored_token.h"
#include "gateway/index/token_map.h"

namespace kinstile::index {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Value;

constexpr absl::string_view kFindTokenAt =
    "SELECT persons FROM index_tokens WHERE slot = ?1";
constexpr absl::string_view kFindRecord =
    "SELECT handle, family, shielded, tokens, CASE WHEN EXISTS (SELECT 1 FROM "
    "index_records AS f WHERE f.part = ?2 AND f.family = index_records.family "
    "AND f.shielded <> 0) THEN 1 ELSE 0 END "
    "FROM index_records WHERE record = ?1";

using Tokens = std::vector<KeyedStoredToken>;

// A token's row, as the store has it.
struct Stored {
  bool too_many = false;
  std::vector<uint32_t> persons;
};

struct Record {
  Handle handle;
  FamilyHandle family;
  bool shielded = false;
  bool family_shielded = false;
  Tokens tokens;
};

// One Find: a snapshot of one generation. Members of a family share tokens and
// candidates, so each row is read once.
class Search {
 public:
  // `map` may be null: then the store is asked for every token.
  Search(Snapshot& snapshot, int64_t part, const TokenMap* map)
      : snapshot_(snapshot), part_(part), map_(map) {}

  absl::StatusOr<MemberResult> Find(const Tokens& query);

 private:
  absl::StatusOr<Carriers> Lookup(const StoredToken& token);
  absl::StatusOr<const Record*> Read(uint32_t person);
  absl::StatusOr<bool> AnyTooMany(const Tokens& tokens, KeyId key);
  absl::Status Compare(const Tokens& usable, const Record& record,
                       MemberResult& result);

  Snapshot& snapshot_;
  const int64_t part_;
  const TokenMap* const map_;
  absl::flat_hash_map<int64_t, std::unique_ptr<Stored>> stored_;
  absl::flat_hash_map<uint32_t, std::unique_ptr<Record>> records_;
};

absl::StatusOr<Carriers> Search::Lookup(const StoredToken& token) {
  const int64_t slot = Slot(part_, token);
  if (map_ != nullptr) return map_->Find(slot);
  std::unique_ptr<Stored>& known = stored_[slot];
  if (known == nullptr) {
    auto found = std::make_unique<Stored>();
    KS_RETURN_IF_ERROR(snapshot_.Query(
        kFindTokenAt, {Value::Int(slot)}, [&](const Row& row) -> absl::Status {
          KS_ASSIGN_OR_RETURN(found->persons, UnpackPersons(row.Blob(0)));
          found->too_many = found->persons.empty();
          return absl::OkStatus();
        }));
    known = std::move(found);
  }
  return Carriers{known->too_many, known->persons};
}

absl::StatusOr<const Record*> Search::Read(uint32_t person) {
  std::unique_ptr<Record>& slot = records_[person];
  if (slot != nullptr) return slot.get();
  std::unique_ptr<Record> found;
  KS_RETURN_IF_ERROR(snapshot_.Query(
      kFindRecord, {Value::Int(RecordNumber(part_, person)), Value::Int(part_)},
      [&](const Row& row) -> absl::Status {
        found = std::make_unique<Record>();
        KS_ASSIGN_OR_RETURN(found->handle, Handle::FromBytes(row.Blob(0)));
        KS_ASSIGN_OR_RETURN(found->family,
                            FamilyHandle::FromBytes(row.Blob(1)));
        found->shielded = row.Int(2) != 0;
        KS_ASSIGN_OR_RETURN(found->tokens, UnpackTokens(row.Blob(3)));
        found->family_shielded = row.Int(4) != 0;
        return absl::OkStatus();
      }));
  if (found == nullptr)
    return absl::DataLossError("index: a token names a record that is gone");
  slot = std::move(found);
  return slot.get();
}

absl::StatusOr<bool> Search::AnyTooMany(const Tokens& tokens, KeyId key) {
  for (const KeyedStoredToken& t : tokens) {
    if (t.key != key) continue;
    KS_ASSIGN_OR_RETURN(const Carriers carriers, Lookup(t.token));
    if (carriers.too_many) return true;
  }
  return false;
}

bool HasKey(const Tokens& tokens, KeyId key) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [key](const auto& t) { return t.key == key; });
}

// Both are sorted by key, then token. `usable` holds no token that too many
// carry.
absl::Status Search::Compare(const Tokens& usable, const Record& record,
                             MemberResult& result) {
  Candidate candidate{record.handle,
                      record.family,
                      record.shielded,
                      record.family_shielded,
                      {},
                      {}};
  for (const KeyedStoredToken& t : usable) {
    std::vector<KeyId>& agreed = candidate.agreed;
    if (!agreed.empty() && agreed.back() == t.key) continue;
    if (std::binary_search(record.tokens.begin(), record.tokens.end(), t))
      agreed.push_back(t.key);
  }
  // Two tokens may share the row by which they are found.
  if (candidate.agreed.empty()) return absl::OkStatus();
  for (const MatchKeyInfo& info : kMatchKeys) {
    if (info.tier != KeyTier::kIdentifier) continue;
    if (!HasKey(usable, info.id) || !HasKey(record.tokens, info.id)) continue;
    if (std::binary_search(candidate.agreed.begin(), candidate.agreed.end(),
                           info.id))
      continue;
    KS_ASSIGN_OR_RETURN(const bool common, AnyTooMany(record.tokens, info.id));
    if (!common) candidate.conflicting.push_back(info.id);
  }
  result.candidates.push_back(std::move(candidate));
  return absl::OkStatus();
}

absl::StatusOr<MemberResult> Search::Find(const Tokens& query) {
  MemberResult result;
  Tokens usable;
  std::vector<uint32_t> persons;
  for (const KeyedStoredToken& t : query) {
    KS_ASSIGN_OR_RETURN(const Carriers carriers, Lookup(t.token));
    if (!carriers.too_many) {
      usable.push_back(t);
      persons.insert(persons.end(), carriers.persons.begin(),
                     carriers.persons.end());
    } else if (result.too_many.empty() || result.too_many.back() != t.key) {
      result.too_many.push_back(t.key);
    }
  }
  std::sort(persons.begin(), persons.end());
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
  for (uint32_t person : persons) {
    KS_ASSIGN_OR_RETURN(const Record* record, Read(person));
    KS_RETURN_IF_ERROR(Compare(usable, *record, result));
  }
  std::sort(result.candidates.begin(), result.candidates.end(),
            [](const auto& a, const auto& b) { return a.handle < b.handle; });
  return result;
}

absl::StatusOr<std::vector<MemberResult>> FindAll(
    Search search, absl::Span<const Tokens> queries) {
  std::vector<MemberResult> members;
  for (const Tokens& query : queries) {
    KS_ASSIGN_OR_RETURN(MemberResult member, search.Find(query));
    members.push_back(std::move(member));
  }
  return members;
}

absl::StatusOr<std::vector<Tokens>> MaskMembers(
    const Mask& mask, absl::Span<const QueryMember> members) {
  if (members.size() > kMaxMembersPerFind)
    return absl::InvalidArgumentError("members: too many in one query");
  std::vector<Tokens> out;
  for (const QueryMember& member : members) {
    KS_ASSIGN_OR_RETURN(Tokens tokens, mask.Apply(member.tokens));
    out.push_back(std::move(tokens));
  }
  return out;
}

}  // namespace

absl::StatusOr<FindResult> Index::Find(const AgencyId& source,
                                       absl::Span<const QueryMember> members) {
  KS_ASSIGN_OR_RETURN(const std::vector<Tokens> queries,
                      MaskMembers(Mask(index_key_, source), members));
  FindResult result;
  KS_RETURN_IF_ERROR(database_.Read([&](Snapshot& s) -> absl::Status {
    result = {};
    KS_ASSIGN_OR_RETURN(const Generation row, VisibleGeneration(s, source));
    if (row.key_check != KeyCheck(index_key_))
      return absl::FailedPreconditionError(
          "register: was enrolled under another index key; enrol again");
    result.records = static_cast<uint64_t>(row.records);
    result.families = static_cast<uint64_t>(row.families);
    result.generation = row.generation;
    result.spec_version = row.spec_version;
    result.key_epoch = row.key_epoch;
    const auto map = MapOf(source, row.generation);
    auto members = FindAll(Search(s, row.part, map.get()), queries);
    // A record that is gone was withdrawn after the map was made, or the store
    // is damaged: its own rows tell which.
    if (map != nullptr && absl::IsDataLoss(members.status()))
      members = FindAll(Search(s, row.part, nullptr), queries);
    KS_RETURN_IF_ERROR(members.status());
    result.members = *std::move(members);
    return absl::OkStatus();
  }));
  return result;
}

}  // namespace kinstile::index
