// SPDX-License-Identifier: Apache-2.0
// The table enrolment_token.
#include "adapters/daemon/token_cache.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/identity/match_keys.h"
#include "gateway/base/encoding.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {
namespace {

using storage::Row;
using storage::Value;

constexpr absl::string_view kPrint = "kinstile/v1/enrolment-fingerprint";
constexpr absl::string_view kTokens = "kinstile/v1/enrolment-tokens";

// A sealed entry fits its record and its fingerprint, and no other.
std::string Context(const Handle& handle, const Digest& fingerprint) {
  return Encoder(kTokens).Bytes(handle.view()).Bytes(fingerprint.view()).view();
}

}  // namespace

TokenCache::TokenCache(storage::Database& state, const Handles& handles)
    : state_(state),
      fingerprint_key_(handles.Subkey<crypto::MacKey>(kPrint)),
      seal_key_(handles.Subkey<crypto::AeadKey>(kTokens)) {}

Digest TokenCache::Fingerprint(const identity::Person& person,
                               uint32_t key_epoch) const {
  const auto keys = identity::MatchKeys(person);
  Encoder e(kPrint);
  e.U32(key_epoch).U32(kIdentitySpecVersion).Count(keys.size());
  for (const identity::MatchKey& key : keys)
    e.U32(key.id).Bytes(key.input.Reveal(identity::PiiAccess()));
  std::string input = std::move(e).Take();
  const Digest print = crypto::HmacSha256(fingerprint_key_, kPrint, input);
  crypto::Wipe(input);
  return print;
}

std::string TokenCache::Seal(const Entry& entry) const {
  const client::PersonTokens& p = *entry.evaluated;
  Encoder e(kTokens);
  e.Count(p.tokens.size());
  for (size_t k = 0; k < p.tokens.size(); ++k)
    e.U32(p.tokens[k].key)
        .Bytes(p.tokens[k].token.view())
        .Bytes(p.secrets[k].view(crypto::SecretAccess()));
  std::string plain = std::move(e).Take();
  std::string sealed = crypto::AeadSeal(
      seal_key_, Context(entry.handle, entry.fingerprint), plain);
  crypto::Wipe(plain);
  return sealed;
}

std::optional<client::PersonTokens> TokenCache::Open(
    const Handle& handle, const Digest& fingerprint,
    absl::string_view sealed) const {
  auto bytes =
      crypto::AeadOpen(seal_key_, Context(handle, fingerprint), sealed);
  if (!bytes.ok()) return std::nullopt;
  const identity::Pii<> plain(*std::move(bytes));  // wiped
  Decoder d(plain.Reveal(identity::PiiAccess()), kTokens);
  client::PersonTokens out;
  const size_t count = d.Count(4);
  for (size_t k = 0; k < count && d.ok(); ++k) {
    const auto key = static_cast<KeyId>(d.U32());
    const auto token = Token::FromBytes(d.Bytes());
    std::string half = d.Bytes();
    auto secret = crypto::MatchSecret::FromBytes(crypto::SecretAccess(), half);
    crypto::Wipe(half);
    if (!token.ok() || !secret.ok()) return std::nullopt;
    out.tokens.push_back({key, *token});
    out.secrets.push_back(*std::move(secret));
  }
  if (!d.Finish().ok()) return std::nullopt;
  return out;
}

absl::StatusOr<int64_t> TokenCache::NextRun() {
  int64_t run = 0;
  KS_RETURN_IF_ERROR(state_.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query("SELECT COALESCE(MAX(run), 0) FROM enrolment_token",
                          {}, [&](const Row& row) {
                            run = row.Int(0);
                            return absl::OkStatus();
                          });
  }));
  return run + 1;
}

absl::StatusOr<uint64_t> TokenCache::Size() {
  uint64_t size = 0;
  KS_RETURN_IF_ERROR(state_.Read([&](storage::Snapshot& snapshot) {
    return snapshot.Query("SELECT COUNT(*) FROM enrolment_token", {},
                          [&](const Row& row) {
                            size = static_cast<uint64_t>(row.Int(0));
                            return absl::OkStatus();
                          });
  }));
  return size;
}

absl::StatusOr<std::vector<TokenCache::Cached>> TokenCache::Find(
    absl::Span<const Handle> handles, absl::Span<const Digest> fingerprints) {
  std::vector<Cached> out(handles.size());
  KS_RETURN_IF_ERROR(state_.Read([&](storage::Snapshot& snapshot) {
    for (size_t i = 0; i < handles.size(); ++i) {
      const absl::Status read = snapshot.Query(
          "SELECT fingerprint, tokens FROM enrolment_token WHERE handle = ?1",
          {Value::Blob(handles[i].view())}, [&](const Row& row) {
            out[i].known = Known::kChanged;
            if (row.Blob(0) != fingerprints[i].view()) return absl::OkStatus();
            auto tokens = Open(handles[i], fingerprints[i], row.Blob(1));
            if (!tokens.has_value()) return absl::OkStatus();
            out[i] = {Known::kUnchanged, *std::move(tokens)};
            return absl::OkStatus();
          });
      if (!read.ok()) return read;
    }
    return absl::OkStatus();
  }));
  return out;
}

absl::Status TokenCache::Keep(int64_t run, absl::Span<const Entry> entries) {
  // Sealed before the transaction: nobody waits for it.
  std::vector<std::string> sealed(entries.size());
  for (size_t i = 0; i < entries.size(); ++i)
    if (entries[i].fresh) sealed[i] = Seal(entries[i]);
  return state_.Write([&](storage::Transaction& tx) -> absl::Status {
    for (size_t i = 0; i < entries.size(); ++i) {
      const Entry& e = entries[i];
      const absl::Status kept =
          e.fresh
              ? tx.Execute(
                      "INSERT INTO enrolment_token (handle, fingerprint, "
                      "tokens, run) VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
                      "(handle) DO UPDATE SET fingerprint = ?2, tokens = ?3, "
                      "run = ?4",
                      {Value::Blob(e.handle.view()),
                       Value::Blob(e.fingerprint.view()),
                       Value::Blob(sealed[i]), Value::Int(run)})
                    .status()
              : tx.Execute(
                      "UPDATE enrolment_token SET run = ?2 WHERE handle "
                      "= ?1",
                      {Value::Blob(e.handle.view()), Value::Int(run)})
                    .status();
      KS_RETURN_IF_ERROR(kept);
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<uint64_t> TokenCache::ForgetOthers(int64_t run) {
  uint64_t gone = 0;
  KS_RETURN_IF_ERROR(
      state_.Write([&](storage::Transaction& tx) -> absl::Status {
        KS_ASSIGN_OR_RETURN(
            const int64_t n,
            tx.Execute("DELETE FROM enrolment_token WHERE run <> ?1",
                       {Value::Int(run)}));
        gone = static_cast<uint64_t>(n);
        return absl::OkStatus();
      }));
  return gone;
}

}  // namespace kinstile::daemon
