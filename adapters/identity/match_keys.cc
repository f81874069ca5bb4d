// SPDX-License-Identifier: Apache-2.0
// What each match-key is made of.
#include "adapters/identity/match_keys.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/identity/names.h"
#include "adapters/identity/nicknames.h"
#include "gateway/base/encoding.h"

namespace kinstile::identity {
namespace {

using KeyParts = std::vector<std::string>;

const std::string& Read(const Pii<>& pii) { return pii.Reveal(PiiAccess{}); }

// YYYYMMDD, or nothing unless the whole date is known.
std::string Birth(const Person& p) {
  if (p.birth_year.empty() || p.birth_month.empty() || p.birth_day.empty())
    return "";
  return absl::StrCat(Read(p.birth_year), Read(p.birth_month),
                      Read(p.birth_day));
}

// SPEC.md, section 7. One line a key; the order is part of the specification.
KeyParts PartsOf(KeyId id, const Person& p) {
  const std::string& forename = Read(p.forename);
  const std::string& surname = Read(p.surname);
  switch (id) {
    case 0:
      return {p.nhs_verified ? Read(p.nhs_number) : ""};
    case 1:
      return {Read(p.nino)};
    case 2:
      return {p.identifier_kind, Read(p.identifier)};
    case 3:
      return {Nickname(forename), Birth(p)};
    case 4:
      return {Read(p.forename_initial), FirstLetters(surname, 1), Birth(p)};
    case 5:
      return {Soundex(forename), Soundex(surname), Read(p.sector)};
    case 6:
      return {Read(p.postcode), Read(p.birth_year), Read(p.birth_day)};
    case 7:
      return {Read(p.sector), Read(p.house), Read(p.forename_initial)};
    case 8:
      return {Read(p.house), Read(p.street), Read(p.birth_day),
              Read(p.birth_month)};
    case 9:
      return {Read(p.district), Read(p.street), Read(p.birth_year),
              Read(p.birth_month)};
    default:
      return {""};  // unknown: no key
  }
}

bool Complete(const KeyParts& parts) {
  for (const std::string& part : parts)
    if (part.empty()) return false;
  return true;
}

Pii<> Encode(const MatchKeyInfo& info, const KeyParts& parts) {
  Encoder encoder(
      absl::StrCat("kinstile/identity/", kIdentitySpecVersion, "/", info.name));
  for (const std::string& part : parts) encoder.Bytes(part);
  return Pii<>(std::move(encoder).Take());
}

}  // namespace

std::vector<MatchKey> MatchKeys(const Person& person) {
  std::vector<MatchKey> keys;
  for (const MatchKeyInfo& info : kMatchKeys) {
    const KeyParts parts = PartsOf(info.id, person);
    if (Complete(parts)) keys.push_back({info.id, Encode(info, parts)});
  }
  return keys;
}

}  // namespace kinstile::identity
