// SPDX-License-Identifier: Apache-2.0
// How well simpler ways link the same registers.
#include "tests/bench/linkage/baselines.h"

#include <bitset>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_join.h"
#include "adapters/identity/names.h"

namespace kinstile::quality {
namespace {

using identity::PiiAccess;
using linkage::Grade;
using Pairs = std::set<std::pair<uint32_t, uint32_t>>;
using Parts = std::vector<std::string>;

const std::string& Read(const identity::Pii<>& p) {
  return p.Reveal(PiiAccess{});
}

// Empty when a part is missing.
std::string Key(const Parts& parts) {
  for (const std::string& part : parts)
    if (part.empty()) return "";
  return absl::StrJoin(parts, "|");
}

std::string Birth(const identity::Person& p) {
  return Key({Read(p.birth_year), Read(p.birth_month), Read(p.birth_day)});
}

template <class KeyOf>
void Join(const Register& left, const Register& right, KeyOf key, Pairs& out) {
  std::map<std::string, std::vector<uint32_t>> by_key;
  for (uint32_t i = 0; i < right.size(); ++i)
    if (std::string k = key(right.records()[i].person); !k.empty())
      by_key[k].push_back(i);
  for (uint32_t i = 0; i < left.size(); ++i) {
    const std::string k = key(left.records()[i].person);
    if (auto it = by_key.find(k); !k.empty() && it != by_key.end())
      for (uint32_t j : it->second) out.emplace(i, j);
  }
}

std::vector<Pair> Unique(const Pairs& pairs) {
  std::map<uint32_t, int> left, right;
  for (const auto& [i, j] : pairs) ++left[i], ++right[j];
  std::vector<Pair> out;
  for (const auto& [i, j] : pairs)
    if (left[i] == 1 && right[j] == 1) out.push_back({i, j, Grade::kMatch});
  return out;
}

using identity::FirstLetters;
using identity::Soundex;
using Person = identity::Person;

Pairs StrongPairs(const Register& left, const Register& right) {
  Pairs pairs;
  const auto join = [&](auto parts) {
    Join(
        left, right, [&](const Person& p) { return Key(parts(p)); }, pairs);
  };
  join([](const Person& p) -> Parts {
    return {Read(p.forename), Read(p.surname), Birth(p), Read(p.postcode)};
  });
  join([](const Person& p) -> Parts {
    return {Read(p.forename), Read(p.surname), Birth(p), Read(p.sex)};
  });
  join([](const Person& p) -> Parts {
    return {Read(p.forename), Read(p.surname), Birth(p), Read(p.sector)};
  });
  join([](const Person& p) -> Parts {
    return {Soundex(Read(p.forename)), Soundex(Read(p.surname)), Birth(p),
            Read(p.sector)};
  });
  join([](const Person& p) -> Parts {
    return {Read(p.forename), Birth(p), Read(p.postcode), Read(p.house)};
  });
  join([](const Person& p) -> Parts {
    return {Read(p.forename_initial), FirstLetters(Read(p.surname), 1),
            Birth(p), Read(p.postcode)};
  });
  return pairs;
}

using Filter = std::bitset<1024>;

void AddBigrams(const std::string& word, int field, Filter& filter) {
  const std::string padded = "_" + word + "_";
  for (size_t i = 0; !word.empty() && i + 1 < padded.size(); ++i)
    for (int k = 0; k < 20; ++k)
      filter.set(absl::HashOf(padded.substr(i, 2), field, k) % 1024);
}

std::vector<Filter> FiltersOf(const Register& r) {
  std::vector<Filter> out(r.size());
  for (size_t i = 0; i < r.size(); ++i) {
    const Person& p = r.records()[i].person;
    AddBigrams(Read(p.forename), 1, out[i]);
    AddBigrams(Read(p.surname), 2, out[i]);
    AddBigrams(Birth(p), 3, out[i]);
    AddBigrams(Read(p.postcode), 4, out[i]);
  }
  return out;
}

}  // namespace

std::vector<Pair> LinkExactly(const Register& left, const Register& right) {
  Pairs pairs;
  Join(
      left, right,
      [](const Person& p) {
        return Key(
            {Read(p.forename), Read(p.surname), Birth(p), Read(p.postcode)});
      },
      pairs);
  return Unique(pairs);
}

std::vector<Pair> LinkByStrongKeys(const Register& left,
                                   const Register& right) {
  return Unique(StrongPairs(left, right));
}

std::vector<Pair> LinkByKeysAndAssociation(const Register& left,
                                           const Register& right) {
  std::vector<Pair> out = LinkByStrongKeys(left, right);
  std::set<uint32_t> done_left, done_right;
  for (const Pair& p : out)
    done_left.insert(p.left), done_right.insert(p.right);
  Pairs more;
  for (const Pair& p : out)
    for (uint32_t i : left.family_of(p.left))
      for (uint32_t j : right.family_of(p.right)) {
        const Person& a = left.records()[i].person;
        const Person& b = right.records()[j].person;
        if (!done_left.contains(i) && !done_right.contains(j) &&
            Read(a.forename_initial) == Read(b.forename_initial) &&
            !a.birth_year.empty() && Read(a.birth_year) == Read(b.birth_year))
          more.emplace(i, j);
      }
  for (const Pair& p : Unique(more)) out.push_back(p);
  return out;
}

std::vector<Pair> LinkByBloomFilters(const Register& left,
                                     const Register& right) {
  const std::vector<Filter> a = FiltersOf(left), b = FiltersOf(right);
  struct Best {
    double dice = 0;
    uint32_t other = 0;
  };
  std::vector<Best> best_left(left.size()), best_right(right.size());
  for (const auto& family : left.members()) {
    const linkage::Problem problem = ProblemOf(left, family, right);
    for (const linkage::Hit& hit : problem.hits) {
      const uint32_t i = family[hit.member];
      const uint32_t j = PlaceOf(problem.candidates[hit.candidate].handle);
      const double dice = 2.0 * static_cast<double>((a[i] & b[j]).count()) /
                          static_cast<double>(a[i].count() + b[j].count());
      if (dice > best_left[i].dice) best_left[i] = {dice, j};
      if (dice > best_right[j].dice) best_right[j] = {dice, i};
    }
  }
  std::vector<Pair> out;
  for (uint32_t i = 0; i < left.size(); ++i) {
    const uint32_t j = best_left[i].other;
    if (best_left[i].dice >= .85 && best_right[j].other == i)
      out.push_back({i, j, Grade::kMatch});
  }
  return out;
}

}  // namespace kinstile::quality
