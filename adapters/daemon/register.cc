// SPDX-License-Identifier: Apache-2.0
// Handles and the structure of the register.
#include "adapters/daemon/register.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/time/civil_time.h"
#include "adapters/identity/normalise.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::daemon {
namespace {

// Only addresses are read here: no birth date is in the future.
constexpr absl::CivilDay kNoFuture(9999, 1, 1);

template <class Id>
Id HandleFrom(const crypto::MacKey& key, absl::string_view label,
              const identity::Pii<>& local) {
  const Digest mac =
      crypto::HmacSha256(key, label, local.Reveal(identity::PiiAccess()));
  Id id;
  std::copy_n(mac.bytes.begin(), Id::kSize, id.bytes.begin());
  return id;
}

}  // namespace

Handle Handles::ForRecord(const identity::Pii<>& local_id) const {
  return HandleFrom<Handle>(key_, "kinstile/v1/record-handle", local_id);
}

FamilyHandle Handles::ForFamily(const identity::Pii<>& local_family) const {
  return HandleFrom<FamilyHandle>(key_, "kinstile/v1/family-handle",
                                  local_family);
}

std::string Handles::Pseudonym(const AgencyId& receiver,
                               const AgreementId& agreement,
                               absl::string_view item,
                               absl::string_view value) const {
  Encoder e("kinstile/v1/pseudonym");
  e.Bytes(receiver.str()).Bytes(agreement.str()).Bytes(item).Bytes(value);
  const Digest mac =
      crypto::HmacSha256(key_, "kinstile/v1/pseudonym", e.view());
  return absl::BytesToHexString(mac.view().substr(0, 16));
}

FamilyHandle Handles::FamilyOf(const sources::SourceRecord& record) const {
  if (!record.local_family.empty()) return ForFamily(record.local_family);
  return HandleFrom<FamilyHandle>(key_, "kinstile/v1/family-of-one",
                                  record.local_id);
}

absl::StatusOr<std::shared_ptr<const Register>> Register::Read(
    sources::RecordSource& source, const Handles& handles) {
  auto out = std::make_shared<Register>();
  std::vector<sources::RowIssue> issues;
  KS_RETURN_IF_ERROR(source.ForEach(
      [&](sources::SourceRecord record) {
        const Handle handle = handles.ForRecord(record.local_id);
        const FamilyHandle family = handles.FamilyOf(record);
        out->communal_.Count(
            identity::Normalise(record.person, kNoFuture).person);
        out->families_[family].push_back(handle);
        out->entries_[handle] = {std::move(record.local_id), family,
                                 record.shielded};
        return absl::OkStatus();
      },
      issues));
  for (auto& [family, members] : out->families_)
    std::sort(members.begin(), members.end());
  return out;
}

const Register::Entry* Register::Find(const Handle& handle) const {
  auto it = entries_.find(handle);
  return it == entries_.end() ? nullptr : &it->second;
}

std::vector<Handle> Register::FamilyMembers(const Handle& handle) const {
  const Entry* entry = Find(handle);
  if (entry == nullptr) return {};
  return families_.at(entry->family);
}

bool Register::FamilyShielded(const Handle& handle) const {
  const std::vector<Handle> members = FamilyMembers(handle);
  return std::any_of(members.begin(), members.end(),
                     [&](const Handle& h) { return Find(h)->shielded; });
}

}  // namespace kinstile::daemon
