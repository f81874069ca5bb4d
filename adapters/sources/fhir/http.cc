// SPDX-License-Identifier: Apache-2.0
// libcurl, told to follow nothing.
#include "adapters/sources/fhir/http.h"

#include <curl/curl.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"

namespace kinstile::sources {
namespace {

constexpr size_t kMaxLine = 16 << 20;
constexpr size_t kMaxIdle = 4;

void StartCurl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)started;
}

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// "scheme://host:port" in lower case, with the port always there; empty for
// what is no http address.
std::string OriginOf(const std::string& text) {
  std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return "";
  std::string origin;
  for (const CURLUPart part :
       {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
    char* value = nullptr;
    if (curl_url_get(url.get(), part, &value, CURLU_DEFAULT_PORT) != CURLUE_OK)
      return "";
    absl::StrAppend(&origin, part == CURLUPART_SCHEME ? "" : "|", value);
    curl_free(value);
  }
  return absl::AsciiStrToLower(origin);
}

// Where a reply's body goes; a status that is not OK ends the transfer.
struct Sink {
  absl::FunctionRef<absl::Status(absl::string_view)> take;
  absl::Status status;
};

size_t OnBody(char* data, size_t size, size_t n, void* user) {
  Sink& sink = *static_cast<Sink*>(user);
  sink.status = sink.take({data, size * n});
  return sink.status.ok() ? size * n : 0;
}

size_t OnHeader(char* data, size_t size, size_t n, void* user) {
  HttpReply& reply = *static_cast<HttpReply*>(user);
  absl::string_view line(data, size * n);
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return size * n;
  const absl::string_view value =
      absl::StripAsciiWhitespace(line.substr(colon + 1));
  if (absl::EqualsIgnoreCase(line.substr(0, colon), "content-location"))
    reply.content_location = std::string(value);
  if (absl::EqualsIgnoreCase(line.substr(0, colon), "retry-after") &&
      !absl::SimpleAtoi(value, &reply.retry_after_seconds))
    reply.retry_after_seconds = 0;
  return size * n;
}

absl::Status Failed(CURLcode code) {
  return absl::UnavailableError(
      absl::StrCat("FHIR server: ", curl_easy_strerror(code)));
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = nullptr;
  curl_slist* headers = nullptr;
  ~Handle() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }
  void Header(const std::string& line) {
    headers = curl_slist_append(headers, line.c_str());
  }
};

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Create(
    Options options) {
  StartCurl();
  while (absl::EndsWith(options.base, "/")) options.base.pop_back();
  const std::string origin = OriginOf(options.base);
  const bool loopback = absl::StartsWith(origin, "http|127.0.0.1|") ||
                        absl::StartsWith(origin, "http|localhost|") ||
                        absl::StartsWith(origin, "http|[::1]|");
  if (!absl::StartsWith(origin, "https|") && !loopback)
    return absl::InvalidArgumentError(
        "fhir.server: must be an https:// address (http:// on loopback only)");
  std::unique_ptr<HttpClient> client(new HttpClient(std::move(options)));
  client->origin_ = origin;
  return client;
}

HttpClient::HttpClient(Options options) : options_(std::move(options)) {}
HttpClient::~HttpClient() = default;

absl::StatusOr<std::unique_ptr<HttpClient::Handle>> HttpClient::Prepare(
    const std::string& url) {
  // A search may hold an address as a value, behind its question mark.
  const bool absolute = url.find("://") < url.find('?');
  const std::string full =
      absolute ? url : absl::StrCat(options_.base, "/", url);
  if (OriginOf(full) != origin_)
    return absl::FailedPreconditionError(
        "FHIR server: a link points to another server");
  std::unique_ptr<Handle> handle;
  {
    absl::MutexLock lock(&mutex_);
    if (!idle_.empty()) {
      handle = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (handle == nullptr) {
    handle = std::make_unique<Handle>();
    handle->curl = curl_easy_init();
    if (handle->curl == nullptr) return absl::InternalError("libcurl");
  }
  CURL* const c = handle->curl;
  curl_easy_setopt(c, CURLOPT_URL, full.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_PROXY, "");  // the agency's own network
  curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(
      c, CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.timeout)));
  if (!options_.ca_file.empty())
    curl_easy_setopt(c, CURLOPT_CAINFO, options_.ca_file.c_str());
  if (!options_.token.empty()) {
    curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER,
                     options_.token.Reveal(identity::PiiAccess{}).c_str());
  }
  return handle;
}

void HttpClient::GiveBack(std::unique_ptr<Handle> handle) {
  curl_slist_free_all(handle->headers);
  handle->headers = nullptr;
  curl_easy_reset(handle->curl);  // keeps its connection
  absl::MutexLock lock(&mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(handle));
}

absl::StatusOr<HttpReply> HttpClient::Get(
    const std::string& url, const std::vector<std::string>& headers) {
  KS_ASSIGN_OR_RETURN(auto handle, Prepare(url));
  HttpReply reply;
  auto take = [&](absl::string_view part) -> absl::Status {
    if (reply.body.size() + part.size() > options_.max_body)
      return absl::FailedPreconditionError("FHIR server: a reply is too large");
    reply.body.append(part.data(), part.size());
    return absl::OkStatus();
  };
  Sink sink{take, {}};
  for (const std::string& line : headers) handle->Header(line);
  CURL* const c = handle->curl;
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, handle->headers);
  curl_easy_setopt(
      c, CURLOPT_TIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.timeout)));
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &sink);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, &reply);
  const CURLcode code = curl_easy_perform(c);
  KS_RETURN_IF_ERROR(sink.status);
  if (code != CURLE_OK) return Failed(code);
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &reply.status);
  GiveBack(std::move(handle));
  return reply;
}

absl::Status HttpClient::GetLines(
    const std::string& url,
    absl::FunctionRef<absl::Status(absl::string_view)> fn) {
  KS_ASSIGN_OR_RETURN(auto handle, Prepare(url));
  CURL* const c = handle->curl;
  std::string line;
  long status = 0;
  auto take = [&](absl::string_view part) -> absl::Status {
    if (status == 0) curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) return absl::OkStatus();
    for (size_t end; (end = part.find('\n')) != absl::string_view::npos;
         part.remove_prefix(end + 1)) {
      line.append(part.data(), end);
      KS_RETURN_IF_ERROR(fn(line));
      line.clear();
    }
    if (line.size() + part.size() > kMaxLine)
      return absl::FailedPreconditionError("FHIR server: a line is too long");
    line.append(part.data(), part.size());
    return absl::OkStatus();
  };
  Sink sink{take, {}};
  handle->Header("Accept: application/fhir+ndjson");
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, handle->headers);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &sink);
  const CURLcode code = curl_easy_perform(c);
  KS_RETURN_IF_ERROR(sink.status);
  if (code != CURLE_OK) return Failed(code);
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  GiveBack(std::move(handle));
  if (status != 200)
    return absl::UnavailableError(absl::StrCat("FHIR server: status ", status));
  return line.empty() ? absl::OkStatus() : fn(line);
}

}  // namespace kinstile::sources
