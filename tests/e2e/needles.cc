// SPDX-License-Identifier: Apache-2.0
// The forms in which a value could turn up.
#include "tests/e2e/needles.h"

#include <sodium.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "adapters/identity/match_keys.h"
#include "adapters/identity/normalise.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"

namespace kinstile::e2e {
namespace {

using identity::PiiAccess;

// Enough of a digest that it cannot be met by chance; what is cut to a shorter
// token (16 bytes are usual) is found too.
constexpr size_t kDigestPrefix = 12;

const std::string& Text(const identity::Pii<>& pii) {
  return pii.Reveal(PiiAccess());
}

std::string Squeezed(absl::string_view text) {
  return absl::StrReplaceAll(text, {{" ", ""}, {"-", ""}, {"'", ""}});
}

std::string BigEndian(uint64_t n, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i)
    out.push_back(static_cast<char>(n >> (8 * i) & 0xff));
  return out;
}

std::string LittleEndian(uint64_t n) {
  const std::string big = BigEndian(n, 8);
  return {big.rbegin(), big.rend()};
}

// The canonical encoding's way of writing parts, without its label.
std::string Parts(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts)
    absl::StrAppend(&out, BigEndian(part.size(), 4), part);
  return out;
}

bool ParseDate(const std::string& text, absl::CivilDay* day) {
  const std::vector<std::string> p =
      absl::StrSplit(text, absl::ByAnyChar("-/"));
  int n[3] = {};
  if (p.size() != 3) return false;
  for (int i = 0; i < 3; ++i)
    if (!absl::SimpleAtoi(p[i], &n[i])) return false;
  if (p[0].size() == 4) *day = absl::CivilDay(n[0], n[1], n[2]);
  if (p[2].size() == 4) *day = absl::CivilDay(n[2], n[1], n[0]);
  return p[0].size() == 4 || p[2].size() == 4;
}

}  // namespace

std::string Sha256Of(absl::string_view text) {
  std::string out(crypto_hash_sha256_BYTES, 0);
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(out.data()),
                     reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  return out;
}

std::string Blake2bOf(absl::string_view text, size_t size) {
  std::string out(size, 0);
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), size,
                     reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  return out;
}

std::string HmacOf(absl::string_view key, absl::string_view text) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(
      &state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(
      &state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string out(crypto_auth_hmacsha256_BYTES, 0);
  crypto_auth_hmacsha256_final(&state,
                               reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

uint32_t Needles::Id(const std::string& field, const std::string& text) {
  const auto [it, added] =
      ids_.emplace(std::pair(field, text), static_cast<uint32_t>(ids_.size()));
  if (added) values_.push_back({field, text});
  return it->second;
}

void Needles::AddForm(uint32_t value, std::string bytes, Form form) {
  if (bytes.empty()) return;
  const auto [it, added] =
      forms_.emplace(std::move(bytes), std::pair(value, form));
  // One needle for each string: as written counts most.
  if (!added && form < it->second.second) it->second = {value, form};
}

void Needles::AddName(const std::string& field, const identity::Pii<>& pii) {
  const std::string& text = Text(pii);
  if (text.empty()) return;
  const uint32_t id = Id(field, text);
  AddForm(id, text, Form::kAsWritten);
  AddForm(id, absl::AsciiStrToUpper(text), Form::kDerived);
  AddForm(id, absl::AsciiStrToLower(text), Form::kDerived);
  AddForm(id, Squeezed(text), Form::kDerived);
  AddForm(id, absl::AsciiStrToUpper(Squeezed(text)), Form::kDerived);
  AddForm(id, absl::AsciiStrToLower(Squeezed(text)), Form::kDerived);
}

void Needles::AddDate(uint32_t id, const std::string& text) {
  absl::CivilDay date;
  if (!ParseDate(text, &date)) return;
  const int y = static_cast<int>(date.year());
  const int m = date.month();
  const int d = date.day();
  // Day and month without the year, and six digits, would be met in any log.
  for (const std::string& form :
       {absl::StrFormat("%04d-%02d-%02d", y, m, d),
        absl::StrFormat("%04d/%02d/%02d", y, m, d),
        absl::StrFormat("%02d/%02d/%04d", d, m, y),
        absl::StrFormat("%02d-%02d-%04d", d, m, y),
        absl::StrFormat("%02d.%02d.%04d", d, m, y),
        absl::StrFormat("%02d/%02d/%04d", m, d, y),
        absl::StrFormat("%d/%d/%04d", d, m, y),
        absl::StrFormat("%04d%02d%02d", y, m, d),
        absl::StrFormat("%02d%02d%04d", d, m, y),
        absl::StrFormat("%04d-%02d", y, m),
        Parts({absl::StrFormat("%04d", y), absl::StrFormat("%02d", m),
               absl::StrFormat("%02d", d)})})
    AddForm(id, form, Form::kDerived);
  const auto seconds = static_cast<uint64_t>(
      absl::ToUnixSeconds(absl::FromCivil(date, absl::UTCTimeZone())));
  for (const uint64_t n : {seconds, seconds * 1000}) {
    if (n == 0) continue;
    AddForm(id, BigEndian(n, 8), Form::kDerived);
    AddForm(id, LittleEndian(n), Form::kDerived);
  }
}

void Needles::AddNumber(const std::string& field, const identity::Pii<>& pii) {
  AddName(field, pii);
  const std::string& text = Text(pii);
  if (field == "nhs_number" && text.size() == 10) {
    const uint32_t id = Id(field, text);
    const std::vector<std::string> groups = {text.substr(0, 3),
                                             text.substr(3, 3), text.substr(6)};
    AddForm(id, absl::StrJoin(groups, " "), Form::kDerived);
    AddForm(id, absl::StrJoin(groups, "-"), Form::kDerived);
    uint64_t n = 0;
    if (absl::SimpleAtoi(text, &n)) {
      AddForm(id, BigEndian(n, 6), Form::kDerived);  // as SQLite stores it
      AddForm(id, LittleEndian(n), Form::kDerived);
    }
  }
  if (field == "nino" && text.size() == 9) {
    const uint32_t id = Id(field, text);
    AddForm(id, text.substr(0, 8), Form::kDerived);
    AddForm(id,
            absl::StrCat(text.substr(0, 2), " ", text.substr(2, 2), " ",
                         text.substr(4, 2), " ", text.substr(6, 2), " ",
                         text.substr(8)),
            Form::kDerived);
  }
}

void Needles::AddAddress(const identity::RawPerson& raw) {
  AddName("street", raw.street);
  AddName("house", raw.house);
  AddName("postcode", raw.postcode);
  if (raw.house.empty() || raw.street.empty()) return;
  for (const char* between : {" ", ", ", ",", "|", ""}) {
    const std::string line =
        absl::StrCat(Text(raw.house), between, Text(raw.street));
    const uint32_t id = Id("address", "");
    AddForm(id, line, Form::kComposite);
    AddForm(id, absl::AsciiStrToUpper(line), Form::kComposite);
    AddForm(id, absl::StrCat(line, between, Text(raw.postcode)),
            Form::kComposite);
  }
}

void Needles::AddNormal(const identity::RawPerson& raw) {
  const identity::Person p =
      identity::Normalise(raw, absl::CivilDay(2026, 11, 23)).person;
  const auto add = [this](const char* field,
                          std::initializer_list<const identity::Pii<>*> of) {
    for (const identity::Pii<>* part : of)
      AddForm(Id(absl::StrCat("normal form of ", field), ""), Text(*part),
              Form::kDerived);
  };
  add("forename", {&p.forename, &p.forename_joined});
  add("surname", {&p.surname, &p.other_surname, &p.other_surname2});
  add("middle", {&p.middle, &p.middle_first, &p.middle_last});
  add("address", {&p.postcode, &p.sector, &p.street, &p.house});
  add("number", {&p.nhs_number, &p.nino});
  const uint32_t id = Id("whole person", "");
  const std::string born =
      absl::StrCat(Text(p.birth_year), Text(p.birth_month), Text(p.birth_day));
  for (const char* between : {"", " ", "|", ",", ":", ";", "-", "_"}) {
    const std::string name =
        absl::StrCat(Text(p.forename), between, Text(p.surname));
    AddForm(id, name, Form::kComposite);
    AddForm(id, absl::AsciiStrToLower(name), Form::kComposite);
    if (born.size() < 8) continue;
    AddForm(id, absl::StrCat(name, between, born), Form::kComposite);
    AddForm(id, absl::StrCat(Text(p.surname), between, born), Form::kComposite);
    AddForm(id, absl::StrCat(name, between, born, between, Text(p.postcode)),
            Form::kComposite);
  }
  if (!raw.forename.empty() && !raw.surname.empty())
    AddForm(id, absl::StrCat(Text(raw.forename), " ", Text(raw.surname)),
            Form::kComposite);
  for (const identity::MatchKey& key : identity::MatchKeys(p))
    AddForm(Id("match-key input", ""), Text(key.input), Form::kComposite);
}

void Needles::AddItem(const std::string& item, const std::string& text) {
  if (text.empty()) return;
  AddName(item, identity::Pii<>(text));
  const uint32_t id = Id(item, text);
  AddDate(id, text);
  // "Name, telephone": each is telling by itself.
  for (absl::string_view part : absl::StrSplit(text, ", ")) {
    AddForm(id, std::string(part), Form::kDerived);
    AddForm(id, Squeezed(part), Form::kDerived);
  }
}

absl::Status Needles::Add(sources::RecordSource& source) {
  std::vector<identity::Pii<>> ids;
  std::vector<sources::RowIssue> issues;
  KS_RETURN_IF_ERROR(source.ForEach(
      [&](sources::SourceRecord record) {
        const identity::RawPerson& raw = record.person;
        AddName("record id", record.local_id);
        AddName("case reference", record.local_family);
        AddName("forename", raw.forename);
        AddName("middle", raw.middle);
        AddName("surname", raw.surname);
        AddName("previous surname", raw.previous_surname);
        AddName("birth date", raw.birth_date);
        if (!raw.birth_date.empty())
          AddDate(Id("birth date", Text(raw.birth_date)), Text(raw.birth_date));
        AddNumber("nhs_number", raw.nhs_number);
        AddNumber("nino", raw.nino);
        AddAddress(raw);
        AddNormal(raw);
        ids.push_back(record.local_id);
        return absl::OkStatus();
      },
      issues));
  const std::vector<std::string> names = source.ItemNames();
  for (const identity::Pii<>& id : ids) {
    KS_ASSIGN_OR_RETURN(const auto items, source.ReadItems(id, names));
    for (const sources::ItemValue& item : items)
      AddItem(item.item, Text(item.value));
  }
  return absl::OkStatus();
}

std::vector<Needle> Needles::Make(const std::vector<std::string>& keys) const {
  std::vector<Needle> out;
  for (const auto& [bytes, of] : forms_) {
    const auto add = [&out, value = of.first](const std::string& b, Form form) {
      out.push_back({b.substr(0, kDigestPrefix), value, form});
    };
    out.push_back({bytes, of.first, of.second});
    // Short values too: a hash is long whatever it is of.
    add(Sha256Of(bytes), Form::kSha256);
    add(Blake2bOf(bytes, 32), Form::kBlake2b);
    add(Blake2bOf(bytes, 64), Form::kBlake2b);
    for (const std::string& key : keys) add(HmacOf(key, bytes), Form::kHmac);
  }
  return out;
}

std::vector<std::string> PublicKeys(const share::Consortium& c) {
  std::vector<std::string> out = {c.digest.str()};
  const auto add_daemon = [&out](const share::Daemon& d) {
    out.push_back(d.log_key.str());
    for (const Digest& pin : d.tls_pins) out.push_back(pin.str());
  };
  for (const share::Agency& a : c.agencies) {
    out.push_back(a.signing_key.str());
    out.push_back(a.comparison_key.str());
    for (const share::Officer& o : a.officers) out.push_back(o.audit_key.str());
    for (const Digest& pin : a.tls_pins) out.push_back(pin.str());
  }
  for (const share::Daemon& g : c.gateways) add_daemon(g);
  for (const share::KeyHolder& k : c.key_holders) {
    add_daemon(k.daemon);
    out.push_back(std::string(k.share_key.bytes()));
  }
  return out;
}

}  // namespace kinstile::e2e
