// SPDX-License-Identifier: Apache-2.0
// The steps of a search.
#include "adapters/cli/audit/search.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "adapters/daemon/node.h"
#include "adapters/daemon/register.h"
#include "gateway/audit/receipt.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

std::string TextOf(int64_t ms) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

}  // namespace

void Search::AddTo(CLI::App* command) {
  trail.AddTo(command);
  trail.AddEvidenceTo(command);
  trail.AddReaderTo(command);
  officer_.AddTo(command);
  command->add_option(
      "--index", index_file_,
      "your own index of the trail, a file of mode 0600 (default: beside the "
      "first --key, which also protects it)");
}

void Search::AddFiltersTo(CLI::App* command) {
  command->add_option("--subject", subject,
                      "your agency's own handle of a person, 32 hex digits");
  command
      ->add_option("--case", case_ref,
                   "instead: your own reference of the person, which the "
                   "handle key of --config turns into the handle")
      ->excludes("--subject");
  command->add_option("--practitioner", query_.practitioner,
                      "staff id of who asked");
  command->add_option("--agency", query_.agency, "who asked or was asked");
  command->add_option(
      "--by-purpose", query_.purpose,
      "purpose of the request, SUPPORT_KEY_WORKING for example");
  command->add_option("--agreement", query_.agreement, "agreement relied on");
  command->add_option(
      "--outcome", query_.outcome,
      "RELEASE, DENY, ASKED, ... or ANSWERED, NO_MATCH, DENIED, "
      "UNREACHABLE");
  command->add_option("--from", from_, "from this day or moment on, UTC");
  command->add_option("--to", to_, "before this day or moment, UTC");
}

// Only the handle is searched for and written down; the reference stays here.
absl::StatusOr<Handle> Search::HandleOfCase() const {
  if (trail.config.empty())
    return absl::InvalidArgumentError("--case: needs --config");
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  KS_ASSIGN_OR_RETURN(auto key, wire::ReadKey<crypto::MacKey>(wire::ResolvePath(
                                    trail.config, config.handle_key_file())));
  return daemon::Handles(std::move(key)).ForRecord(identity::Pii<>(case_ref));
}

absl::Status Search::MakeQuery() {
  if (!case_ref.empty()) {
    KS_ASSIGN_OR_RETURN(query_.subject, HandleOfCase());
  }
  if (!subject.empty()) {
    KS_ASSIGN_OR_RETURN(query_.subject, ParseHandle(subject));
  }
  if (!from_.empty()) {
    KS_ASSIGN_OR_RETURN(query_.from_ms, ParseTime("--from", from_));
  }
  if (!to_.empty()) {
    KS_ASSIGN_OR_RETURN(query_.to_ms, ParseTime("--to", to_));
  }
  return CheckQuery(query_);
}

std::string Search::IndexPath() const {
  return index_file_.empty() ? trail.key_files.front() + ".index.db"
                             : index_file_;
}

absl::Status Search::Prepare(std::vector<audit::Criterion> more) {
  KS_RETURN_IF_ERROR(MakeQuery());
  KS_ASSIGN_OR_RETURN(audience_, AudienceOf(trail));
  std::vector<audit::Criterion> criteria = CriteriaOf(query_);
  criteria.insert(criteria.end(), more.begin(), more.end());
  KS_ASSIGN_OR_RETURN(recorded_,
                      RecordSearch(trail, officer_, std::move(criteria)));
  KS_RETURN_IF_ERROR(VerifyAndIndex());
  return CheckAgency();
}

// An agency may have left; one that nobody ever heard of is a mistake.
absl::Status Search::CheckAgency() const {
  if (query_.agency.empty()) return absl::OkStatus();
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(trail.config));
  KS_ASSIGN_OR_RETURN(const auto consortium,
                      wire::LoadManifest(trail.config, config.manifest()));
  bool known = consortium->FindAgency(query_.agency) != nullptr;
  if (known) return absl::OkStatus();
  Query any;
  any.agency = query_.agency;
  const absl::Status s = index_->ForEach(any, [&known](const Found&) {
    known = true;
    return absl::CancelledError("found");
  });
  if (!s.ok() && !absl::IsCancelled(s)) return s;
  return known ? absl::OkStatus()
               : absl::InvalidArgumentError(
                     "--agency: is in no entry, nor in the manifest in force");
}

// Each search was in the trail before it began: what the copy has at that place
// must be it, and a copy that ends before it is an older one.
absl::Status Search::CheckOwnSearches(audit::LogCopy& copy) {
  KS_ASSIGN_OR_RETURN(const std::vector<std::string> kept, index_->Receipts());
  std::map<uint64_t, std::string> leaves;
  for (const std::string& text : kept) {
    KS_ASSIGN_OR_RETURN(audit::Receipt r, audit::ParseReceipt(text));
    if (r.index < report_.entries)
      leaves.emplace(r.index, std::move(r.leaf));
    else
      ++own_missing_;
  }
  if (leaves.empty()) return absl::OkStatus();
  return copy.ForEachEntry(
      leaves.begin()->first, [&](const audit::EntryRow& row) {
        const auto it = leaves.find(row.index);
        if (it == leaves.end() || it->second == row.leaf)
          return absl::OkStatus();
        return absl::UnauthenticatedError(absl::StrCat(
            "the trail does not hold, so nothing was searched: entry ",
            row.index, " is not the search that was recorded there"));
      });
}

absl::Status Search::VerifyAndIndex() {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(trail));
  KS_ASSIGN_OR_RETURN(auto keys, OfficerKeys(trail));
  KS_ASSIGN_OR_RETURN(index_, SearchIndex::Open(IndexPath(), log.origin,
                                                audience_, keys.front()));
  KS_ASSIGN_OR_RETURN(audit::Evidence evidence, EvidenceOf(trail, log));
  KS_ASSIGN_OR_RETURN(const std::string known, index_->Head());
  if (!known.empty()) evidence.checkpoints.push_back(known);
  KS_ASSIGN_OR_RETURN(audit::VerifyOptions options,
                      OptionsOf(trail, std::move(evidence)));
  // Of the gateway's log as it is now: a key holder's, or one that was closed,
  // has no searches.
  if (recorded_.origin == log.origin)
    KS_RETURN_IF_ERROR(index_->KeepReceipt(recorded_.entry, recorded_.receipt));
  // One snapshot for both, so that what is indexed is what was verified.
  return WithCopy(
      trail.store, log.origin, [&](audit::LogCopy& copy) -> absl::Status {
        {
          Progress progress("entries verified", 0);
          options.progress = [&](uint64_t n) { progress.At(n); };
          KS_ASSIGN_OR_RETURN(
              report_,
              audit::VerifyCopy(copy, log.origin, log.key, std::move(options)));
        }
        if (!report_.ok())
          return absl::UnauthenticatedError(absl::StrCat(
              "the trail does not hold, so nothing was searched: ",
              report_.failures.front(), "; see \"kinstile audit verify\""));
        KS_RETURN_IF_ERROR(CheckOwnSearches(copy));
        std::string head;
        KS_RETURN_IF_ERROR(
            copy.ForEachCheckpoint([&](const audit::CheckpointRow& row) {
              head = std::string(row.note);
              return absl::OkStatus();
            }));
        Progress progress("entries indexed", report_.entries);
        KS_ASSIGN_OR_RETURN(
            updated_, index_->Update(copy, head, std::move(keys),
                                     [&](uint64_t n) { progress.At(n); }));
        return absl::OkStatus();
      });
}

absl::Status Search::ForEach(
    absl::FunctionRef<absl::Status(const Found& found)> f) const {
  return index_->ForEach(query_, f);
}

std::string Search::Summary() const {
  std::string out = absl::StrCat("Searched a trail of ", report_.entries,
                                 " entries that holds; ", updated_.added,
                                 " new ones were indexed");
  if (updated_.forgotten > 0)
    absl::StrAppend(&out, ", ", updated_.forgotten, " erased ones forgotten");
  absl::StrAppend(&out, ".");
  if (own_missing_ > 0)
    absl::StrAppend(
        &out, " The copy ends at ", TextOf(report_.last_ms), ", before ",
        own_missing_ == 1 ? "a search"
                          : absl::StrCat(own_missing_, " searches"),
        " of your own that the gateway has recorded: what came later was not "
        "searched.");
  if (!updated_.failures.empty())
    absl::StrAppend(&out, " ", updated_.failures.size(),
                    " could not be opened with this key and were not searched, "
                    "the first being entry ",
                    updated_.failures.front().index, ": ",
                    updated_.failures.front().why, ".");
  return out;
}

Json Search::TrailJson() const {
  return {{"entries", report_.entries},
          {"ends", TextOf(report_.last_ms)},
          {"own_searches_missing", own_missing_}};
}

Json Search::NotOpened() const {
  Json out = Json::array();
  for (const audit::OpenFailure& f : updated_.failures)
    out.push_back({{"index", f.index}, {"why", f.why}});
  return out;
}

int Search::Complain(const absl::Status& status) const {
  return cli::Complain(status, ExitCodeOf(status));
}

}  // namespace kinstile::cli
