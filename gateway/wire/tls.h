// SPDX-License-Identifier: Apache-2.0
// Mutual TLS: credentials from a folder, peers known by the manifest's pins.
#ifndef KINSTILE_GATEWAY_WIRE_TLS_H_
#define KINSTILE_GATEWAY_WIRE_TLS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace kinstile::wire {

// A folder with cert.pem, key.pem and ca.pem, read again every few seconds: to
// rotate, replace the folder (a symlink) in one step.
struct TlsFolder {
  std::string path;
};

// FAILED_PRECONDITION naming the file that is missing, unreadable, expired or
// not yet valid, or the key that others may read or is not the certificate's.
absl::Status CheckTlsFolder(const TlsFolder& folder, absl::Time now);

// A client must present a certificate that the consortium's CA signed and that
// is in date; whose it is, PeerPin says afterwards.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(
    const TlsFolder& folder);

// The server must present a certificate that the CA signed and whose key is
// one of `pins` at that moment (the manifest may change while we run).
std::shared_ptr<grpc::ChannelCredentials> ClientCredentials(
    const TlsFolder& folder, std::function<std::vector<Digest>()> pins);

// SHA-256 of the certificate's subjectPublicKeyInfo (RFC 5280, DER).
absl::StatusOr<Digest> SpkiPin(absl::string_view cert_pem);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_TLS_H_
