// SPDX-License-Identifier: Apache-2.0
// Signing certificates again, with OpenSSL.
#include "tests/e2e/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace kinstile::e2e {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio Reader(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

Certificate ReadCertificate(const std::string& pem) {
  const Bio in = Reader(pem);
  return {PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free};
}

Key ReadKey(const std::string& pem) {
  const Bio in = Reader(pem);
  return {PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr),
          &EVP_PKEY_free};
}

template <class Write>
std::string Pem(Write write) {
  const Bio out(BIO_new(BIO_s_mem()), &BIO_free);
  write(out.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

// Empty if it cannot be signed.
std::string Sign(X509* cert, EVP_PKEY* by) {
  if (X509_sign(cert, by, EVP_sha256()) == 0) return "";
  return Pem([&](BIO* out) { PEM_write_bio_X509(out, cert); });
}

}  // namespace

std::string Redated(const std::string& certificate, const std::string& ca_key,
                    absl::Time from, absl::Time to) {
  const Certificate cert = ReadCertificate(certificate);
  const Key key = ReadKey(ca_key);
  if (cert == nullptr || key == nullptr) return "";
  ASN1_TIME_set(X509_getm_notBefore(cert.get()), absl::ToTimeT(from));
  ASN1_TIME_set(X509_getm_notAfter(cert.get()), absl::ToTimeT(to));
  return Sign(cert.get(), key.get());
}

Rekeyed WithNewKey(const std::string& certificate, const std::string& ca_key) {
  const Certificate cert = ReadCertificate(certificate);
  const Key by = ReadKey(ca_key);
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  if (cert == nullptr || by == nullptr || key == nullptr) return {};
  X509_set_pubkey(cert.get(), key.get());
  return {Sign(cert.get(), by.get()), Pem([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0,
                                     nullptr, nullptr);
          })};
}

}  // namespace kinstile::e2e
