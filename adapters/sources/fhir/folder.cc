// SPDX-License-Identifier: Apache-2.0
// A bulk export in a folder.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/sources/fhir/store.h"
#include "gateway/base/status_macros.h"

namespace kinstile::sources {
namespace {

constexpr size_t kLongestLine = 16 << 20;

class FhirFolder : public FhirStore {
 public:
  explicit FhirFolder(std::string folder) : folder_(std::move(folder)) {}

  absl::Status ForEach(const std::string& type, Each fn,
                       IssueList& issues) override {
    KS_ASSIGN_OR_RETURN(const auto files, Files(type));
    size_t row = 0;
    for (const std::string& file : files) {
      std::ifstream in(file, std::ios::binary);
      if (!in)
        return absl::UnavailableError(absl::StrCat(file, ": cannot be read"));
      for (std::string line; NextLine(in, line);) {
        absl::Status status;
        ReadFhirLine(line, type, ++row, fn, issues, status);
        KS_RETURN_IF_ERROR(status);
      }
    }
    return absl::OkStatus();
  }

  // From the start every time: who needs one person often has a server.
  absl::StatusOr<FhirJson> Read(const std::string& type,
                                const std::string& id) override {
    FhirJson found;
    std::vector<RowIssue> unread;
    IssueList nobody(unread);
    const absl::Status end = ForEach(
        type,
        [&](const FhirJson& resource, size_t) {
          if (FhirText(resource, "id") != id) return absl::OkStatus();
          found = resource;
          return absl::CancelledError();
        },
        nobody);
    if (!end.ok() && !absl::IsCancelled(end)) return end;
    if (found.is_null()) return absl::NotFoundError("no such resource");
    return found;
  }

  absl::StatusOr<FhirJson> First(const std::string&) override {
    return absl::NotFoundError("a folder is not searched");
  }

 private:
  // False at the end. A line that is too long is cut, and so no JSON.
  static bool NextLine(std::ifstream& in, std::string& line) {
    line.clear();
    std::streambuf& bytes = *in.rdbuf();
    for (int c = bytes.sbumpc();; c = bytes.sbumpc()) {
      if (c == std::char_traits<char>::eof()) return !line.empty();
      if (c == '\n') return true;
      if (line.size() < kLongestLine) line.push_back(static_cast<char>(c));
    }
  }

  absl::StatusOr<std::vector<std::string>> Files(
      const std::string& type) const {
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder_, error)) {
      const std::string name = entry.path().filename().string();
      // Patient.ndjson, Patient-000.ndjson; not PatientX.ndjson.
      if (absl::StartsWith(name, type) && absl::EndsWith(name, ".ndjson") &&
          !absl::ascii_isalpha(name[type.size()]))
        files.push_back(entry.path().string());
    }
    if (error)
      return absl::UnavailableError(absl::StrCat(folder_, ": cannot be read"));
    absl::c_sort(files);
    return files;
  }

  const std::string folder_;
};

}  // namespace

bool IsFhirId(absl::string_view id) {
  return !id.empty() && id.size() <= 64 && absl::c_all_of(id, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
           c == '.';
  });
}

bool ReadFhirLine(absl::string_view line, const std::string& type, size_t row,
                  FhirStore::Each fn, IssueList& issues, absl::Status& status) {
  line = absl::StripAsciiWhitespace(line);
  if (line.empty()) return false;
  const FhirJson resource =
      FhirJson::parse(line.begin(), line.end(), nullptr, false);
  if (resource.is_discarded() || FhirText(resource, "resourceType") != type) {
    issues.Add(
        {row, "",
         resource.is_discarded() ? "is no JSON" : "is of another resource type",
         false, type});
    return false;
  }
  status = fn(resource, row);
  return true;
}

absl::StatusOr<std::unique_ptr<FhirStore>> OpenFhirFolder(
    const std::string& folder) {
  if (!std::filesystem::is_directory(folder))
    return absl::UnavailableError(absl::StrCat(folder, ": is no folder"));
  return std::unique_ptr<FhirStore>(std::make_unique<FhirFolder>(folder));
}

}  // namespace kinstile::sources
