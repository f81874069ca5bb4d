// SPDX-License-Identifier: Apache-2.0
// Everything that a register's people could be recognised by.
#ifndef KINSTILE_TESTS_E2E_NEEDLES_H_
#define KINSTILE_TESTS_E2E_NEEDLES_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/sources/source.h"
#include "gateway/share/consortium.h"
#include "tests/e2e/scan.h"

namespace kinstile::e2e {

struct Value {
  std::string field;  // "surname", or the name of an item
  std::string text;   // as written; empty for what joins several fields
};

// Takes values in, gives needles out: each value as written, in the other ways
// it is usually written, as its normal form, joined with its neighbours (names
// with dates, match-key inputs), and each of those hashed.
class Needles {
 public:
  // Every person and item of a source.
  absl::Status Add(sources::RecordSource& source);

  const std::vector<Value>& values() const { return values_; }
  // Hashed under nothing (SHA-256, BLAKE2b-256, BLAKE2b-512) and under each of
  // `keys` (HMAC-SHA-256).
  std::vector<Needle> Make(const std::vector<std::string>& keys) const;

 private:
  uint32_t Id(const std::string& field, const std::string& text);
  void AddForm(uint32_t value, std::string bytes, Form form);
  void AddName(const std::string& field, const identity::Pii<>& text);
  void AddDate(uint32_t value, const std::string& text);
  void AddNumber(const std::string& field, const identity::Pii<>& text);
  void AddAddress(const identity::RawPerson& raw);
  void AddNormal(const identity::RawPerson& raw);
  void AddItem(const std::string& item, const std::string& text);

  std::vector<Value> values_;
  std::map<std::pair<std::string, std::string>, uint32_t> ids_;
  std::map<std::string, std::pair<uint32_t, Form>> forms_;
};

// Every public key and pin of the manifest, raw.
std::vector<std::string> PublicKeys(const share::Consortium& consortium);

std::string Sha256Of(absl::string_view text);
std::string Blake2bOf(absl::string_view text, size_t size);
std::string HmacOf(absl::string_view key, absl::string_view text);

}  // namespace kinstile::e2e

#endif  // KINSTILE_TESTS_E2E_NEEDLES_H_
