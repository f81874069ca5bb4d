// SPDX-License-Identifier: Apache-2.0
// Registers in memory, and every family asked about.
#include "tests/bench/linkage/pipeline.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/identity/communal.h"
#include "adapters/identity/field_tokens.h"
#include "adapters/identity/match_keys.h"
#include "adapters/identity/normalise.h"
#include "adapters/sources/csv/csv_source.h"
#include "gateway/index/index.h"
#include "gateway/linkage/estimate.h"

namespace kinstile::quality {
namespace {

using identity::PiiAccess;

constexpr absl::CivilDay kToday(2026, 1, 1);
constexpr size_t kSample = 400'000;  // random pairs, for u

FieldToken StandIn(absl::string_view kind, absl::string_view value) {
  const uint64_t hash = absl::HashOf(kind, value);
  return hash == 0 ? 1 : hash;
}

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(2);
}

void CountUnrelated(const Register& r, const Comparer& compare,
                    linkage::LevelCounts& counts) {
  std::mt19937_64 random(1);
  for (size_t i = 0; i < kSample && r.size() > 1; ++i) {
    const auto a = static_cast<uint32_t>(random() % r.size());
    const auto b = static_cast<uint32_t>(random() % r.size());
    if (a == b || &r.family_of(a) == &r.family_of(b)) continue;
    counts.Add(compare(r.records()[a], r.records()[b]));
  }
}

void CountWithin(const Register& r, const Comparer& compare,
                 linkage::LevelCounts& counts) {
  for (const auto& family : r.members())
    for (size_t i = 0; i < family.size(); ++i)
      for (size_t j = i + 1;
           j < family.size() && family.size() <= linkage::kMaxHousehold; ++j)
        counts.Add(compare(r.records()[family[i]], r.records()[family[j]]));
}

// The exact share of pairs of different families at one postcode and house.
double SameAddressRate(const Register& r) {
  std::map<std::pair<FieldToken, FieldToken>, std::map<const void*, double>>
      addresses;
  double known = 0;
  for (uint32_t i = 0; i < r.size(); ++i) {
    const FieldTokens& t = r.records()[i].tokens;
    if (t[Field::kPostcode] == 0 || t[Field::kHouse] == 0) continue;
    ++known;
    ++addresses[{t[Field::kPostcode], t[Field::kHouse]}][&r.family_of(i)];
  }
  if (known < 2) return 0;
  double pairs = 0;
  for (const auto& [address, families] : addresses) {
    double all = 0, inside = 0;
    for (const auto& [family, n] : families) {
      all += n;
      inside += n * n;
    }
    pairs += all * all - inside;
  }
  return std::max(pairs, .5) / (known * (known - 1));
}

std::vector<uint64_t> KeysOf(const identity::Person& person,
                             const std::vector<KeyChoice>& choice) {
  std::vector<uint64_t> out(choice.empty() ? kMatchKeys.size() : choice.size());
  for (size_t k = 0; k < choice.size(); ++k)
    if (const std::string value = choice[k].value(person); !value.empty())
      out[k] = StandIn(choice[k].name, value);
  if (!choice.empty()) return out;
  for (const identity::MatchKey& key : identity::MatchKeys(person))
    out[key.id] = StandIn("key", key.input.Reveal(PiiAccess{}));
  return out;
}

void DropContested(std::vector<Pair>& pairs) {
  std::map<uint32_t, int> claims;
  for (const Pair& p : pairs)
    claims[p.right] += p.grade == linkage::Grade::kMatch;
  for (Pair& p : pairs)
    if (p.grade == linkage::Grade::kMatch && claims[p.right] > 1)
      p.grade = linkage::Grade::kPossible;
}

}  // namespace

Register::Register(std::vector<Record> records, const std::string& salt,
                   const std::vector<KeyChoice>& keys)
    : records_(std::move(records)),
      index_(keys.empty() ? kMatchKeys.size() : keys.size()) {
  identity::CommunalAddresses communal;
  for (const Record& r : records_) communal.Count(r.person);
  std::map<std::string, uint32_t> families;
  for (uint32_t i = 0; i < records_.size(); ++i) {
    Record& r = records_[i];
    communal.Withhold(r.person);
    r.tokens = identity::TokensOf(r.person, StandIn, absl::StrCat(salt, i));
    r.keys = KeysOf(r.person, keys);
    for (size_t k = 0; k < r.keys.size(); ++k)
      if (r.keys[k] != 0) index_[k][r.keys[k]].push_back(i);
    const auto next = static_cast<uint32_t>(members_.size());
    const uint32_t family =
        r.family.empty() ? next
                         : families.emplace(r.family, next).first->second;
    if (family == next) members_.emplace_back();
    members_[family].push_back(i);
    family_.push_back(family);
  }
}

const std::vector<uint32_t>* Register::With(KeyId key, uint64_t hash,
                                            bool& too_many) const {
  auto it = index_[key].find(hash);
  if (it == index_[key].end()) return nullptr;
  too_many = it->second.size() > index::kTooMany;
  return too_many ? nullptr : &it->second;
}

Record MakeRecord(std::string id, std::string family,
                  const identity::RawPerson& raw) {
  Record r;
  r.id = std::move(id);
  r.family = std::move(family);
  r.person = identity::Normalise(raw, kToday).person;
  return r;
}

std::vector<Record> LoadRecords(const std::string& csv,
                                const std::string& mapping) {
  auto m = sources::LoadMapping(mapping);
  if (!m.ok()) Fail(m.status().ToString());
  auto source = sources::CsvSource::Open(csv, *m);
  if (!source.ok()) Fail(source.status().ToString());
  std::vector<Record> out;
  std::vector<sources::RowIssue> issues;
  const absl::Status status = (*source)->ForEach(
      [&](sources::SourceRecord r) {
        out.push_back(MakeRecord(r.local_id.Reveal(PiiAccess{}),
                                 r.local_family.Reveal(PiiAccess{}), r.person));
        return absl::OkStatus();
      },
      issues);
  if (!status.ok()) Fail(status.ToString());
  return out;
}

Handle HandleOf(uint32_t place) {
  Handle h;
  std::memcpy(h.bytes.data(), &place, sizeof place);
  return h;
}

uint32_t PlaceOf(const Handle& handle) {
  uint32_t place = 0;
  std::memcpy(&place, handle.bytes.data(), sizeof place);
  return place;
}

linkage::Problem ProblemOf(const Register& left,
                           const std::vector<uint32_t>& family,
                           const Register& right) {
  linkage::Problem p;
  p.register_records = std::max<size_t>(right.size(), 1);
  p.register_families = std::max<size_t>(right.families(), 1);
  std::map<uint32_t, uint32_t> places;
  for (uint32_t i = 0; i < family.size(); ++i) {
    const Record& r = left.records()[family[i]];
    p.members.push_back(r.tokens);
    p.too_many.emplace_back();
    std::map<uint32_t, std::vector<KeyId>> found;
    for (size_t k = 0; k < r.keys.size(); ++k) {
      bool too_many = false;
      const auto key = static_cast<KeyId>(k);
      if (r.keys[k] == 0) continue;
      const auto* with = right.With(key, r.keys[k], too_many);
      if (too_many) p.too_many.back().push_back(key);
      if (with == nullptr) continue;
      for (uint32_t c : *with) found[c].push_back(key);
    }
    for (auto& [c, keys] : found) {
      for (uint32_t m : right.family_of(c)) {
        const auto& members = right.family_of(c);
        if (members.size() > linkage::kMaxHousehold && m != c) continue;
        const auto place = static_cast<uint32_t>(p.candidates.size());
        if (!places.emplace(m, place).second) continue;
        FamilyHandle handle;
        std::memcpy(handle.bytes.data(), &members[0], sizeof members[0]);
        p.candidates.push_back({HandleOf(m), handle,
                                static_cast<uint32_t>(members.size()),
                                right.records()[m].tokens});
      }
      p.hits.push_back({i, places.at(c), std::move(keys)});
    }
  }
  return p;
}

linkage::Levels ByTokens(const Record& a, const Record& b) {
  return linkage::Compare(a.tokens, b.tokens);
}

namespace {

std::vector<linkage::ComparedPair> Compared(const linkage::Problem& problem,
                                            const Register& left,
                                            const std::vector<uint32_t>& family,
                                            const Register& right,
                                            const linkage::Model& model,
                                            const Comparer& compare) {
  return linkage::ComparePairs(
      problem, model, [&](uint32_t member, uint32_t candidate) {
        return compare(
            left.records()[family[member]],
            right.records()[PlaceOf(problem.candidates[candidate].handle)]);
      });
}

}  // namespace

Linked LinkAll(const Register& left, const Register& right,
               const linkage::Model& model, const Comparer& compare) {
  Linked out;
  for (const std::vector<uint32_t>& family : left.members()) {
    const linkage::Problem problem = ProblemOf(left, family, right);
    out.candidates += problem.hits.size();
    if (problem.hits.empty()) continue;
    const linkage::FamilyLink link = linkage::Link(
        problem, model, Compared(problem, left, family, right, model, compare));
    for (uint32_t i = 0; i < family.size(); ++i)
      if (link.members[i].handle)
        out.pairs.push_back({family[i], PlaceOf(*link.members[i].handle),
                             link.members[i].grade});
  }
  DropContested(out.pairs);
  return out;
}

linkage::Weights EstimateFrom(const Register& left, const Register& right,
                              const linkage::Weights& start,
                              const Comparer& compare) {
  linkage::LevelCounts unrelated, within;
  double same_address = 0;
  int measured = 0;
  for (const Register* r : {&left, &right}) {
    CountUnrelated(*r, compare, unrelated);
    CountWithin(*r, compare, within);
    if (const double rate = SameAddressRate(*r); rate > 0) {
      same_address += rate;
      ++measured;
    }
  }
  linkage::Weights w = start;
  w.u = linkage::EstimateUnrelated(
      unrelated, measured == 0 ? 0 : same_address / measured, start.u);
  w.within = linkage::EstimateWithin(within, start.within);
  linkage::Estimator estimator(w, left.size(), left.families(), right.size(),
                               right.families());
  const linkage::Model model(w);
  for (const std::vector<uint32_t>& family : left.members()) {
    const linkage::Problem problem = ProblemOf(left, family, right);
    if (problem.hits.empty()) continue;
    estimator.Add(problem,
                  Compared(problem, left, family, right, model, compare));
  }
  return estimator.Estimate();
}

}  // namespace kinstile::quality
