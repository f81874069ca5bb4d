// SPDX-License-Identifier: Apache-2.0
// Policy folders to an active set.
#include "gateway/wire/policy.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/sign.h"
#include "gateway/wire/text.h"

namespace kinstile::wire {
namespace {

namespace fs = std::filesystem;

constexpr char kAgenciesFile[] = "agencies.textproto";

// Sorted, so that messages and digests do not depend on the file system.
absl::StatusOr<std::vector<fs::path>> Entries(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> out;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error))
    out.push_back(it->path());
  if (error)
    return absl::NotFoundError(absl::StrCat(folder, ": ", error.message()));
  std::sort(out.begin(), out.end());
  return out;
}

absl::StatusOr<policy::NamedBytes> ReadNamed(const fs::path& path) {
  KS_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path.string()));
  return policy::NamedBytes{path.string(), std::move(bytes)};
}

absl::StatusOr<std::string> ReadHex(const fs::path& path) {
  KS_ASSIGN_OR_RETURN(const std::string hex, ReadFile(path.string(), 1024));
  return std::string(absl::StripAsciiWhitespace(hex));
}

absl::StatusOr<policy::AgreementFiles> ReadAgreement(const fs::path& folder) {
  policy::AgreementFiles files;
  files.id = folder.filename().string();
  KS_ASSIGN_OR_RETURN(files.agreement,
                      ReadNamed(folder / "agreement.textproto"));
  const fs::path folder_of_signatures = folder / "sig";
  if (!fs::exists(folder_of_signatures)) return files;
  KS_ASSIGN_OR_RETURN(const auto entries,
                      Entries(folder_of_signatures.string()));
  for (const fs::path& path : entries) {
    if (path.extension() != ".sig") continue;
    policy::DetachedSignature signature;
    signature.party = path.stem().string();
    KS_ASSIGN_OR_RETURN(signature.signature, ReadHex(path));
    KS_ASSIGN_OR_RETURN(
        signature.statement,
        ReadNamed(fs::path(path).replace_extension(".textproto")));
    files.signatures.push_back(std::move(signature));
  }
  return files;
}

absl::Status ReadAgencies(const std::vector<fs::path>& beside,
                          policy::PolicyFiles& files) {
  for (const fs::path& path : beside) {
    const std::string name = path.filename().string();
    if (name == kAgenciesFile) {
      KS_ASSIGN_OR_RETURN(files.agencies, ReadNamed(path));
    }
    absl::string_view agency = name;
    if (!absl::ConsumePrefix(&agency, absl::StrCat(kAgenciesFile, ".")) ||
        !absl::ConsumeSuffix(&agency, ".sig"))
      continue;
    KS_ASSIGN_OR_RETURN(std::string hex, ReadHex(path));
    files.agencies_signatures.push_back({std::string(agency), std::move(hex)});
  }
  return absl::OkStatus();
}

bool VerifyParty(const std::vector<share::Agency>& agencies,
                 absl::string_view party, absl::string_view message,
                 absl::string_view hex) {
  if (hex.size() != 128) return false;
  for (char c : hex)
    if (!absl::ascii_isxdigit(c)) return false;
  const auto signature =
      crypto::Signature::FromBytes(absl::HexStringToBytes(hex));
  for (const share::Agency& agency : agencies)
    if (agency.id.str() == party)
      return signature.ok() &&
             crypto::Verify(agency.signing_key, kAgreementLabel, message,
                            *signature)
                 .ok();
  return false;
}

}  // namespace

absl::StatusOr<policy::PolicyFiles> ReadPolicyFiles(
    const std::string& law_folder, const std::string& agreements_folder) {
  policy::PolicyFiles files;
  KS_ASSIGN_OR_RETURN(const auto law, Entries(law_folder));
  for (const fs::path& path : law) {
    if (path.extension() != ".textproto") continue;
    KS_ASSIGN_OR_RETURN(policy::NamedBytes named, ReadNamed(path));
    files.law.push_back(std::move(named));
  }
  KS_ASSIGN_OR_RETURN(const auto folders, Entries(agreements_folder));
  KS_RETURN_IF_ERROR(ReadAgencies(folders, files));
  for (const fs::path& folder : folders) {
    if (!fs::is_directory(folder)) continue;
    KS_ASSIGN_OR_RETURN(policy::AgreementFiles agreement,
                        ReadAgreement(folder));
    files.agreements.push_back(std::move(agreement));
  }
  return files;
}

policy::LoadOptions PolicyOptions(const share::Consortium& consortium,
                                  absl::Time now) {
  policy::LoadOptions options;
  options.sha256 = [](absl::string_view bytes) {
    return crypto::Sha256(bytes).str();
  };
  options.verify = [agencies = consortium.agencies](
                       absl::string_view party, absl::string_view message,
                       absl::string_view signature) {
    return VerifyParty(agencies, party, message, signature);
  };
  options.key_of = [agencies = consortium.agencies](absl::string_view party) {
    for (const share::Agency& agency : agencies)
      if (agency.id.str() == party)
        return absl::BytesToHexString(agency.signing_key.view());
    return std::string();
  };
  options.demo_mode = consortium.demonstration;
  options.today = absl::ToCivilDay(now, absl::UTCTimeZone());
  return options;
}

absl::StatusOr<std::shared_ptr<const policy::ActiveSet>> LoadPolicy(
    const std::string& law_folder, const std::string& agreements_folder,
    const share::Consortium& consortium, absl::Time now) {
  KS_ASSIGN_OR_RETURN(const policy::PolicyFiles files,
                      ReadPolicyFiles(law_folder, agreements_folder));
  policy::LoadResult result =
      policy::Load(files, PolicyOptions(consortium, now));
  if (result.set != nullptr) return result.set;
  std::string mistakes;
  for (const policy::Issue& issue : result.issues)
    if (issue.severity == policy::Severity::kError)
      absl::StrAppend(&mistakes, mistakes.empty() ? "" : "\n",
                      policy::Format(issue));
  return absl::InvalidArgumentError(mistakes);
}

}  // namespace kinstile::wire
