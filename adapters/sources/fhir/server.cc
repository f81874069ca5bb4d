// SPDX-License-Identifier: Apache-2.0
// Pages, exports and single reads.
#include "adapters/sources/fhir/server.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::sources {
namespace {

constexpr char kTypes[] = "Patient,RelatedPerson,Group";
constexpr int kPage = 200;
constexpr int kMaxPolls = 1800;  // of a second at least
constexpr int kLongestPause = 60;

absl::Status NotFhir(absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("FHIR server: ", what, " is not FHIR"));
}

absl::Status Refused(long status) {
  const std::string message = absl::StrCat("FHIR server: status ", status);
  if (status == 404 || status == 410)
    return absl::NotFoundError("no such resource");
  if (status == 401 || status == 403)
    return absl::FailedPreconditionError(
        absl::StrCat(message, ": it refuses the adapter's token"));
  if (status >= 400 && status < 500 && status != 429 && status != 408)
    return absl::FailedPreconditionError(message);
  return absl::UnavailableError(message);
}

const FhirJson& Member(const FhirJson& object, const char* name) {
  static const FhirJson kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string NextLink(const FhirJson& bundle) {
  const FhirJson& links = Member(bundle, "link");
  if (!links.is_array()) return "";
  for (const FhirJson& link : links)
    if (FhirText(link, "relation") == "next") return FhirText(link, "url");
  return "";
}

}  // namespace

absl::StatusOr<FhirJson> FhirServer::GetJson(const std::string& url) {
  KS_ASSIGN_OR_RETURN(const HttpReply reply,
                      http_->Get(url, {"Accept: application/fhir+json"}));
  if (reply.status != 200) return Refused(reply.status);
  FhirJson json = FhirJson::parse(reply.body, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return NotFhir("a reply");
  return json;
}

absl::StatusOr<FhirJson> FhirServer::Read(const std::string& type,
                                          const std::string& id) {
  if (!IsFhirId(id)) return absl::NotFoundError("no such resource");
  KS_ASSIGN_OR_RETURN(FhirJson json, GetJson(absl::StrCat(type, "/", id)));
  // Whatever the server answers: never another's.
  if (FhirText(json, "resourceType") != type || FhirText(json, "id") != id)
    return absl::NotFoundError("no such resource");
  return json;
}

absl::StatusOr<FhirJson> FhirServer::First(const std::string& search) {
  KS_ASSIGN_OR_RETURN(const FhirJson bundle, GetJson(search));
  const FhirJson& entries = Member(bundle, "entry");
  if (entries.is_array())
    for (const FhirJson& entry : entries) {
      const FhirJson& resource = Member(entry, "resource");
      // A search may come with a note on how it went.
      if (resource.is_object() &&
          FhirText(resource, "resourceType") != "OperationOutcome")
        return resource;
    }
  return absl::NotFoundError("the search finds nothing");
}

absl::Status FhirServer::ForEachPage(const std::string& type, Each fn,
                                     IssueList& issues) {
  std::string url = absl::StrCat(type, "?_count=", kPage);
  std::set<std::string> seen;
  size_t row = 0;
  while (!url.empty()) {
    if (!seen.insert(url).second)
      return absl::FailedPreconditionError(
          "FHIR server: its pages go in a ring");
    KS_ASSIGN_OR_RETURN(const FhirJson bundle, GetJson(url));
    if (FhirText(bundle, "resourceType") != "Bundle") return NotFhir("a page");
    const FhirJson& entries = Member(bundle, "entry");
    if (entries.is_array())
      for (const FhirJson& entry : entries) {
        const FhirJson& resource = Member(entry, "resource");
        if (FhirText(resource, "resourceType") == "OperationOutcome") continue;
        ++row;
        if (FhirText(resource, "resourceType") != type)
          issues.Add({row, "", "is of another resource type", false, type});
        else
          KS_RETURN_IF_ERROR(fn(resource, row));
      }
    url = NextLink(bundle);
  }
  return absl::OkStatus();
}

absl::Status FhirServer::ForEach(const std::string& type, Each fn,
                                 IssueList& issues) {
  if (!bulk_export_) return ForEachPage(type, fn, issues);
  KS_ASSIGN_OR_RETURN(const Export files, CurrentExport());
  size_t row = 0;
  const auto [begin, end] = files.equal_range(type);
  for (auto file = begin; file != end; ++file)
    KS_RETURN_IF_ERROR(
        http_->GetLines(file->second, [&](absl::string_view line) {
          absl::Status status;
          ReadFhirLine(line, type, ++row, fn, issues, status);
          return status;
        }));
  return absl::OkStatus();
}

void FhirServer::StartOver() {
  absl::MutexLock lock(&mutex_);
  exported_ = false;
}

absl::StatusOr<FhirServer::Export> FhirServer::CurrentExport() {
  absl::MutexLock lock(&mutex_);
  if (!exported_) {
    KS_ASSIGN_OR_RETURN(export_, RunExport());
    exported_ = true;
  }
  return export_;
}

// Bulk Data Access: kick-off, then polls of the status until the list of files.
absl::StatusOr<FhirServer::Export> FhirServer::RunExport() {
  KS_ASSIGN_OR_RETURN(
      HttpReply reply,
      http_->Get(absl::StrCat("$export?_type=", kTypes),
                 {"Accept: application/fhir+json", "Prefer: respond-async"}));
  if (reply.status != 202 || reply.content_location.empty())
    return reply.status == 202 ? NotFhir("the export") : Refused(reply.status);
  const std::string where = reply.content_location;
  for (int poll = 0; reply.status == 202; ++poll) {
    if (poll == kMaxPolls)
      return absl::UnavailableError("FHIR server: the export does not end");
    std::this_thread::sleep_for(
        poll == 0 ? std::chrono::milliseconds(50)
                  : std::chrono::milliseconds(
                        1000 * std::clamp(reply.retry_after_seconds, 1,
                                          kLongestPause)));
    KS_ASSIGN_OR_RETURN(reply, http_->Get(where, {"Accept: application/json"}));
  }
  if (reply.status != 200) return Refused(reply.status);
  const FhirJson list = FhirJson::parse(reply.body, nullptr, false);
  const FhirJson& output = Member(list, "output");
  if (!output.is_array()) return NotFhir("the export's list");
  // What the server could not export would be missing people.
  if (const FhirJson& error = Member(list, "error");
      error.is_array() && !error.empty())
    return absl::UnavailableError("FHIR server: the export has errors");
  Export files;
  for (const FhirJson& file : output)
    files.emplace(FhirText(file, "type"), FhirText(file, "url"));
  return files;
}

}  // namespace kinstile::sources
