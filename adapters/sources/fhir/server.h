// SPDX-License-Identifier: Apache-2.0
// A FHIR server over its REST API.
#ifndef KINSTILE_ADAPTERS_SOURCES_FHIR_SERVER_H_
#define KINSTILE_ADAPTERS_SOURCES_FHIR_SERVER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "adapters/sources/fhir/http.h"
#include "adapters/sources/fhir/store.h"

namespace kinstile::sources {

// Registers come page by page (search, link "next"), or from a bulk export of
// the whole server ($export, FHIR Bulk Data Access 2.0), asked for once for all
// types until StartOver. Single resources are read live.
class FhirServer : public FhirStore {
 public:
  FhirServer(std::unique_ptr<HttpClient> http, bool bulk_export)
      : http_(std::move(http)), bulk_export_(bulk_export) {}

  absl::Status ForEach(const std::string& type, Each fn,
                       IssueList& issues) override;
  absl::StatusOr<FhirJson> Read(const std::string& type,
                                const std::string& id) override;
  absl::StatusOr<FhirJson> First(const std::string& search) override;
  void StartOver() override;

 private:
  // By type, the files of an export.
  using Export = std::multimap<std::string, std::string>;

  absl::StatusOr<FhirJson> GetJson(const std::string& url);
  absl::Status ForEachPage(const std::string& type, Each fn, IssueList& issues);
  absl::StatusOr<Export> RunExport();
  absl::StatusOr<Export> CurrentExport();

  const std::unique_ptr<HttpClient> http_;
  const bool bulk_export_;
  absl::Mutex mutex_;
  bool exported_ ABSL_GUARDED_BY(mutex_) = false;
  Export export_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_FHIR_SERVER_H_
