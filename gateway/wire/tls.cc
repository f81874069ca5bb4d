// SPDX-License-Identifier: Apache-2.0
// gRPC's TLS with certificates from a watched folder and pinned peers.
#include "gateway/wire/tls.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/text.h"

namespace kinstile::wire {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kRefreshSeconds = 5;

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

absl::StatusOr<X509Ptr> ParseCertificate(absl::string_view pem) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  X509Ptr cert(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
               &X509_free);
  if (cert == nullptr)
    return absl::InvalidArgumentError("certificate: is no PEM certificate");
  return cert;
}

std::shared_ptr<tls::FileWatcherCertificateProvider> Watch(const TlsFolder& f) {
  return std::make_shared<tls::FileWatcherCertificateProvider>(
      f.path + "/key.pem", f.path + "/cert.pem", f.path + "/ca.pem",
      kRefreshSeconds);
}

// Runs after the chain was verified: the key must be one the manifest names.
class PinVerifier final : public tls::ExternalCertificateVerifier {
 public:
  explicit PinVerifier(std::function<std::vector<Digest>()> pins)
      : pins_(std::move(pins)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    const grpc::string_ref pem = request->peer_cert();
    const auto pin = SpkiPin({pem.data(), pem.size()});
    const std::vector<Digest> pins = pins_();
    if (!pin.ok() || std::find(pins.begin(), pins.end(), *pin) == pins.end())
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                             "the server's key is not the manifest's");
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::function<std::vector<Digest>()> pins_;
};

absl::Status CheckDates(const X509& cert, const std::string& path,
                        absl::Time now) {
  // X509_cmp_time answers 0 for a date that it cannot read.
  const time_t t = absl::ToTimeT(now);
  time_t at = t;
  if (X509_cmp_time(X509_get0_notBefore(&cert), &at) >= 0)
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": the certificate is not valid yet"));
  at = t;
  if (X509_cmp_time(X509_get0_notAfter(&cert), &at) <= 0)
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": the certificate has expired"));
  return absl::OkStatus();
}

// The key is the owner's alone and is the certificate's.
absl::Status CheckKey(const std::string& key_path,
                      const std::string& cert_path) {
  KS_RETURN_IF_ERROR(CheckSecretMode(key_path));
  KS_ASSIGN_OR_RETURN(std::string pem, ReadFile(key_path));
  KS_ASSIGN_OR_RETURN(const std::string cert_pem, ReadFile(cert_path));
  KS_ASSIGN_OR_RETURN(const X509Ptr cert, ParseCertificate(cert_pem));
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
      &EVP_PKEY_free);
  crypto::Wipe(pem);
  if (key == nullptr || X509_check_private_key(cert.get(), key.get()) != 1)
    return absl::FailedPreconditionError(
        absl::StrCat(key_path, ": is not the key of cert.pem"));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTlsFolder(const TlsFolder& folder, absl::Time now) {
  for (const char* name : {"/cert.pem", "/ca.pem"}) {
    const std::string path = folder.path + name;
    KS_ASSIGN_OR_RETURN(const std::string pem, ReadFile(path));
    const auto cert = ParseCertificate(pem);
    if (!cert.ok())
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": is no PEM certificate"));
    KS_RETURN_IF_ERROR(CheckDates(**cert, path, now));
  }
  return CheckKey(folder.path + "/key.pem", folder.path + "/cert.pem");
}

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(
    const TlsFolder& folder) {
  tls::TlsServerCredentialsOptions options(Watch(folder));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  // Whose certificate it is, is looked up in the manifest on every call.
  options.set_certificate_verifier(
      std::make_shared<tls::NoOpCertificateVerifier>());
  return tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> ClientCredentials(
    const TlsFolder& folder, std::function<std::vector<Digest>()> pins) {
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(folder));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_check_call_host(false);  // the pin says who it is
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<PinVerifier>(std::move(pins)));
  return tls::TlsCredentials(options);
}

absl::StatusOr<Digest> SpkiPin(absl::string_view cert_pem) {
  KS_ASSIGN_OR_RETURN(const X509Ptr cert, ParseCertificate(cert_pem));
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert.get()), &der);
  if (size <= 0)
    return absl::InvalidArgumentError("certificate: has no public key");
  const Digest pin = crypto::Sha256(
      {reinterpret_cast<const char*>(der), static_cast<size_t>(size)});
  OPENSSL_free(der);
  return pin;
}

}  // namespace kinstile::wire
