// SPDX-License-Identifier: Apache-2.0
// The tables of counted comparisons.
#include "gateway/share/patterns.h"

#include <string>
#include <utility>

#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"

namespace kinstile::share {
namespace {

using linkage::Levels;
using storage::Value;

constexpr absl::string_view kAddPattern =
    "INSERT INTO linkage_pattern (spec_version, levels, pairs) VALUES "
    "(?1, ?2, ?3) ON CONFLICT (spec_version, levels) DO UPDATE SET "
    "pairs = linkage_pattern.pairs + excluded.pairs";
constexpr absl::string_view kAddAsked =
    "INSERT INTO linkage_asked (spec_version, people, space) VALUES "
    "(?1, ?2, ?3) ON CONFLICT (spec_version) DO UPDATE SET "
    "people = linkage_asked.people + excluded.people, "
    "space = linkage_asked.space + excluded.space";

std::string Pack(const linkage::Pattern& pattern) {
  return std::string(reinterpret_cast<const char*>(pattern.data()),
                     pattern.size());
}

absl::StatusOr<linkage::Pattern> Unpack(absl::string_view bytes) {
  linkage::Pattern out;
  const auto bad = absl::FailedPreconditionError(
      "linkage patterns: one is none of this specification");
  if (bytes.size() != out.size()) return bad;
  for (size_t c = 0; c < out.size(); ++c) {
    out[c] = static_cast<int8_t>(bytes[c]);
    const auto levels = static_cast<int8_t>(
        linkage::LevelNames(static_cast<linkage::Comparator>(c)).size());
    if (out[c] < linkage::kNotCompared || out[c] >= levels) return bad;
  }
  return out;
}

}  // namespace

std::optional<linkage::PatternCounts> PatternCounter::Add(
    const linkage::PatternCounts& counts) {
  std::lock_guard lock(mutex_);
  for (const auto& [pattern, pairs] : counts.pairs)
    counts_.pairs[pattern] += pairs;
  counts_.people += counts.people;
  counts_.space += counts.space;
  if (++questions_ < kQuestions) return std::nullopt;
  questions_ = 0;
  return std::exchange(counts_, {});
}

absl::Status AddPatterns(storage::Transaction& tx,
                         const linkage::PatternCounts& counts) {
  const Value version = Value::Int(kIdentitySpecVersion);
  for (const auto& [pattern, pairs] : counts.pairs)
    KS_RETURN_IF_ERROR(
        tx.Execute(kAddPattern, {version, Value::Blob(Pack(pattern)),
                                 Value::Int(static_cast<int64_t>(pairs))})
            .status());
  return tx
      .Execute(kAddAsked,
               {version, Value::Int(static_cast<int64_t>(counts.people)),
                Value::Int(static_cast<int64_t>(counts.space))})
      .status();
}

absl::StatusOr<linkage::PatternCounts> ReadPatterns(
    storage::Snapshot& snapshot) {
  linkage::PatternCounts out;
  const Value version = Value::Int(kIdentitySpecVersion);
  KS_RETURN_IF_ERROR(snapshot.Query(
      "SELECT levels, pairs FROM linkage_pattern WHERE spec_version = ?1",
      {version}, [&](const storage::Row& row) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const linkage::Pattern pattern,
                            Unpack(row.Blob(0)));
        out.pairs[pattern] += static_cast<uint64_t>(row.Int(1));
        return absl::OkStatus();
      }));
  KS_RETURN_IF_ERROR(snapshot.Query(
      "SELECT people, space FROM linkage_asked WHERE spec_version = ?1",
      {version}, [&](const storage::Row& row) {
        out.people = static_cast<uint64_t>(row.Int(0));
        out.space = static_cast<uint64_t>(row.Int(1));
        return absl::OkStatus();
      }));
  return out;
}

}  // namespace kinstile::share
