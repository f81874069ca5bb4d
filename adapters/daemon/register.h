// SPDX-License-Identifier: Apache-2.0
// The agency's own register as the adapter sees it: handles to records.
#ifndef KINSTILE_ADAPTERS_DAEMON_REGISTER_H_
#define KINSTILE_ADAPTERS_DAEMON_REGISTER_H_

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "adapters/identity/communal.h"
#include "adapters/identity/person.h"
#include "adapters/identity/pii.h"
#include "adapters/sources/source.h"
#include "gateway/base/clock.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/hash.h"

namespace kinstile::daemon {

// Handles are HMAC-SHA-256 of the local id under the agency's own handle key:
// the same for ever, whatever the matching key's epoch, and meaningless to
// anybody without the key. Families are labelled apart, so that a record and a
// family with one local name have different handles.
class Handles {
 public:
  explicit Handles(crypto::MacKey key) : key_(std::move(key)) {}
  Handle ForRecord(const identity::Pii<>& local_id) const;
  FamilyHandle ForFamily(const identity::Pii<>& local_family) const;
  // What stands for a value towards one receiver, under one agreement: the same
  // each time, and no link to what others get. 32 characters of hex.
  std::string Pseudonym(const AgencyId& receiver, const AgreementId& agreement,
                        absl::string_view item, absl::string_view value) const;
  // A record without a family is a family of one.
  FamilyHandle FamilyOf(const sources::SourceRecord& record) const;

  // A key of this agency for another use, named by its label.
  template <class Key>
  Key Subkey(absl::string_view label) const {
    return *Key::FromBytes(crypto::SecretAccess(),
                           crypto::HmacSha256(key_, label, "").view());
  }

 private:
  crypto::MacKey key_;
};

// A snapshot of the register's structure, without its people's details: which
// handle is which local record, and who is together. Immutable once built.
class Register {
 public:
  struct Entry {
    identity::Pii<> local_id;
    FamilyHandle family;
    bool shielded = false;
  };

  // Reads the whole source once; bad rows are left out (the enrolment reports
  // them). Errors as RecordSource::ForEach.
  static absl::StatusOr<std::shared_ptr<const Register>> Read(
      sources::RecordSource& source, const Handles& handles);

  // nullptr for an unknown handle.
  const Entry* Find(const Handle& handle) const;
  // The members of the record's family, itself included, ordered by handle.
  std::vector<Handle> FamilyMembers(const Handle& handle) const;
  // Whether anybody of the record's family is shielded by the source; by hand:
  // OwnShields.
  bool FamilyShielded(const Handle& handle) const;
  // Where many people of this register live at one address.
  const identity::CommunalAddresses& communal() const { return communal_; }
  size_t size() const { return entries_.size(); }

 private:
  absl::flat_hash_map<Handle, Entry> entries_;
  absl::flat_hash_map<FamilyHandle, std::vector<Handle>> families_;
  identity::CommunalAddresses communal_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_REGISTER_H_
