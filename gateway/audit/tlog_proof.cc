// SPDX-License-Identifier: Apache-2.0
// Proofs line by line.
#include "gateway/audit/tlog_proof.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/audit/note.h"
#include "gateway/base/status_macros.h"

namespace kinstile::audit {
namespace {

constexpr absl::string_view kProofHeader = "c2sp.org/tlog-proof@v1\n";
constexpr size_t kMaxProofHashes = 63;
constexpr size_t kMaxProofText = 128 * 1024;

absl::Status MalformedProof(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("tlog-proof: ", what));
}

}  // namespace

absl::StatusOr<absl::string_view> TakeLine(absl::string_view& text) {
  const size_t end = text.find('\n');
  if (end == text.npos) return MalformedProof("cut short");
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

absl::StatusOr<std::vector<merkle::Hash>> TakeHashes(absl::string_view& text) {
  std::vector<merkle::Hash> hashes;
  while (true) {
    KS_ASSIGN_OR_RETURN(const absl::string_view line, TakeLine(text));
    if (line.empty()) return hashes;
    if (hashes.size() == kMaxProofHashes)
      return MalformedProof("too many hashes");
    KS_ASSIGN_OR_RETURN(const std::string bytes, DecodeBase64(line));
    KS_ASSIGN_OR_RETURN(merkle::Hash hash, merkle::Hash::FromBytes(bytes));
    hashes.push_back(hash);
  }
}

std::string FormatHashes(const std::vector<merkle::Hash>& hashes) {
  std::string text;
  for (const merkle::Hash& h : hashes)
    absl::StrAppend(&text, absl::Base64Escape(h.view()), "\n");
  return text + "\n";
}

std::string FormatTlogProof(const TlogProof& proof) {
  std::string text(kProofHeader);
  if (proof.extra)
    absl::StrAppend(&text, "extra ", absl::Base64Escape(*proof.extra), "\n");
  return absl::StrCat(text, "index ", proof.index, "\n",
                      FormatHashes(proof.hashes), proof.checkpoint);
}

absl::StatusOr<TlogProof> ParseTlogProof(absl::string_view text) {
  if (text.size() > kMaxProofText) return MalformedProof("too long");
  if (!absl::ConsumePrefix(&text, kProofHeader))
    return MalformedProof("no header");
  TlogProof proof;
  KS_ASSIGN_OR_RETURN(absl::string_view line, TakeLine(text));
  if (absl::ConsumePrefix(&line, "extra ")) {
    KS_ASSIGN_OR_RETURN(proof.extra, DecodeBase64(line));
    KS_ASSIGN_OR_RETURN(line, TakeLine(text));
  }
  if (!absl::ConsumePrefix(&line, "index ")) return MalformedProof("no index");
  KS_ASSIGN_OR_RETURN(proof.index, ParseDecimal(line));
  KS_ASSIGN_OR_RETURN(proof.hashes, TakeHashes(text));
  if (!absl::EndsWith(text, "\n")) return MalformedProof("no checkpoint");
  proof.checkpoint = std::string(text);
  return proof;
}

}  // namespace kinstile::audit
