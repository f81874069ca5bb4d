// SPDX-License-Identifier: Apache-2.0
// The consortium's certificate authority, for the key ceremony.
#ifndef KINSTILE_ADAPTERS_CLI_TLS_AUTHORITY_H_
#define KINSTILE_ADAPTERS_CLI_TLS_AUTHORITY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kinstile::cli {

// A certificate and its key, PEM. `key` is secret; the caller wipes it.
struct IssuedCertificate {
  std::string certificate;
  std::string key;
};

// ECDSA P-256 (OpenSSL). The authority only says that a certificate belongs to
// the consortium; whose it is, the manifest's pins say.
class TlsAuthority {
 public:
  // A new authority, valid from an hour before `now` for ten years.
  static absl::StatusOr<std::unique_ptr<TlsAuthority>> Create(
      const std::string& consortium, absl::Time now);
  virtual ~TlsAuthority() = default;

  virtual const std::string& certificate() const = 0;
  virtual const std::string& key() const = 0;  // wiped with the authority

  // For both ends of TLS, subject and DNS name `party`.kinstile.internal.
  virtual absl::StatusOr<IssuedCertificate> Issue(const std::string& party,
                                                  absl::Time not_before,
                                                  absl::Time not_after) = 0;
};

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_TLS_AUTHORITY_H_
