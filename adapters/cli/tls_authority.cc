// SPDX-License-Identifier: Apache-2.0
// X.509 with OpenSSL.
#include "adapters/cli/tls_authority.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/secret.h"

namespace kinstile::cli {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertPtr = std::unique_ptr<X509, decltype(&X509_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

absl::Status Failed(absl::string_view what) {
  return absl::InternalError(absl::StrCat("openssl: cannot ", what));
}

// Empties the buffer too, which may have held a key.
std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  crypto::Wipe(data, text.size());
  return text;
}

std::string ToPem(X509* cert) {
  BioPtr bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(bio.get(), cert);
  return Drain(bio.get());
}

std::string ToPem(EVP_PKEY* key) {
  BioPtr bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
                           nullptr);
  return Drain(bio.get());
}

absl::Status AddExtension(X509* cert, X509* issuer, int nid,
                          const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return Failed("make an extension");
  const int added = X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
  return added == 1 ? absl::OkStatus() : Failed("add an extension");
}

absl::Status SetSerial(X509* cert) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return Failed("draw a serial");
  bytes[0] &= 0x7f;  // positive (RFC 5280 section 4.1.2.2)
  BIGNUM* number = BN_bin2bn(bytes, sizeof bytes, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
  BN_free(number);
  return absl::OkStatus();
}

absl::StatusOr<CertPtr> NewCertificate(const std::string& name, EVP_PKEY* key,
                                       absl::Time from, absl::Time to) {
  CertPtr cert(X509_new(), &X509_free);
  X509_set_version(cert.get(), 2);
  KS_RETURN_IF_ERROR(SetSerial(cert.get()));
  ASN1_TIME_set(X509_getm_notBefore(cert.get()), absl::ToTimeT(from));
  ASN1_TIME_set(X509_getm_notAfter(cert.get()), absl::ToTimeT(to));
  X509_set_pubkey(cert.get(), key);
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(cert.get()), "CN", MBSTRING_UTF8,
      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return cert;
}

class Authority final : public TlsAuthority {
 public:
  Authority(KeyPtr key, CertPtr cert)
      : key_(std::move(key)),
        cert_(std::move(cert)),
        certificate_pem_(ToPem(cert_.get())),
        key_pem_(ToPem(key_.get())) {}
  ~Authority() override { crypto::Wipe(key_pem_); }

  const std::string& certificate() const override { return certificate_pem_; }
  const std::string& key() const override { return key_pem_; }

  absl::StatusOr<IssuedCertificate> Issue(const std::string& party,
                                          absl::Time not_before,
                                          absl::Time not_after) override {
    const std::string name = absl::StrCat(party, ".kinstile.internal");
    KeyPtr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    if (key == nullptr) return Failed("make a key");
    KS_ASSIGN_OR_RETURN(CertPtr cert,
                        NewCertificate(name, key.get(), not_before, not_after));
    X509_set_issuer_name(cert.get(), X509_get_subject_name(cert_.get()));
    KS_RETURN_IF_ERROR(AddExtension(
        cert.get(), cert_.get(), NID_basic_constraints, "critical,CA:FALSE"));
    KS_RETURN_IF_ERROR(AddExtension(cert.get(), cert_.get(), NID_ext_key_usage,
                                    "serverAuth,clientAuth"));
    KS_RETURN_IF_ERROR(AddExtension(cert.get(), cert_.get(),
                                    NID_subject_alt_name,
                                    absl::StrCat("DNS:", name)));
    if (X509_sign(cert.get(), key_.get(), EVP_sha256()) == 0)
      return Failed("sign a certificate");
    return IssuedCertificate{ToPem(cert.get()), ToPem(key.get())};
  }

 private:
  KeyPtr key_;
  CertPtr cert_;
  std::string certificate_pem_;
  std::string key_pem_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<TlsAuthority>> TlsAuthority::Create(
    const std::string& consortium, absl::Time now) {
  KeyPtr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  if (key == nullptr) return Failed("make a key");
  KS_ASSIGN_OR_RETURN(
      CertPtr cert,
      NewCertificate(absl::StrCat(consortium, " Kinstile CA"), key.get(),
                     now - absl::Hours(1), now + absl::Hours(24 * 3650)));
  X509_set_issuer_name(cert.get(), X509_get_subject_name(cert.get()));
  KS_RETURN_IF_ERROR(AddExtension(cert.get(), cert.get(), NID_basic_constraints,
                                  "critical,CA:TRUE,pathlen:0"));
  KS_RETURN_IF_ERROR(AddExtension(cert.get(), cert.get(), NID_key_usage,
                                  "critical,keyCertSign,cRLSign"));
  if (X509_sign(cert.get(), key.get(), EVP_sha256()) == 0)
    return Failed("sign the authority's certificate");
  return std::unique_ptr<TlsAuthority>(
      new Authority(std::move(key), std::move(cert)));
}

}  // namespace kinstile::cli
