// SPDX-License-Identifier: Apache-2.0
// Sealed records and hashed terms in the tables of migration "search".
#include "adapters/cli/audit/index.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gateway/audit/record.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hkdf.h"

namespace kinstile::cli {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Transaction;
using storage::Value;

constexpr absl::string_view kRootSalt = "kinstile/v1/audit-index";
constexpr absl::string_view kRecordLabel = "kinstile/v1/audit-index-record";
constexpr absl::string_view kTermLabel = "kinstile/v1/audit-index-term";
constexpr absl::string_view kCountLabel = "kinstile/v1/audit-index-count";
constexpr absl::string_view kOwnerLabel = "kinstile/v1/audit-index-owner";

// Entries in one transaction: sorted terms then go in at few places.
constexpr size_t kBatch = 5000;

crypto::Prk RootOf(const crypto::BoxSecretKey& key) {
  return crypto::HkdfExtract(kRootSalt, key.view(crypto::SecretAccess()));
}

std::string Info(absl::string_view label, absl::string_view origin,
                 absl::string_view audience) {
  Encoder e(label);
  e.Bytes(origin).Bytes(audience);
  return std::move(e).Take();
}

// A record cannot stand under another index.
std::string Context(uint64_t index) {
  Encoder e(kRecordLabel);
  e.U64(index);
  return std::move(e).Take();
}

absl::StatusOr<std::string> ReadState(Snapshot& s, absl::string_view name) {
  std::string value;
  KS_RETURN_IF_ERROR(s.Query("SELECT value FROM search_state WHERE name = ?1",
                             {Value::Text(name)}, [&value](const Row& row) {
                               value = std::string(row.Blob(0));
                               return absl::OkStatus();
                             }));
  return value;
}

absl::Status WriteState(Transaction& t, absl::string_view name,
                        absl::string_view value) {
  return t
      .Execute(
          "INSERT INTO search_state (name, value) VALUES (?1, ?2) "
          "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
          {Value::Text(name), Value::Blob(value)})
      .status();
}

Value Number(uint64_t v) { return Value::Int(static_cast<int64_t>(v)); }

// Those that failed, and of the former ones those that come after `size`.
std::string IndexList(const std::vector<audit::OpenFailure>& failures,
                      const std::set<uint64_t>& former, uint64_t size) {
  std::set<uint64_t> all(former.lower_bound(size), former.end());
  for (const audit::OpenFailure& f : failures) all.insert(f.index);
  return absl::StrJoin(all, ",");
}

std::string EncodeNumber(uint64_t n) { return absl::StrCat(n); }
uint64_t DecodeNumber(const std::string& text) {
  return text.empty() ? 0 : std::stoull(text);
}

}  // namespace

SearchIndex::SearchIndex(std::unique_ptr<storage::Database> db,
                         absl::string_view origin, absl::string_view audience,
                         const crypto::BoxSecretKey& key)
    : db_(std::move(db)),
      origin_(origin),
      audience_(audience),
      record_key_(crypto::HkdfKey<crypto::AeadKey>(
          RootOf(key), Info(kRecordLabel, origin, audience))),
      term_key_(crypto::HkdfKey<crypto::MacKey>(
          RootOf(key), Info(kTermLabel, origin, audience))) {}

absl::StatusOr<std::unique_ptr<SearchIndex>> SearchIndex::Open(
    const std::string& path, absl::string_view origin,
    absl::string_view audience, const crypto::BoxSecretKey& key) {
  KS_ASSIGN_OR_RETURN(auto db, storage::Open("sqlite:" + path));
  std::unique_ptr<SearchIndex> index(
      new SearchIndex(std::move(db), origin, audience, key));
  KS_RETURN_IF_ERROR(index->CheckOwner());
  return index;
}

namespace {

constexpr absl::string_view kReceiptName = "receipt ";

absl::StatusOr<std::vector<std::string>> ReadKept(Snapshot& s) {
  std::vector<std::string> receipts;
  KS_RETURN_IF_ERROR(
      s.Query("SELECT value FROM search_state WHERE name LIKE ?1 ORDER BY name",
              {Value::Text(absl::StrCat(kReceiptName, "%"))},
              [&receipts](const Row& row) {
                receipts.emplace_back(row.Blob(0));
                return absl::OkStatus();
              }));
  return receipts;
}

}  // namespace

absl::StatusOr<IndexEvidence> SearchIndex::ReadEvidence(
    const std::string& path) {
  storage::OpenOptions read_only;
  read_only.read_only = true;
  KS_ASSIGN_OR_RETURN(const auto db,
                      storage::Open("sqlite:" + path, read_only));
  IndexEvidence out;
  KS_RETURN_IF_ERROR(db->Read([&out](Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(out.head, ReadState(s, "head"));
    KS_ASSIGN_OR_RETURN(out.receipts, ReadKept(s));
    return absl::OkStatus();
  }));
  return out;
}

absl::Status SearchIndex::KeepReceipt(uint64_t entry,
                                      absl::string_view receipt) {
  return db_->Write([&](Transaction& t) {
    return WriteState(t, absl::StrCat(kReceiptName, entry), receipt);
  });
}

absl::StatusOr<std::vector<std::string>> SearchIndex::Receipts() const {
  std::vector<std::string> out;
  KS_RETURN_IF_ERROR(db_->Read([&out](Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(out, ReadKept(s));
    return absl::OkStatus();
  }));
  return out;
}

// A tag under the index's own key tells whose it is without saying so.
absl::Status SearchIndex::CheckOwner() {
  const Digest tag = term_key_.Tag(kOwnerLabel, "");
  return db_->Write([&](Transaction& t) -> absl::Status {
    KS_ASSIGN_OR_RETURN(const std::string owner, ReadState(t, "owner"));
    if (owner.empty()) return WriteState(t, "owner", tag.view());
    if (!crypto::Equal(owner, tag.view()))
      return absl::InvalidArgumentError(
          "the search index was made for another log, audience or key; give "
          "another --index, or delete it: it is built again");
    return absl::OkStatus();
  });
}

// How many entries are in, so that one that was taken out is missed.
absl::StatusOr<std::string> SearchIndex::CountNow(Snapshot& s) const {
  uint64_t n = 0;
  KS_RETURN_IF_ERROR(
      s.Query("SELECT COUNT(*) FROM search_entries", {}, [&n](const Row& row) {
        n = static_cast<uint64_t>(row.Int(0));
        return absl::OkStatus();
      }));
  return term_key_.Tag(kCountLabel, EncodeNumber(n)).str();
}

absl::Status SearchIndex::WriteCount(Transaction& t) const {
  KS_ASSIGN_OR_RETURN(const std::string count, CountNow(t));
  return WriteState(t, "count", count);
}

absl::Status SearchIndex::CheckCount() const {
  return db_->Read([&](Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(const std::string stored, ReadState(s, "count"));
    KS_ASSIGN_OR_RETURN(const std::string now, CountNow(s));
    if (stored.empty() || crypto::Equal(stored, now)) return absl::OkStatus();
    return absl::DataLossError(
        "the search index has lost entries, or got some; delete it: it is "
        "built again");
  });
}

absl::StatusOr<std::string> SearchIndex::Head() const {
  std::string head;
  KS_RETURN_IF_ERROR(db_->Read([&](Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(head, ReadState(s, "head"));
    return absl::OkStatus();
  }));
  return head;
}

absl::StatusOr<uint64_t> SearchIndex::Next() const {
  std::string next;
  KS_RETURN_IF_ERROR(db_->Read([&](Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(next, ReadState(s, "next"));
    return absl::OkStatus();
  }));
  return DecodeNumber(next);
}

// Tried again at every update: the right key may be there by then, and what was
// not searched is said every time.
absl::StatusOr<std::set<uint64_t>> SearchIndex::Unopened() const {
  std::string list;
  KS_RETURN_IF_ERROR(db_->Read([&](Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(list, ReadState(s, "unopened"));
    return absl::OkStatus();
  }));
  std::set<uint64_t> out;
  for (absl::string_view number :
       absl::StrSplit(list, ',', absl::SkipEmpty())) {
    uint64_t n = 0;
    if (absl::SimpleAtoi(number, &n)) out.insert(n);
  }
  return out;
}

int64_t SearchIndex::TermHash(const Term& term) const {
  const Digest tag =
      term_key_.Tag(absl::StrCat(kTermLabel, "/", term.field), term.value);
  int64_t hash;
  std::memcpy(&hash, tag.bytes.data(), sizeof hash);
  return hash;
}

// Gathers entries and writes them a batch at a time.
class SearchIndex::Writer {
 public:
  explicit Writer(SearchIndex& index) : index_(index) {}

  absl::Status Add(const audit::OpenedEntry& entry) {
    KS_ASSIGN_OR_RETURN(std::string encoded, audit::EncodeRecord(entry.record));
    rows_.push_back(
        {entry.index, entry.record.time_ms,
         crypto::AeadSeal(index_.record_key_, Context(entry.index), encoded)});
    crypto::Wipe(encoded);
    for (const Term& term : TermsOf(entry.record))
      terms_.emplace_back(index_.TermHash(term), entry.index);
    return absl::OkStatus();
  }
  void Forget(uint64_t index) { gone_.push_back(index); }
  bool full() const { return rows_.size() + gone_.size() >= kBatch; }
  // Everything up to, not including, `next` is in when it returns OK, but what
  // is in `unopened`.
  absl::Status Flush(uint64_t next, const std::string& unopened);
  uint64_t forgotten() const { return forgotten_; }

 private:
  struct Sealed {
    uint64_t index;
    int64_t time_ms;
    std::string record;
  };
  absl::Status WriteRows(Transaction& t) const;
  absl::Status Forget(Transaction& t);

  SearchIndex& index_;
  std::vector<Sealed> rows_;
  std::vector<std::pair<int64_t, uint64_t>> terms_;
  std::vector<uint64_t> gone_;
  uint64_t forgotten_ = 0;
};

absl::Status SearchIndex::Writer::WriteRows(Transaction& t) const {
  for (const Sealed& row : rows_)
    KS_RETURN_IF_ERROR(
        t.Execute("INSERT INTO search_entries (idx, time_ms, record) "
                  "VALUES (?1, ?2, ?3) ON CONFLICT (idx) DO UPDATE "
                  "SET time_ms = excluded.time_ms, record = excluded.record",
                  {Number(row.index), Value::Int(row.time_ms),
                   Value::Blob(row.record)})
            .status());
  for (const auto& [term, entry] : terms_)
    KS_RETURN_IF_ERROR(t.Execute("INSERT INTO search_terms (term, idx) "
                                 "VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                                 {Value::Int(term), Number(entry)})
                           .status());
  return absl::OkStatus();
}

absl::Status SearchIndex::Writer::Forget(Transaction& t) {
  for (uint64_t entry : gone_) {
    std::vector<Term> terms;
    KS_RETURN_IF_ERROR(
        t.Query("SELECT record FROM search_entries WHERE idx = ?1",
                {Number(entry)}, [&](const Row& row) -> absl::Status {
                  KS_ASSIGN_OR_RETURN(const Found found,
                                      index_.OpenRow(entry, row.Blob(0)));
                  ++forgotten_;
                  terms = TermsOf(found.record);
                  return absl::OkStatus();
                }));
    for (const Term& term : terms)
      KS_RETURN_IF_ERROR(
          t.Execute("DELETE FROM search_terms WHERE term = ?1 AND idx = ?2",
                    {Value::Int(index_.TermHash(term)), Number(entry)})
              .status());
    KS_RETURN_IF_ERROR(
        t.Execute("DELETE FROM search_entries WHERE idx = ?1", {Number(entry)})
            .status());
  }
  return absl::OkStatus();
}

absl::Status SearchIndex::Writer::Flush(uint64_t next,
                                        const std::string& unopened) {
  std::sort(terms_.begin(), terms_.end());
  KS_RETURN_IF_ERROR(index_.db_->Write([&](Transaction& t) -> absl::Status {
    KS_RETURN_IF_ERROR(WriteRows(t));
    KS_RETURN_IF_ERROR(Forget(t));
    KS_RETURN_IF_ERROR(WriteState(t, "unopened", unopened));
    KS_RETURN_IF_ERROR(index_.WriteCount(t));
    return WriteState(t, "next", EncodeNumber(next));
  }));
  rows_.clear();
  terms_.clear();
  gone_.clear();
  return absl::OkStatus();
}

absl::StatusOr<SearchIndex::Updated> SearchIndex::Update(
    audit::LogCopy& copy, absl::string_view head,
    std::vector<crypto::BoxSecretKey> keys,
    const std::function<void(uint64_t entries)>& progress) {
  KS_RETURN_IF_ERROR(CheckCount());
  KS_ASSIGN_OR_RETURN(const uint64_t next, Next());
  KS_ASSIGN_OR_RETURN(const std::set<uint64_t> unopened, Unopened());
  audit::EntryOpener opener(origin_, audience_, std::move(keys));
  Writer writer(*this);
  Updated out;
  uint64_t size = 0;
  // From the start: older epochs' frames open newer entries, and what was
  // erased since is forgotten here too.
  KS_RETURN_IF_ERROR(
      copy.ForEachEntry(0, [&](const audit::EntryRow& row) -> absl::Status {
        size = row.index + 1;
        if (progress && size % 1000 == 0) progress(size);
        if (row.audience != audience_) return absl::OkStatus();
        audit::StoredEntry entry{row.index, std::string(row.leaf), ""};
        KS_ASSIGN_OR_RETURN(const audit::Leaf leaf,
                            audit::DecodeLeaf(row.leaf));
        if (!row.payload) {
          if (row.index < next) writer.Forget(row.index);
        } else if (leaf.type == audit::EntryType::kKeyFrame) {
          entry.payload = std::string(*row.payload);
          // An epoch that is not for this key fails at its entries, below.
          (void)opener.AddKeyFrame(entry);
        } else if ((row.index >= next || unopened.count(row.index) > 0) &&
                   leaf.sealing == audit::Sealing::kRatchetV1) {
          entry.payload = std::string(*row.payload);
          absl::StatusOr<audit::OpenedEntry> opened = opener.Open(entry);
          if (!opened.ok()) {
            out.failures.push_back(
                {row.index, std::string(opened.status().message())});
          } else {
            ++out.added;
            KS_RETURN_IF_ERROR(writer.Add(*opened));
          }
        }
        if (!writer.full()) return absl::OkStatus();
        return writer.Flush(std::max(next, size),
                            IndexList(out.failures, unopened, size));
      }));
  KS_RETURN_IF_ERROR(writer.Flush(std::max(next, size),
                                  IndexList(out.failures, unopened, size)));
  if (size >= next)
    KS_RETURN_IF_ERROR(db_->Write(
        [&](Transaction& t) { return WriteState(t, "head", head); }));
  out.forgotten = writer.forgotten();
  return out;
}

absl::StatusOr<Found> SearchIndex::OpenRow(uint64_t index,
                                           absl::string_view sealed) const {
  absl::StatusOr<std::string> encoded =
      crypto::AeadOpen(record_key_, Context(index), sealed);
  if (!encoded.ok())
    return absl::DataLossError(
        "the search index was changed by somebody else; delete it: it is "
        "built again");
  Found found;
  found.index = index;
  KS_ASSIGN_OR_RETURN(found.record, audit::DecodeRecord(*encoded));
  crypto::Wipe(*encoded);
  return found;
}

absl::Status SearchIndex::ForEach(
    const Query& query,
    absl::FunctionRef<absl::Status(const Found& found)> f) const {
  auto give = [&](const Row& row) -> absl::Status {
    KS_ASSIGN_OR_RETURN(
        const Found found,
        OpenRow(static_cast<uint64_t>(row.Int(0)), row.Blob(1)));
    // A hash may be of two terms; the record decides.
    return Matches(query, found.record) ? f(found) : absl::OkStatus();
  };
  const Value from = Value::Int(query.from_ms.value_or(INT64_MIN));
  const Value to = Value::Int(query.to_ms.value_or(INT64_MAX));
  const std::vector<Term> terms = TermsOf(query);
  return db_->Read([&](Snapshot& s) -> absl::Status {
    if (terms.empty())
      return s.Query(
          "SELECT idx, record FROM search_entries "
          "WHERE time_ms >= ?1 AND time_ms <= ?2 ORDER BY time_ms, idx",
          {from, to}, give);
    // The first term is the most telling one that is in the query: terms are
    // in order of field, but a subject or practitioner beats all others.
    const Term* best = &terms.front();
    for (const Term& t : terms)
      if (t.field == "practitioner") best = &t;
    for (const Term& t : terms)
      if (t.field == "subject") best = &t;
    return s.Query(
        "SELECT e.idx, e.record FROM search_terms t "
        "JOIN search_entries e ON e.idx = t.idx WHERE t.term = ?1 "
        "AND e.time_ms >= ?2 AND e.time_ms <= ?3 ORDER BY e.time_ms, e.idx",
        {Value::Int(TermHash(*best)), from, to}, give);
  });
}

}  // namespace kinstile::cli
