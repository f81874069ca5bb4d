// SPDX-License-Identifier: Apache-2.0
// kinstile audit prove | receipt: one entry, shown to be in the trail.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "adapters/cli/audit/commands.h"
#include "adapters/cli/audit/trail.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "adapters/daemon/receipts.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/note.h"
#include "gateway/audit/receipt.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/merkle/proof.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

struct ProveOptions {
  Trail trail;
  uint64_t index = 0;
  std::string out;
};

// Whose request the entry is about only the nonce in the asker's own receipt
// tells; here it is nought.
absl::StatusOr<audit::Receipt> Prove(const ProveOptions& o,
                                     const LogIdentity& log) {
  audit::Receipt receipt;
  merkle::Tree tree;
  KS_RETURN_IF_ERROR(WithCopy(
      o.trail.store, log.origin, [&](audit::LogCopy& copy) -> absl::Status {
        KS_RETURN_IF_ERROR(copy.Find());
        KS_RETURN_IF_ERROR(
            copy.ForEachEntry(0, [&](const audit::EntryRow& row) {
              if (row.index == o.index) receipt.leaf = std::string(row.leaf);
              tree.Append(merkle::HashLeaf(row.leaf));
              return absl::OkStatus();
            }));
        return copy.ForEachCheckpoint([&](const audit::CheckpointRow& row) {
          receipt.checkpoint = std::string(row.note);
          return absl::OkStatus();
        });
      }));
  KS_ASSIGN_OR_RETURN(
      const audit::Checkpoint head,
      audit::OpenCheckpoint(receipt.checkpoint, log.origin, log.key));
  if (o.index >= head.size)
    return absl::InvalidArgumentError("--index: there is no such entry");
  receipt.index = o.index;
  KS_ASSIGN_OR_RETURN(receipt.proof, tree.InclusionProof(o.index, head.size));
  KS_RETURN_IF_ERROR(merkle::VerifyInclusion(o.index, head.size,
                                             merkle::HashLeaf(receipt.leaf),
                                             receipt.proof, head.root));
  return receipt;
}

int RunProve(const ProveOptions& o) {
  auto log = Identify(o.trail);
  if (!log.ok()) return Complain(log.status(), kUsage);
  std::error_code error;
  if (!o.out.empty() && std::filesystem::exists(o.out, error))
    return Complain(absl::AlreadyExistsError(
        "--out: is there already; a proof is a new file"));
  auto receipt = Prove(o, *log);
  if (!receipt.ok())
    return Complain(receipt.status(), ExitCodeOf(receipt.status()));
  const std::string text = audit::EncodeReceipt(*receipt);
  if (!o.out.empty()) {
    std::ofstream file(o.out, std::ios::binary);
    file << text;
    file.close();
    if (!file)
      return Complain(absl::InternalError(o.out + ": cannot be written"));
  }
  if (o.trail.json)
    PrintJson({{"index", receipt->index},
               {"leaf_hash",
                absl::BytesToHexString(merkle::HashLeaf(receipt->leaf).view())},
               {"hashes", receipt->proof.size()},
               {"proof", text}});
  else if (o.out.empty())
    std::fputs(text.c_str(), stdout);
  else
    std::printf("Entry %llu is in the trail; the proof is in %s.\n",
                static_cast<unsigned long long>(o.index), o.out.c_str());
  return kDone;
}

struct ReceiptOptions {
  Trail trail;
  std::string file;
  std::string request_digest;
};

struct Checked {
  std::string what;
  uint64_t index = 0;
  std::string type, audience, when;
  uint64_t tree_size = 0;
  bool bound = false;   // to the request it was given for
  std::string failure;  // empty: holds
};

// By itself: signature, inclusion, the leaf's place.
absl::Status CheckAlone(const audit::Receipt& r, const LogIdentity& log,
                        Checked& out) {
  KS_ASSIGN_OR_RETURN(const audit::Checkpoint head,
                      audit::OpenCheckpoint(r.checkpoint, log.origin, log.key));
  KS_RETURN_IF_ERROR(merkle::VerifyInclusion(
      r.index, head.size, merkle::HashLeaf(r.leaf), r.proof, head.root));
  KS_ASSIGN_OR_RETURN(const audit::Leaf leaf, audit::DecodeLeaf(r.leaf));
  if (leaf.index != r.index || leaf.origin_hash != crypto::Sha256(log.origin))
    return absl::UnauthenticatedError(
        "receipt: the leaf is of another place or log");
  out.index = r.index;
  out.type = std::string(audit::EntryTypeName(leaf.type));
  out.audience = leaf.audience;
  out.tree_size = head.size;
  out.when =
      absl::FormatTime("%Y-%m-%d %H:%M:%S UTC",
                       absl::FromUnixMillis(leaf.time_ms), absl::UTCTimeZone());
  return absl::OkStatus();
}

Checked Check(const std::string& what, const std::string& text,
              const std::optional<Digest>& request, const LogIdentity& log) {
  Checked out;
  out.what = what;
  absl::StatusOr<audit::Receipt> receipt = audit::ParseReceipt(text);
  absl::Status s = receipt.status();
  if (s.ok()) s = CheckAlone(*receipt, log, out);
  if (s.ok() && request) {
    s = audit::VerifyReceipt(*receipt, log.key, log.origin, *request).status();
    out.bound = s.ok();
  }
  if (!s.ok()) out.failure = std::string(s.message());
  return out;
}

absl::StatusOr<std::vector<Checked>> CheckAll(const ReceiptOptions& o,
                                              const LogIdentity& log) {
  std::vector<Checked> out;
  if (!o.file.empty()) {
    std::optional<Digest> request;
    if (!o.request_digest.empty()) {
      const bool hex =
          o.request_digest.size() == 2 * Digest::kSize &&
          std::all_of(o.request_digest.begin(), o.request_digest.end(),
                      absl::ascii_isxdigit);
      if (!hex)
        return absl::InvalidArgumentError(
            "--request-digest: must be 64 hex digits");
      KS_ASSIGN_OR_RETURN(
          request, Digest::FromBytes(absl::HexStringToBytes(o.request_digest)));
    }
    KS_ASSIGN_OR_RETURN(const std::string text, wire::ReadFile(o.file));
    out.push_back(Check(o.file, text, request, log));
    return out;
  }
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(o.trail.config));
  storage::OpenOptions read_only;
  read_only.read_only = true;
  KS_ASSIGN_OR_RETURN(
      const auto state,
      storage::Open(
          "sqlite:" + wire::ResolvePath(o.trail.config, config.state()),
          read_only));
  KS_ASSIGN_OR_RETURN(const auto kept, daemon::ReadReceipts(*state));
  for (const daemon::KeptReceipt& r : kept)
    out.push_back(Check(absl::StrCat("kept receipt ", out.size() + 1),
                        r.receipt, r.request_digest, log));
  return out;
}

void Print(const Checked& c) {
  if (!c.failure.empty()) {
    std::printf("%s: %s %s\n", c.what.c_str(), Red("DOES NOT HOLD:").c_str(),
                c.failure.c_str());
    return;
  }
  std::printf(
      "%s: holds. Entry %llu, a %s to %s of %s, is in the trail of %llu "
      "entries that the log signed%s.\n",
      c.what.c_str(), static_cast<unsigned long long>(c.index), c.type.c_str(),
      c.audience.c_str(), c.when.c_str(),
      static_cast<unsigned long long>(c.tree_size),
      c.bound ? ", and is about this very request" : "");
}

int RunReceipt(const ReceiptOptions& o) {
  auto log = Identify(o.trail);
  if (!log.ok()) return Complain(log.status(), kUsage);
  if (o.file.empty() && o.trail.config.empty())
    return Complain(
        absl::InvalidArgumentError("give --receipt, or --config for all that "
                                   "its adapter keeps"),
        kUsage);
  auto checked = CheckAll(o, *log);
  if (!checked.ok())
    return Complain(checked.status(), ExitCodeOf(checked.status()));
  bool good = !checked->empty();
  Json list = Json::array();
  for (const Checked& c : *checked) {
    good = good && c.failure.empty();
    if (!o.trail.json) Print(c);
    list.push_back({{"receipt", c.what},
                    {"ok", c.failure.empty()},
                    {"index", c.index},
                    {"type", c.type},
                    {"audience", c.audience},
                    {"time", c.when},
                    {"tree_size", c.tree_size},
                    {"bound_to_request", c.bound},
                    {"failure", c.failure}});
  }
  if (o.trail.json) PrintJson({{"ok", good}, {"receipts", list}});
  if (!o.trail.json && checked->empty())
    std::printf("No receipt is kept: nothing was checked.\n");
  return good ? kDone : kNotVerified;
}

}  // namespace

void AddProofs(CLI::App& audit, Chosen& chosen) {
  auto prove = std::make_shared<ProveOptions>();
  CLI::App* command = audit.add_subcommand(
      "prove",
      "prove that an entry is in the trail, as a file that other tools check "
      "(C2SP tlog-proof)");
  prove->trail.AddTo(command);
  command->add_option("--index", prove->index, "number of the entry")
      ->required();
  command->add_option("--out", prove->out, "file for the proof");
  command->callback(
      [prove, &chosen] { chosen = [prove] { return RunProve(*prove); }; });

  auto receipt = std::make_shared<ReceiptOptions>();
  command = audit.add_subcommand(
      "receipt",
      "check a receipt, or all that the adapter of --config keeps; to hold "
      "them against a copy of the trail use verify");
  receipt->trail.AddTo(command, /*needs_store=*/false);
  command->add_option("--receipt", receipt->file, "file with the receipt");
  command->add_option("--request-digest", receipt->request_digest,
                      "hex: that the receipt is about this request");
  command->callback([receipt, &chosen] {
    chosen = [receipt] { return RunReceipt(*receipt); };
  });
}

}  // namespace kinstile::cli
