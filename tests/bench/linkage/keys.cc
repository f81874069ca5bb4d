// SPDX-License-Identifier: Apache-2.0
// Match-keys as lists of attributes, for trying out which ones are worth it.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/identity/names.h"
#include "adapters/identity/nicknames.h"
#include "tests/bench/linkage/pipeline.h"

namespace kinstile::quality {
namespace {

using Person = identity::Person;

const std::string& Read(const identity::Pii<>& pii) {
  return pii.Reveal(identity::PiiAccess{});
}

// The attribute's value; empty when the person lacks it.
std::string Attribute(const Person& p, const std::string& name) {
  const std::string& fn = Read(p.forename);
  const std::string& sn = Read(p.surname);
  if (name == "fn_nick") return identity::Nickname(fn);
  if (name == "fn_sdx") return identity::Soundex(fn);
  if (name == "fn_init") return Read(p.forename_initial);
  if (name == "fn3") return identity::FirstLetters(fn, 3);
  if (name == "sn") return sn;
  if (name == "sn_sdx") return identity::Soundex(sn);
  if (name == "sn_init") return identity::FirstLetters(sn, 1);
  if (name == "sn3") return identity::FirstLetters(sn, 3);
  if (name == "year") return Read(p.birth_year);
  if (name == "month") return Read(p.birth_month);
  if (name == "day") return Read(p.birth_day);
  if (name == "sex") return Read(p.sex);
  if (name == "pc") return Read(p.postcode);
  if (name == "sector") return Read(p.sector);
  if (name == "district") return Read(p.district);
  if (name == "house") return Read(p.house);
  if (name == "street") return Read(p.street);
  if (name == "nhs") return p.nhs_verified ? Read(p.nhs_number) : "";
  if (name == "nino") return Read(p.nino);
  if (name == "identifier") return Read(p.identifier);
  if (name == "kind") return p.identifier_kind;
  std::fprintf(stderr, "%s: is no attribute\n", name.c_str());
  std::exit(2);
}

KeyChoice Choice(const char* name, const char* attributes) {
  const std::vector<std::string> parts = absl::StrSplit(attributes, ' ');
  return {name, [parts](const Person& p) {
            std::string out;
            for (const std::string& part : parts) {
              const std::string value = Attribute(p, part);
              if (value.empty()) return std::string();
              absl::StrAppend(&out, value, "|");
            }
            return out;
          }};
}

}  // namespace

const std::vector<KeyChoice>& ChosenKeys() {
  static const auto* const kKeys = new std::vector<KeyChoice>{
      Choice("S1", "nhs"),
      Choice("S2", "nino"),
      Choice("S3", "kind identifier"),
      Choice("D1", "fn_nick year month day"),
      Choice("B3", "fn_init sn_init year month day"),
      Choice("C1", "fn_sdx sn_sdx sector"),
      Choice("D2", "pc year day"),
      Choice("C10", "sector house fn_init"),
      Choice("C17", "house street day month"),
      Choice("C20", "district street year month"),
  };
  return *kKeys;
}

const std::vector<KeyChoice>& AllKeys() {
  static const auto* const kKeys = [] {
    auto* keys = new std::vector<KeyChoice>(ChosenKeys());
    for (const auto& [name, attributes] :
         std::vector<std::pair<const char*, const char*>>{
             {"B1", "sn year month day sex"},
             {"B2", "fn_nick year month day sex"},
             {"B4", "year month day sex sector"},
             {"B11", "fn_sdx sn_sdx year day"},
             {"B12", "fn_sdx sn_sdx day month"},
             {"B13", "fn_sdx sn_sdx year month"},
             {"B14", "fn_nick sn_sdx year"},
             {"C2", "fn3 sn3 pc"},
             {"C3", "fn_sdx sn_sdx house"},
             {"C4", "fn_sdx sn_sdx street"},
             {"C7", "pc year day sex"},
             {"C9", "pc day month sex"},
             {"C11", "sector house sn_init"},
             {"C14", "house street sn_sdx"},
             {"C15", "house street fn_sdx"}})
      keys->push_back(Choice(name, attributes));
    return keys;
  }();
  return *kKeys;
}

}  // namespace kinstile::quality
