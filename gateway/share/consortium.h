// SPDX-License-Identifier: Apache-2.0
// The parties of the consortium manifest, checked: whose key is whose.
#ifndef KINSTILE_GATEWAY_SHARE_CONSORTIUM_H_
#define KINSTILE_GATEWAY_SHARE_CONSORTIUM_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gateway/audit/note.h"
#include "gateway/audit/tlog_policy.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/oprf.h"
#include "gateway/crypto/sign.h"

namespace kinstile::share {

// One key of an information-governance or oversight team.
struct Officer {
  std::string key_id;
  crypto::BoxPublicKey audit_key;
  std::string bucket = {};                   // empty: every one
  std::vector<std::string> agreements = {};  // empty: every one
};

// Reads every agency's part of the trail.
struct OversightTeam {
  std::string id;
  std::string name;
  std::vector<Officer> officers;
};

// Whose entries are kept together, and for how many months.
struct RetentionClass {
  std::string name;
  std::vector<std::string> agreements;
  uint32_t keep_months = 0;
};

struct Agency {
  AgencyId id;
  std::string name;
  // SHA-256 of the subjectPublicKeyInfo of its TLS keys.
  std::vector<Digest> tls_pins;
  crypto::VerifyKey signing_key;
  crypto::BoxPublicKey comparison_key;
  std::vector<Officer> officers;
  uint64_t register_size = 0;
  audit::NoteVerifier witness;  // cosignature/v1
};

// How the trails are witnessed; the agencies are the policy's witnesses, by id.
// Without a manifest: nobody need cosign.
struct WitnessRules {
  audit::TlogPolicy policy;
  // How long after the last quorum what is sensitive, and everything, stops.
  absl::Duration sensitive = absl::Minutes(15);
  absl::Duration ordinary = absl::Hours(4);
};

// A daemon that is no agency: the gateway or a key holder.
struct Daemon {
  std::string id;
  std::vector<Digest> tls_pins;
  crypto::VerifyKey log_key;
  std::string log_origin;
};

struct KeyHolder {
  Daemon daemon;
  // 1..n, and the public key of the share (RFC 9497 pkS).
  uint8_t share_index = 0;
  crypto::OprfPublicKey share_key;
  // The agency whose organisation runs it; its officers read its trail.
  AgencyId organisation;
};

// One version of the manifest. Immutable; built only by ParseManifest
// (gateway/wire/manifest.h), which has checked signatures, ids, keys and that
// no key or pin occurs twice.
struct Consortium {
  std::string name;
  uint32_t version = 0;
  // SHA-256 of the signed bytes.
  Digest digest;
  bool demonstration = false;
  std::vector<Agency> agencies;
  std::vector<Daemon> gateways;
  std::vector<KeyHolder> key_holders;
  uint32_t key_epoch = 0;
  uint32_t key_threshold = 0;
  std::vector<OversightTeam> oversight;
  std::vector<RetentionClass> retention;
  // What was signed, and by whom: the trail keeps both.
  std::string signed_bytes;
  std::vector<std::pair<std::string, crypto::Signature>> signatures;
  WitnessRules witnesses;

  const Agency* FindAgency(const AgencyId& id) const;
  const Agency* FindAgency(absl::string_view id) const;
  // The agency whose TLS key this is, or nullptr.
  const Agency* FindAgencyByPin(const Digest& spki) const;
  const Daemon* FindGateway(absl::string_view id) const;
  const KeyHolder* FindKeyHolder(absl::string_view id) const;
};

// The manifest in force, replaced while the daemon runs. Thread-safe; whoever
// holds a snapshot keeps it alive.
class Directory {
 public:
  explicit Directory(std::shared_ptr<const Consortium> first)
      : current_(std::move(first)) {}

  std::shared_ptr<const Consortium> Current() const {
    std::lock_guard lock(mutex_);
    return current_;
  }
  // FAILED_PRECONDITION when `next` has a lower version, or the same version
  // with other bytes; the current one stays.
  absl::Status Replace(std::shared_ptr<const Consortium> next);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Consortium> current_;
};

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_CONSORTIUM_H_
