// SPDX-License-Identifier: Apache-2.0
// kinstile audit export: the trail for other people's tools.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "adapters/cli/audit/commands.h"
#include "adapters/cli/audit/export.h"
#include "adapters/cli/audit/search.h"
#include "adapters/cli/output.h"
#include "gateway/audit/folder.h"
#include "gateway/base/status_macros.h"

namespace kinstile::cli {
namespace {

struct TilesOptions {
  Trail trail;
  std::string out;
};

struct EntriesOptions {
  Search search;
  std::string format;
  std::string out;
};

// A new file of mode 0600: what is opened is personal data.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path),
        fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                   0600)) {}
  ~NewFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  absl::Status Opened() const {
    return fd_ >= 0 ? absl::OkStatus()
                    : absl::AlreadyExistsError(absl::StrCat(
                          path_, ": is there already or cannot be made"));
  }
  absl::Status Write(absl::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::write(fd_, text.data(), text.size());
      if (n < 0)
        return absl::InternalError(absl::StrCat(path_, ": cannot be written"));
      text.remove_prefix(static_cast<size_t>(n));
    }
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  const int fd_;
};

absl::StatusOr<uint64_t> ExportTiles(const TilesOptions& o) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(o.trail));
  KS_ASSIGN_OR_RETURN(audit::Evidence evidence, EvidenceOf(o.trail, log));
  KS_ASSIGN_OR_RETURN(const audit::VerifyReport report,
                      Verify(o.trail, log, std::move(evidence)));
  if (!report.ok())
    return absl::UnauthenticatedError(
        absl::StrCat("the trail does not hold, so nothing was exported: ",
                     report.failures.front()));
  Progress progress("entries exported", report.entries);
  KS_RETURN_IF_ERROR(
      WithCopy(o.trail.store, log.origin, [&](audit::LogCopy& copy) {
        return audit::ExportFolder(copy, o.out,
                                   [&](uint64_t n) { progress.At(n); });
      }));
  return report.entries;
}

int RunTiles(const TilesOptions& o) {
  auto entries = ExportTiles(o);
  if (!entries.ok())
    return Complain(entries.status(), ExitCodeOf(entries.status()));
  if (o.trail.json)
    PrintJson({{"entries", *entries}, {"folder", o.out}});
  else
    std::printf(
        "%llu entries, still sealed, are in %s: a C2SP tlog-tiles folder with "
        "payloads and heads beside it.\n",
        static_cast<unsigned long long>(*entries), o.out.c_str());
  return kDone;
}

std::string Text(const EntriesOptions& o, const Found& found) {
  if (o.format == "csv") return ToCsv(found);
  constexpr auto kReplace = Json::error_handler_t::replace;
  if (o.format == "ocsf")
    return ToOcsf(found, o.search.audience()).dump(-1, ' ', false, kReplace) +
           "\n";
  std::string lines;
  for (const Json& event : ToFhir(found, o.search.audience()))
    absl::StrAppend(&lines, event.dump(-1, ' ', false, kReplace), "\n");
  return lines;
}

int RunEntries(EntriesOptions& o) {
  if (absl::Status s = o.search.Prepare({{"export", o.format}}); !s.ok())
    return o.search.Complain(s);
  NewFile file(o.out);
  absl::Status s = file.Opened();
  if (s.ok() && o.format == "csv") s = file.Write(CsvHeader());
  uint64_t n = 0;
  if (s.ok())
    s = o.search.ForEach([&](const Found& found) {
      ++n;
      return file.Write(Text(o, found));
    });
  if (!s.ok()) return o.search.Complain(s);
  if (o.search.trail.json)
    PrintJson({{"entries", n},
               {"file", o.out},
               {"trail", o.search.TrailJson()},
               {"not_opened", o.search.NotOpened()}});
  else
    std::printf("%llu entries are in %s. %s\n",
                static_cast<unsigned long long>(n), o.out.c_str(),
                o.search.Summary().c_str());
  return kDone;
}

}  // namespace

void AddExport(CLI::App& audit, Chosen& chosen) {
  CLI::App* group = audit.add_subcommand(
      "export",
      "the sealed trail as a tlog-tiles folder, or opened entries as CSV, "
      "FHIR AuditEvent or OCSF");
  group->require_subcommand(1);

  auto tiles = std::make_shared<TilesOptions>();
  CLI::App* command = group->add_subcommand(
      "tiles", "the whole trail, still sealed; verified first");
  tiles->trail.AddTo(command);
  tiles->trail.AddEvidenceTo(command);
  command->add_option("--out", tiles->out, "the new folder")->required();
  command->callback(
      [tiles, &chosen] { chosen = [tiles] { return RunTiles(*tiles); }; });

  struct Format {
    const char *name, *about;
  };
  constexpr Format kFormats[] = {
      {"csv", "your agency's entries, safe to open in a spreadsheet"},
      {"fhir",
       "your agency's entries as FHIR R4 AuditEvents (IHE BALP), one "
       "on each line"},
      {"ocsf", "your agency's entries as OCSF events, one on each line"}};
  for (const Format& f : kFormats) {
    auto o = std::make_shared<EntriesOptions>();
    o->format = f.name;
    command = group->add_subcommand(f.name, f.about);
    o->search.AddTo(command);
    o->search.AddFiltersTo(command);
    command->add_option("--out", o->out, "the new file")->required();
    command->callback(
        [o, &chosen] { chosen = [o] { return RunEntries(*o); }; });
  }
}

}  // namespace kinstile::cli
