// SPDX-License-Identifier: Apache-2.0
// Hashes of one copy in memory, the other read beside them.
#include "gateway/audit/diff.h"

#include <algorithm>

#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {
namespace {

struct Fingerprint {
  Digest leaf;
  std::optional<Digest> payload;
};

Fingerprint Of(const EntryRow& row) {
  Fingerprint f{crypto::Sha256(row.leaf), std::nullopt};
  if (row.payload) f.payload = crypto::Sha256(*row.payload);
  return f;
}

void List(std::vector<uint64_t>& list, uint64_t index) {
  if (list.size() < Difference::kMaxListed) list.push_back(index);
}

void ComparePayloads(const Fingerprint& a, const Fingerprint& b, uint64_t i,
                     Difference& out) {
  if (a.payload == b.payload) return;
  if (!b.payload)
    List(out.only_in_a, i);
  else if (!a.payload)
    List(out.only_in_b, i);
  else
    List(out.damaged, i);
}

}  // namespace

absl::StatusOr<Difference> Compare(LogCopy& a, LogCopy& b) {
  KS_RETURN_IF_ERROR(a.Find());
  KS_RETURN_IF_ERROR(b.Find());
  std::vector<Fingerprint> first;
  KS_RETURN_IF_ERROR(a.ForEachEntry(0, [&](const EntryRow& row) {
    first.push_back(Of(row));
    return absl::OkStatus();
  }));
  Difference out;
  out.size_a = first.size();
  KS_RETURN_IF_ERROR(b.ForEachEntry(0, [&](const EntryRow& row) {
    const uint64_t i = out.size_b++;
    if (out.fork || i >= out.size_a) return absl::OkStatus();
    const Fingerprint second = Of(row);
    if (second.leaf != first[i].leaf)
      out.fork = i;
    else
      ComparePayloads(first[i], second, i, out);
    return absl::OkStatus();
  }));
  return out;
}

}  // namespace kinstile::audit
