// SPDX-License-Identifier: Apache-2.0
// GET over HTTP from one server that the agency itself runs.
#ifndef KINSTILE_ADAPTERS_SOURCES_FHIR_HTTP_H_
#define KINSTILE_ADAPTERS_SOURCES_FHIR_HTTP_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "adapters/identity/pii.h"

namespace kinstile::sources {

struct HttpReply {
  long status = 0;
  std::string body;
  std::string content_location;
  int retry_after_seconds = 0;
};

// Only ever to the base's own scheme, host and port, whatever address a reply
// holds: a token must not follow a link elsewhere. No redirects. TLS is
// verified; plain http is for loopback. Thread-safe.
//
// UNAVAILABLE: no answer, or none in time; errors never hold an address or a
// body, which can name people.
class HttpClient {
 public:
  struct Options {
    std::string base;       // "https://fhir.example.nhs.uk/R4"
    identity::Pii<> token;  // sent as a bearer token; empty: none
    std::string ca_file;    // empty: the system's
    absl::Duration timeout = absl::Seconds(10);
    size_t max_body = 64 << 20;
  };
  // INVALID_ARGUMENT: the base.
  static absl::StatusOr<std::unique_ptr<HttpClient>> Create(Options options);
  ~HttpClient();

  const std::string& base() const { return options_.base; }

  // `url` is absolute, or follows the base.
  absl::StatusOr<HttpReply> Get(const std::string& url,
                                const std::vector<std::string>& headers);
  // A 200 of any length, line by line; an error of `fn` ends it. A line over
  // 16 MiB ends it, too. Stops when a minute brings nothing.
  absl::Status GetLines(const std::string& url,
                        absl::FunctionRef<absl::Status(absl::string_view)> fn);

 private:
  struct Handle;
  explicit HttpClient(Options options);
  absl::StatusOr<std::unique_ptr<Handle>> Prepare(const std::string& url);
  void GiveBack(std::unique_ptr<Handle> handle);

  const Options options_;
  std::string origin_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_FHIR_HTTP_H_
