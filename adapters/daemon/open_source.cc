// SPDX-License-Identifier: Apache-2.0
// One of the kinds of source, with its mapping.
#include "adapters/daemon/open_source.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "adapters/sources/csv/csv_source.h"
#include "adapters/sources/fhir/fhir_source.h"
#include "adapters/sources/fhir/server.h"
#include "adapters/sources/mapping.h"
#include "adapters/sources/sql/sql_source.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/text.h"

namespace kinstile::daemon {
namespace {

using Source = std::unique_ptr<sources::RecordSource>;

absl::StatusOr<Source> OpenCsv(const std::string& config_path,
                               const v1::CsvSourceConfig& csv) {
  auto path = [&](const std::string& p) {
    return wire::ResolvePath(config_path, p);
  };
  KS_ASSIGN_OR_RETURN(sources::SourceMapping mapping,
                      sources::LoadMapping(path(csv.mapping())));
  std::vector<std::pair<std::string, std::string>> joined;
  for (const v1::NamedFile& file : csv.joined())
    joined.emplace_back(file.name(), path(file.file()));
  return sources::CsvSource::Open(path(csv.file()), std::move(mapping), joined);
}

absl::StatusOr<Source> OpenOdbc(const std::string& config_path,
                                const v1::OdbcSourceConfig& odbc,
                                const Clock& clock) {
  KS_ASSIGN_OR_RETURN(
      sources::SourceMapping mapping,
      sources::LoadMapping(wire::ResolvePath(config_path, odbc.mapping())));
  sources::SqlSource::Options options;
  KS_ASSIGN_OR_RETURN(options.connection_string,
                      ReadConnectionString(wire::ResolvePath(
                          config_path, odbc.connection_file())));
  if (odbc.has_record_deadline_ms())
    options.record_deadline = absl::Milliseconds(odbc.record_deadline_ms());
  return sources::SqlSource::Open(std::move(options), std::move(mapping),
                                  clock);
}

absl::StatusOr<std::unique_ptr<sources::FhirStore>> OpenStore(
    const std::string& config_path, const v1::FhirSourceConfig& fhir) {
  auto path = [&](const std::string& p) {
    return wire::ResolvePath(config_path, p);
  };
  if (fhir.server().empty() == fhir.folder().empty())
    return absl::InvalidArgumentError(
        absl::StrCat(config_path, ": fhir: either server or folder"));
  if (!fhir.folder().empty())
    return sources::OpenFhirFolder(path(fhir.folder()));
  sources::HttpClient::Options options;
  options.base = fhir.server();
  if (!fhir.token_file().empty()) {
    KS_ASSIGN_OR_RETURN(options.token,
                        ReadConnectionString(path(fhir.token_file())));
  }
  if (!fhir.ca_file().empty()) options.ca_file = path(fhir.ca_file());
  if (fhir.has_deadline_ms())
    options.timeout = absl::Milliseconds(fhir.deadline_ms());
  KS_ASSIGN_OR_RETURN(auto http,
                      sources::HttpClient::Create(std::move(options)));
  return std::make_unique<sources::FhirServer>(std::move(http),
                                               fhir.bulk_export());
}

absl::StatusOr<Source> OpenFhir(const std::string& config_path,
                                const v1::FhirSourceConfig& fhir,
                                const Clock& clock) {
  KS_ASSIGN_OR_RETURN(
      sources::SourceMapping mapping,
      sources::LoadMapping(wire::ResolvePath(config_path, fhir.mapping())));
  KS_ASSIGN_OR_RETURN(auto store, OpenStore(config_path, fhir));
  return sources::FhirSource::Open(std::move(store), std::move(mapping), clock);
}

}  // namespace

absl::StatusOr<Source> OpenSource(const std::string& config_path,
                                  const v1::AdapterConfig& config,
                                  const Clock& clock) {
  if (config.has_csv() + config.has_odbc() + config.has_fhir() != 1)
    return absl::InvalidArgumentError(
        absl::StrCat(config_path, ": give one of csv, odbc and fhir"));
  if (config.has_odbc()) return OpenOdbc(config_path, config.odbc(), clock);
  if (config.has_fhir()) return OpenFhir(config_path, config.fhir(), clock);
  return OpenCsv(config_path, config.csv());
}

absl::StatusOr<identity::Pii<>> ReadConnectionString(const std::string& path) {
  KS_RETURN_IF_ERROR(wire::CheckSecretMode(path));
  KS_ASSIGN_OR_RETURN(std::string text, wire::ReadFile(path, 1 << 16));
  absl::StripAsciiWhitespace(&text);
  if (text.empty())
    return absl::FailedPreconditionError(absl::StrCat(path, ": is empty"));
  return identity::Pii<>(std::move(text));
}

}  // namespace kinstile::daemon
