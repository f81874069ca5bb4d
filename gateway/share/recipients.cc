// SPDX-License-Identifier: Apache-2.0
// The one derivation that gateways and verifiers share.
#include "gateway/share/recipients.h"

namespace kinstile::share {

audit::KeyManifest RecipientsOf(const Consortium& consortium) {
  audit::KeyManifest out;
  const auto add = [](const std::vector<Officer>& officers,
                      audit::Audience& to) {
    for (const Officer& o : officers)
      to.recipients.push_back({o.key_id, o.audit_key, o.bucket, o.agreements});
  };
  for (const Agency& agency : consortium.agencies) {
    audit::Audience audience{agency.id.str(), {}};
    add(agency.officers, audience);
    for (const OversightTeam& team : consortium.oversight)
      add(team.officers, audience);
    out.audiences.push_back(std::move(audience));
  }
  for (const RetentionClass& c : consortium.retention)
    out.classes.push_back({c.name, c.agreements, c.keep_months});
  out.manifest_digest = consortium.digest;
  out.signed_bytes = consortium.signed_bytes;
  for (const auto& [agency, signature] : consortium.signatures)
    out.signatures.push_back({agency, signature});
  return out;
}

}  // namespace kinstile::share
