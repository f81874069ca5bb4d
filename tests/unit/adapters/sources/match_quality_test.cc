// SPDX-License-Identifier: Apache-2.0
// What the ten match-keys find on labelled registers, in the clear.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "adapters/identity/match_keys.h"
#include "adapters/identity/normalise.h"
#include "adapters/sources/csv/csv_source.h"
#include "gtest/gtest.h"

namespace kinstile::sources {
namespace {

using identity::PiiAccess;

struct Record {
  std::string id;
  std::vector<identity::MatchKey> keys;
};

std::vector<Record> Load(const std::string& file, const std::string& mapping) {
  auto m = LoadMapping(absl::StrCat(MAPPINGS_DIR "/", mapping, ".textproto"));
  EXPECT_TRUE(m.ok()) << m.status();
  auto source = CsvSource::Open(file, *m);
  EXPECT_TRUE(source.ok()) << source.status();
  std::vector<Record> records;
  std::vector<RowIssue> issues;
  EXPECT_TRUE(
      (*source)
          ->ForEach(
              [&](SourceRecord r) {
                records.push_back(
                    {r.local_id.Reveal(PiiAccess{}),
                     MatchKeys(Normalise(r.person, absl::CivilDay(2026, 1, 1))
                                   .person)});
                return absl::OkStatus();
              },
              issues)
          .ok());
  return records;
}

struct Found {
  size_t matches = 0, right = 0, any_right = 0, candidates = 0;
};

// MATCH: a strong key, or an identifier and another key; alone on both sides.
template <class Truth>
Found Link(const std::vector<Record>& left, const std::vector<Record>& right,
           Truth is_same) {
  std::map<std::string, std::vector<size_t>> by_input;
  for (size_t j = 0; j < right.size(); ++j)
    for (const auto& key : right[j].keys)
      by_input[key.input.Reveal(PiiAccess{})].push_back(j);
  std::map<std::pair<size_t, size_t>, std::set<KeyTier>> pairs;
  for (size_t i = 0; i < left.size(); ++i)
    for (const auto& key : left[i].keys)
      for (size_t j : by_input[key.input.Reveal(PiiAccess{})])
        pairs[{i, j}].insert(FindMatchKey(key.id)->tier);
  std::map<size_t, int> rivals_left, rivals_right;
  auto is_candidate = [](const std::set<KeyTier>& tiers) {
    return tiers.contains(KeyTier::kStrong) ||
           (tiers.contains(KeyTier::kIdentifier) && tiers.size() > 1);
  };
  for (const auto& [pair, tiers] : pairs)
    if (is_candidate(tiers))
      ++rivals_left[pair.first], ++rivals_right[pair.second];
  Found found;
  found.candidates = pairs.size();
  for (const auto& [pair, tiers] : pairs) {
    const bool same = is_same(left[pair.first].id, right[pair.second].id);
    found.any_right += same;
    if (!is_candidate(tiers) || rivals_left[pair.first] > 1 ||
        rivals_right[pair.second] > 1)
      continue;
    ++found.matches;
    found.right += same;
  }
  return found;
}

std::string Shared() {
  const char* env = std::getenv("KINSTILE_SHARED");
  return env != nullptr ? env : SOURCE_DIR "/../shared";
}

// The rows below stand in for the registers, and are always tested.
void SayAbsent() { std::printf("no labelled registers here\n"); }

Record MakeRecord(const char* id, const char* forename, const char* surname,
                  const char* birth, const char* postcode,
                  const char* nino = "") {
  identity::RawPerson raw;
  auto set = [](identity::Pii<>& field, const char* text) {
    field = identity::Pii<>(std::string(text));
  };
  set(raw.forename, forename);
  set(raw.surname, surname);
  set(raw.birth_date, birth);
  set(raw.postcode, postcode);
  set(raw.house, "7");
  set(raw.nino, nino);
  return {id, MatchKeys(Normalise(raw, absl::CivilDay(2026, 1, 1)).person)};
}

TEST(MatchQuality, OnAFewRows) {
  struct {
    const char* name;
    Record left, right;
    size_t matches, any;
  } const cases[] = {
      {"a slip in the forename",
       MakeRecord("1", "Amina", "Hassan", "1984-03-09", "ZZ12 3AB"),
       MakeRecord("1", "Amima", "Hassan", "1984-03-09", "ZZ12 3AB"), 1, 1},
      {"a slip in the postcode",
       MakeRecord("1", "Amina", "Hassan", "1984-03-09", "ZZ12 3AB"),
       MakeRecord("1", "Amina", "Hasan", "1984-03-09", "ZZ12 3AC"), 1, 1},
      {"a twin", MakeRecord("1", "Amina", "Hassan", "2015-03-09", "ZZ12 3AB"),
       MakeRecord("2", "Yusuf", "Hassan", "2015-03-09", "ZZ12 3AB"), 0, 0},
      {"a twin with the same initial",
       MakeRecord("1", "Amina", "Hassan", "2015-03-09", "ZZ12 3AB"),
       MakeRecord("1", "Abdi", "Hassan", "2015-03-09", "ZZ12 3AB"), 0, 1},
      {"a mover", MakeRecord("1", "Amina", "Hassan", "1984-03-09", "ZZ12 3AB"),
       MakeRecord("1", "Amina", "Hassan", "1984-03-09", "ZZ40 1AB"), 0, 1},
      {"father and son",
       MakeRecord("1", "Ali", "Hassan", "1954-03-09", "ZZ12 3AB"),
       MakeRecord("1", "Ali", "Hassan", "1984-03-09", "ZZ12 3AB"), 0, 1},
      {"a mover with a NINO",
       MakeRecord("1", "Amina", "Hassan", "1984-03-09", "ZZ12 3AB",
                  "PZ123456C"),
       MakeRecord("1", "Amina", "Hassan", "1984-03-09", "ZZ40 1AB", "PZ123456"),
       1, 1},
      {"somebody else's NINO",
       MakeRecord("1", "Amina", "Hassan", "1984-03-09", "ZZ12 3AB",
                  "PZ123456C"),
       MakeRecord("1", "Tom", "Ward", "1970-01-02", "ZZ40 1AB", "PZ123456C"), 0,
       1},
  };
  for (const auto& c : cases) {
    const Found f = Link({c.left}, {c.right}, std::equal_to<>());
    EXPECT_EQ(f.matches, c.matches) << c.name;
    EXPECT_EQ(f.any_right, c.any) << c.name;
  }
}

TEST(MatchQuality, OnFictionalCensusAndCustomerRegister) {
  const std::string folder = Shared() + "/data/essnet_uk/";
  if (!std::filesystem::exists(folder)) return SayAbsent();
  const auto cis = Load(folder + "cis_full.csv", "essnet_cis");
  const auto census = Load(folder + "census_full.csv", "essnet_census");
  std::set<std::string> people;
  for (const Record& r : census) people.insert(r.id.substr(4));
  size_t truth = 0;
  for (const Record& r : cis) truth += people.contains(r.id.substr(3));
  const Found f =
      Link(cis, census, [](const std::string& a, const std::string& b) {
        return a.substr(3) == b.substr(4);  // CIS..., CENS...
      });
  const double precision = double(f.right) / f.matches;
  const double recall = double(f.right) / truth;
  std::printf(
      "P %.5f R %.4f F1 %.4f, with POSSIBLE R %.4f of %zu, %zu candidates\n",
      precision, recall, 2 * precision * recall / (precision + recall),
      double(f.any_right) / truth, truth, f.candidates);
  EXPECT_GE(precision, .999);
  EXPECT_GE(2 * precision * recall / (precision + recall), .84);
  EXPECT_GE(double(f.any_right) / truth, .95);
}

TEST(MatchQuality, OnFebrl) {
  const std::string folder = Shared() + "/data/febrl/";
  if (!std::filesystem::exists(folder)) return SayAbsent();
  const auto a = Load(folder + "dataset4a.csv", "febrl");
  const auto b = Load(folder + "dataset4b.csv", "febrl");
  auto number = [](const std::string& id) {
    return id.substr(4, id.find('-', 4) - 4);
  };
  const Found f = Link(a, b, [&](const std::string& x, const std::string& y) {
    return number(x) == number(y);
  });
  std::printf("P %.5f R %.4f, with POSSIBLE R %.4f, %zu candidates\n",
              double(f.right) / f.matches, f.right / 5000., f.any_right / 5000.,
              f.candidates);
  EXPECT_GE(double(f.right) / f.matches, .999);
  EXPECT_GE(f.right / 5000., .7);
}

}  // namespace
}  // namespace kinstile::sources
