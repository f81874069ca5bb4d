// SPDX-License-Identifier: Apache-2.0
// kinstile audit open | show: reading entries with an officers' key.
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "adapters/cli/audit/commands.h"
#include "adapters/cli/audit/notice.h"
#include "adapters/cli/audit/trail.h"
#include "adapters/cli/audit_view.h"
#include "adapters/cli/output.h"
#include "gateway/audit/leaf.h"
#include "gateway/base/status_macros.h"

namespace kinstile::cli {
namespace {

struct OpenOptions {
  Trail trail;
  Officer officer;
};

absl::StatusOr<audit::OpenedEntries> Open(const OpenOptions& o) {
  const Trail& trail = o.trail;
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(trail));
  KS_ASSIGN_OR_RETURN(const std::string audience, AudienceOf(trail));
  KS_ASSIGN_OR_RETURN(auto keys, OfficerKeys(trail));
  KS_RETURN_IF_ERROR(
      RecordSearch(trail, o.officer, {{"entry", "all"}}).status());
  absl::StatusOr<audit::OpenedEntries> opened = audit::OpenedEntries();
  KS_RETURN_IF_ERROR(
      WithCopy(trail.store, log.origin, [&](audit::LogCopy& copy) {
        opened = audit::OpenCopy(copy, log.origin, audience, std::move(keys));
        return absl::OkStatus();
      }));
  return opened;
}

int RunOpen(const OpenOptions& o) {
  auto opened = Open(o);
  if (!opened.ok())
    return Complain(opened.status(), ExitCodeOf(opened.status()));
  if (o.trail.json) {
    Json entries = Json::array();
    for (const auto& e : opened->entries) entries.push_back(ToJson(e));
    Json failures = Json::array();
    for (const auto& f : opened->failures)
      failures.push_back({{"index", f.index}, {"why", f.why}});
    PrintJson({{"entries", entries}, {"not_opened", failures}});
  } else {
    for (const auto& e : opened->entries)
      for (const std::string& line : Describe(e))
        std::printf("%s\n", line.c_str());
    if (opened->entries.empty() && opened->failures.size() > 1)
      std::printf(
          "None of the %zu entries opens under this key, the first because: "
          "%s. It may be another agency's.\n",
          opened->failures.size(), opened->failures[0].why.c_str());
    else
      for (const auto& f : opened->failures)
        std::printf("entry %llu could not be opened: %s\n",
                    static_cast<unsigned long long>(f.index), f.why.c_str());
    std::printf(
        "%zu entries opened%s. Opening shows what was written; only "
        "\"audit verify\" proves that nothing is missing.\n",
        opened->entries.size(),
        o.officer.offline ? "; nobody but you has a record of that"
                          : ", which the trail now says");
  }
  return opened->failures.empty() ? kDone : kNotVerified;
}

struct ShowOptions {
  Trail trail;
  Officer officer;
  uint64_t index = 0;
};

struct Shown {
  audit::Leaf leaf;
  bool has_payload = false;
  std::optional<audit::OpenedEntry> entry;
  std::string why_not;
};

absl::StatusOr<Shown> Show(const ShowOptions& o) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(o.trail));
  std::optional<audit::EntryOpener> opener;
  if (!o.trail.key_files.empty()) {
    KS_ASSIGN_OR_RETURN(const std::string audience, AudienceOf(o.trail));
    KS_ASSIGN_OR_RETURN(auto keys, OfficerKeys(o.trail));
    KS_RETURN_IF_ERROR(
        RecordSearch(o.trail, o.officer, {{"entry", absl::StrCat(o.index)}})
            .status());
    opener.emplace(log.origin, audience, std::move(keys));
  }
  std::optional<Shown> shown;
  const absl::Status read = WithCopy(
      o.trail.store, log.origin, [&](audit::LogCopy& copy) -> absl::Status {
        KS_RETURN_IF_ERROR(copy.Find());
        return copy.ForEachEntry(
            0, [&](const audit::EntryRow& row) -> absl::Status {
              if (row.index > o.index) return absl::CancelledError("found");
              const audit::StoredEntry stored{
                  row.index, std::string(row.leaf),
                  std::string(row.payload.value_or(absl::string_view()))};
              if (opener && row.payload) (void)opener->AddKeyFrame(stored);
              if (row.index != o.index) return absl::OkStatus();
              KS_ASSIGN_OR_RETURN(audit::Leaf leaf,
                                  audit::DecodeLeaf(row.leaf));
              shown = Shown{std::move(leaf), row.payload.has_value(), {}, ""};
              if (!opener || shown->leaf.sealing == audit::Sealing::kPublic)
                return absl::OkStatus();
              absl::StatusOr<audit::OpenedEntry> opened = opener->Open(stored);
              if (opened.ok())
                shown->entry = *std::move(opened);
              else
                shown->why_not = std::string(opened.status().message());
              return absl::OkStatus();
            });
      });
  if (!read.ok() && !absl::IsCancelled(read)) return read;
  if (!shown) return absl::InvalidArgumentError("--index: no such entry");
  return *std::move(shown);
}

Json LeafJson(const Shown& s) {
  const audit::Leaf& l = s.leaf;
  return {{"index", l.index},
          {"type", std::string(audit::EntryTypeName(l.type))},
          {"time_ms", l.time_ms},
          {"audience", l.audience},
          {"epoch", l.epoch},
          {"number_in_epoch", l.ratchet},
          {"sealed", l.sealing == audit::Sealing::kRatchetV1},
          {"payload_size", l.payload_size},
          {"payload_there", s.has_payload},
          {"payload_sha256", absl::BytesToHexString(l.payload_hash.view())},
          {"binding", absl::BytesToHexString(l.binding.view())}};
}

void Print(const Shown& s) {
  const audit::Leaf& l = s.leaf;
  std::printf(
      "Entry %llu: %s of %s, to %s; %s%u bytes%s.\n",
      static_cast<unsigned long long>(l.index),
      std::string(audit::EntryTypeName(l.type)).c_str(),
      absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMillis(l.time_ms),
                       absl::UTCTimeZone())
          .c_str(),
      l.audience.empty() ? "everybody" : l.audience.c_str(),
      l.sealing == audit::Sealing::kRatchetV1
          ? absl::StrCat("sealed, number ", l.ratchet, " of epoch ", l.epoch,
                         ", ")
                .c_str()
          : "public, ",
      l.payload_size, s.has_payload ? "" : ", no longer here");
  if (s.entry)
    for (const std::string& line : Describe(*s.entry))
      std::printf("%s\n", line.c_str());
  if (!s.why_not.empty())
    std::printf("It could not be opened: %s\n", s.why_not.c_str());
}

int RunShow(const ShowOptions& o) {
  auto shown = Show(o);
  if (!shown.ok()) return Complain(shown.status(), ExitCodeOf(shown.status()));
  if (o.trail.json) {
    Json out = {{"leaf", LeafJson(*shown)}};
    if (shown->entry) out["entry"] = ToJson(*shown->entry);
    if (!shown->why_not.empty()) out["not_opened"] = shown->why_not;
    PrintJson(out);
  } else {
    Print(*shown);
  }
  return shown->why_not.empty() ? kDone : kNotVerified;
}

}  // namespace

void AddReading(CLI::App& audit, Chosen& chosen) {
  auto open = std::make_shared<OpenOptions>();
  CLI::App* command = audit.add_subcommand(
      "open",
      "read all of your agency's entries with your officers' key; that you did "
      "is written to the trail first");
  open->trail.AddTo(command);
  open->trail.AddReaderTo(command);
  open->officer.AddOrOfflineTo(command);
  command->callback(
      [open, &chosen] { chosen = [open] { return RunOpen(*open); }; });

  auto show = std::make_shared<ShowOptions>();
  command = audit.add_subcommand(
      "show",
      "show one entry: what everybody may see, and with your officers' key "
      "what is sealed in it; that you did is written to the trail first");
  show->trail.AddTo(command);
  show->trail.AddReaderTo(command, /*required=*/false);
  show->officer.AddOrOfflineTo(command);
  command->add_option("--index", show->index, "number of the entry")
      ->required();
  command->callback(
      [show, &chosen] { chosen = [show] { return RunShow(*show); }; });
}

}  // namespace kinstile::cli
