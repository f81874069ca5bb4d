// SPDX-License-Identifier: Apache-2.0
// kinstile audit disclose | disclosed: one entry for a court or a regulator.
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "adapters/cli/audit/commands.h"
#include "adapters/cli/audit/notice.h"
#include "adapters/cli/audit/trail.h"
#include "adapters/cli/audit_view.h"
#include "adapters/cli/output.h"
#include "gateway/audit/disclosure.h"
#include "gateway/audit/note.h"
#include "gateway/base/status_macros.h"
#include "gateway/merkle/tree.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

struct DiscloseOptions {
  Trail trail;
  Officer officer;
  uint64_t index = 0;
  std::string out;
};

// What a pass over the copy gathers.
struct Gathered {
  std::optional<audit::EntryKey> key;
  audit::StoredEntry entry;
  merkle::Tree tree;
  std::string head;
};

absl::Status Gather(audit::LogCopy& copy, uint64_t index,
                    audit::EntryOpener& opener, Gathered& out) {
  KS_RETURN_IF_ERROR(copy.Find());
  KS_RETURN_IF_ERROR(
      copy.ForEachEntry(0, [&](const audit::EntryRow& row) -> absl::Status {
        out.tree.Append(merkle::HashLeaf(row.leaf));
        if (row.index > index) return absl::OkStatus();
        audit::StoredEntry stored{
            row.index, std::string(row.leaf),
            std::string(row.payload.value_or(absl::string_view()))};
        if (row.payload) (void)opener.AddKeyFrame(stored);
        if (row.index != index) return absl::OkStatus();
        if (!row.payload)
          return absl::InvalidArgumentError(
              "--index: the entry's payload is no longer here");
        KS_ASSIGN_OR_RETURN(out.key, opener.KeyFor(stored));
        out.entry = std::move(stored);
        return absl::OkStatus();
      }));
  if (!out.key) return absl::InvalidArgumentError("--index: no such entry");
  return copy.ForEachCheckpoint([&](const audit::CheckpointRow& row) {
    out.head = std::string(row.note);
    return absl::OkStatus();
  });
}

absl::Status Disclose(const DiscloseOptions& o) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(o.trail));
  KS_ASSIGN_OR_RETURN(const std::string audience, AudienceOf(o.trail));
  KS_ASSIGN_OR_RETURN(auto keys, OfficerKeys(o.trail));
  KS_RETURN_IF_ERROR(
      RecordSearch(o.trail, o.officer,
                   {{"export", "one entry"}, {"entry", absl::StrCat(o.index)}})
          .status());
  audit::EntryOpener opener(log.origin, audience, std::move(keys));
  Gathered found;
  KS_RETURN_IF_ERROR(
      WithCopy(o.trail.store, log.origin, [&](audit::LogCopy& copy) {
        return Gather(copy, o.index, opener, found);
      }));
  KS_ASSIGN_OR_RETURN(const audit::Checkpoint head,
                      audit::OpenCheckpoint(found.head, log.origin, log.key));
  KS_ASSIGN_OR_RETURN(auto proof,
                      found.tree.InclusionProof(o.index, head.size));
  const audit::Disclosure disclosure{log.origin, std::move(found.entry),
                                     *std::move(found.key), std::move(proof),
                                     std::move(found.head)};
  // It is what it is for, or it is not written.
  KS_RETURN_IF_ERROR(audit::OpenDisclosure(disclosure, log.key).status());
  // Whoever reads the file reads the entry.
  return WriteNewFile(o.out, audit::EncodeDisclosure(disclosure));
}

int RunDisclose(const DiscloseOptions& o) {
  if (absl::Status s = Disclose(o); !s.ok()) return Complain(s, ExitCodeOf(s));
  if (o.trail.json)
    PrintJson({{"index", o.index}, {"file", o.out}});
  else
    std::printf(
        "Entry %llu is in %s, with the key that opens it and nothing else, and "
        "the proof that it is in the trail. Whoever has the file reads it: "
        "\"kinstile audit disclosed\".\n",
        static_cast<unsigned long long>(o.index), o.out.c_str());
  return kDone;
}

struct DisclosedOptions {
  Trail trail;
  std::string file;
};

absl::StatusOr<audit::OpenedEntry> Disclosed(const DisclosedOptions& o) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(o.trail));
  KS_ASSIGN_OR_RETURN(const std::string bytes, wire::ReadFile(o.file));
  absl::StatusOr<audit::Disclosure> disclosure = audit::DecodeDisclosure(bytes);
  if (!disclosure.ok())
    return absl::UnauthenticatedError("--file: is no disclosure, or changed");
  if (disclosure->origin != log.origin)
    return absl::UnauthenticatedError("--file: is of another log");
  absl::StatusOr<audit::OpenedEntry> opened =
      audit::OpenDisclosure(*disclosure, log.key);
  if (opened.ok()) return opened;
  return absl::UnauthenticatedError(opened.status().message());
}

int RunDisclosed(const DisclosedOptions& o) {
  const auto entry = Disclosed(o);
  if (!entry.ok()) return Complain(entry.status(), ExitCodeOf(entry.status()));
  if (o.trail.json) {
    PrintJson({{"ok", true}, {"entry", ToJson(*entry)}});
    return kDone;
  }
  for (const std::string& line : Describe(*entry))
    std::printf("%s\n", line.c_str());
  std::printf("It is in the trail that the log signed, as it was written.\n");
  return kDone;
}

}  // namespace

void AddDisclosure(CLI::App& audit, Chosen& chosen) {
  auto disclose = std::make_shared<DiscloseOptions>();
  CLI::App* command = audit.add_subcommand(
      "disclose",
      "hand over one entry, and no other, with its proof; that you did is "
      "written to the trail first");
  disclose->trail.AddTo(command);
  disclose->trail.AddReaderTo(command);
  disclose->officer.AddOrOfflineTo(command);
  command->add_option("--index", disclose->index, "number of the entry")
      ->required();
  command->add_option("--out", disclose->out, "the new file")->required();
  command->callback([disclose, &chosen] {
    chosen = [disclose] { return RunDisclose(*disclose); };
  });

  auto disclosed = std::make_shared<DisclosedOptions>();
  command = audit.add_subcommand(
      "disclosed",
      "check and read an entry that was handed over; needs no key");
  disclosed->trail.AddTo(command, /*needs_store=*/false);
  command->add_option("--file", disclosed->file, "what \"disclose\" wrote")
      ->required();
  command->callback([disclosed, &chosen] {
    chosen = [disclosed] { return RunDisclosed(*disclosed); };
  });
}

}  // namespace kinstile::cli
