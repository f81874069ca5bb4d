// SPDX-License-Identifier: Apache-2.0
// Quality of linkage on labelled development data, as a table.
//
// usage: linkage_quality DATA_FOLDER [--seeds N] [--ablate]
//                        [--weights-out FILE]
//        linkage_quality --sample FOLDER
//        linkage_quality --keys DATA_FOLDER KEY,KEY,... ...
//        linkage_quality --errors DATA_FOLDER OVERLAP SEED MATCH_AT
//        linkage_quality --dump LEFT.csv MAPPING RIGHT.csv MAPPING
//
// ESSnet: households are split in two halves; weights are estimated on one
// (without its truth) and everything is reported on the other. Exit code 1 when
// a figure of ours is below its floor.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/wire/weights.h"
#include "tests/bench/linkage/baselines.h"
#include "tests/bench/linkage/jaro_winkler.h"
#include "tests/bench/linkage/pipeline.h"

namespace kinstile::quality {
namespace {

using linkage::Grade;

struct Score {
  double right = 0, wrong = 0, truth = 0, possible_right = 0;
  double precision() const {
    return right + wrong == 0 ? 1 : right / (right + wrong);
  }
  double recall() const { return truth == 0 ? 1 : right / truth; }
  double f1() const {
    const double p = precision(), r = recall();
    return p + r == 0 ? 0 : 2 * p * r / (p + r);
  }
  void Add(const Score& o) {
    right += o.right, wrong += o.wrong, truth += o.truth;
    possible_right += o.possible_right;
  }
};

// How the families of the left register came out.
struct FamilyScore {
  int exact = 0, partial = 0, missed = 0, merged = 0;
  void Add(const FamilyScore& o) {
    exact += o.exact, partial += o.partial, missed += o.missed,
        merged += o.merged;
  }
};

// Who is who: the part of an id that two records of one person share.
using PersonOf = std::string (*)(const std::string& id);

std::string EssnetPerson(const std::string& id) {
  return id.substr(id[1] == 'I' ? 3 : 4);  // CIS..., CENS...
}
std::string FebrlPerson(const std::string& id) {
  return id.substr(4, id.find('-', 4) - 4);
}

Score Judge(const Register& left, const Register& right,
            const std::vector<Pair>& pairs, PersonOf person) {
  std::set<std::string> there;
  for (const Record& r : right.records()) there.insert(person(r.id));
  Score s;
  for (const Record& r : left.records())
    s.truth += there.contains(person(r.id));
  for (const Pair& p : pairs) {
    const bool same = person(left.records()[p.left].id) ==
                      person(right.records()[p.right].id);
    if (p.grade == Grade::kMatch)
      ++(same ? s.right : s.wrong);
    else
      s.possible_right += same;
  }
  return s;
}

// A family is exact when everybody of it who is there was found and nobody
// else, partial when somebody was missed, merged when somebody was wrong.
FamilyScore JudgeFamilies(const Register& left, const Register& right,
                          const std::vector<Pair>& pairs, PersonOf person) {
  std::set<std::string> there;
  for (const Record& r : right.records()) there.insert(person(r.id));
  std::map<uint32_t, bool> found;  // left record: right or wrong
  for (const Pair& p : pairs)
    if (p.grade == Grade::kMatch)
      found[p.left] = person(left.records()[p.left].id) ==
                      person(right.records()[p.right].id);
  FamilyScore out;
  for (const auto& family : left.members()) {
    int truth = 0, right_ones = 0, wrong = 0;
    for (uint32_t i : family) {
      truth += there.contains(person(left.records()[i].id));
      if (auto it = found.find(i); it != found.end())
        ++(it->second ? right_ones : wrong);
    }
    if (wrong > 0)
      ++out.merged;
    else if (truth == 0)
      continue;
    else if (right_ones == truth)
      ++out.exact;
    else
      ++(right_ones > 0 ? out.partial : out.missed);
  }
  return out;
}

// Each person who is in both keeps both records with probability `overlap`;
// else one of them is taken out. Relatives remain.
void Thin(std::vector<Record>& left, std::vector<Record>& right, double overlap,
          uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<std::string> there, from_left, from_right;
  for (const Record& r : right) there.insert(EssnetPerson(r.id));
  for (const Record& r : left) {
    const std::string person = EssnetPerson(r.id);
    if (!there.contains(person)) continue;
    const double u = static_cast<double>(random() >> 11) / 9007199254740992.0;
    if (u < overlap) continue;
    (random() % 2 == 0 ? from_left : from_right).insert(person);
  }
  std::erase_if(left, [&](const Record& r) {
    return from_left.contains(EssnetPerson(r.id));
  });
  std::erase_if(right, [&](const Record& r) {
    return from_right.contains(EssnetPerson(r.id));
  });
}

bool InFirstHalf(const std::string& family) {
  // FNV-1a: the same halves on every machine.
  uint64_t h = 14695981039346656037u;
  for (char c : family)
    h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return (h >> 20 & 1) == 0;
}

std::vector<Record> Half(const std::vector<Record>& all, bool first) {
  std::vector<Record> out;
  for (const Record& r : all)
    if (InFirstHalf(r.family) == first) out.push_back(r);
  return out;
}

void PrintRow(const std::string& data, const std::string& how, const Score& s) {
  std::printf("| %s | %s | %.4f | %.4f | %.4f | %.4f |\n", data.c_str(),
              how.c_str(), s.precision(), s.recall(), s.f1(),
              s.truth == 0 ? 0 : (s.right + s.possible_right) / s.truth);
  std::fflush(stdout);
}

void PrintHead() {
  std::printf(
      "| data | method | precision | recall | F1 | recall with POSSIBLE |\n"
      "|---|---|---|---|---|---|\n");
}

// Fairness: how many of each group are found, and how many wrongly.
void PrintGroups(const Register& left, const Register& right,
                 const std::vector<Pair>& pairs) {
  const auto groups_of = [](const identity::Person& p) {
    const auto read = [](const identity::Pii<>& pii) {
      return pii.Reveal(identity::PiiAccess{});
    };
    std::vector<std::string> out;
    out.push_back("sex " + (p.sex.empty() ? "missing" : read(p.sex)));
    const int year = std::atoi(read(p.birth_year).c_str());
    out.push_back(year == 0      ? "born: missing"
                  : year >= 1995 ? "born 1995 to 2011"
                  : year >= 1970 ? "born 1970 to 1994"
                  : year >= 1945 ? "born 1945 to 1969"
                                 : "born before 1945");
    const bool full =
        !p.birth_year.empty() && !p.birth_month.empty() && !p.birth_day.empty();
    const int missing = p.forename.empty() + p.surname.empty() + !full +
                        p.postcode.empty() + p.sex.empty();
    out.push_back(absl::StrCat("fields missing: ", missing));
    if (read(p.birth_month) == "01" && read(p.birth_day) == "01")
      out.push_back("born on 1 January");
    return out;
  };
  std::map<std::string, Score> groups;
  std::set<std::string> there;
  for (const Record& r : right.records()) there.insert(EssnetPerson(r.id));
  for (const Record& r : left.records())
    if (there.contains(EssnetPerson(r.id)))
      for (const std::string& g : groups_of(r.person)) ++groups[g].truth;
  for (const Pair& p : pairs) {
    if (p.grade != Grade::kMatch) continue;
    const Record& r = left.records()[p.left];
    const bool same =
        EssnetPerson(r.id) == EssnetPerson(right.records()[p.right].id);
    for (const std::string& g : groups_of(r.person))
      ++(same ? groups[g].right : groups[g].wrong);
  }
  std::printf(
      "\n| group | people in both | recall | wrong pairs |\n"
      "|---|---|---|---|\n");
  for (const auto& [name, s] : groups)
    std::printf("| %s | %.0f | %.4f | %.0f |\n", name.c_str(), s.truth,
                s.recall(), s.wrong);
  std::printf("\n");
}

struct Floor {
  double precision, f1;
};

bool Hold(const std::string& what, const Score& s, const Floor& floor) {
  const bool good = s.precision() >= floor.precision && s.f1() >= floor.f1;
  if (!good)
    std::printf("BELOW ITS FLOOR: %s (precision %.4f, F1 %.4f)\n", what.c_str(),
                floor.precision, floor.f1);
  return good;
}

// Weights from one half without its truth; the threshold of MATCH is then the
// lowest of a few at which that half has at most one wrong pair in 5,000.
linkage::Weights Learn(const Register& left, const Register& right,
                       PersonOf person, const Comparer& compare = ByTokens) {
  linkage::Weights learned =
      EstimateFrom(left, right, *wire::LoadWeights(""), compare);
  learned.strict_names = false;
  linkage::Weights chosen = learned;
  for (double at : {.95, .9, .8, .7, .6}) {
    learned.match_at = at;
    const Score s = Judge(
        left, right,
        LinkAll(left, right, linkage::Model(learned), compare).pairs, person);
    if (s.precision() < .9998) break;
    chosen = learned;
  }
  return chosen;
}

bool Essnet(const std::string& folder, const std::string& maps, int seeds,
            const std::string& weights_out) {
  const auto cis =
      LoadRecords(folder + "/cis_full.csv", maps + "/essnet_cis.textproto");
  const auto census = LoadRecords(folder + "/census_full.csv",
                                  maps + "/essnet_census.textproto");
  const linkage::Weights shipped = *wire::LoadWeights("");
  struct Row {
    double overlap;
    Floor floor;
  };
  const Row rows[] = {{1, {.999, .9975}},
                      {.5, {.999, .995}},
                      {.2, {.999, .992}},
                      {.05, {.999, .980}}};
  bool good = true;
  std::string family_rows;
  for (const Row& row : rows) {
    double thresholds = 0;
    int runs = 0;
    Score ours, strict, with_shipped, plain, exact, strong, association, bloom;
    FamilyScore families;
    size_t candidates = 0;
    for (int seed = 1; seed <= (row.overlap == 1 ? 1 : seeds); ++seed) {
      auto l = cis, r = census;
      Thin(l, r, row.overlap, static_cast<uint64_t>(seed));
      const Register learn_l(Half(l, true), "l"), learn_r(Half(r, true), "r");
      const Register left(Half(l, false), "l"), right(Half(r, false), "r");
      linkage::Weights learned = Learn(learn_l, learn_r, EssnetPerson);
      thresholds += learned.match_at;
      ++runs;
      learned.version = "estimated";
      learned.origin =
          absl::StrCat("ESSnet, first half, overlap ", row.overlap);
      if (!weights_out.empty() && seed == 1)
        std::ofstream(absl::StrCat(weights_out, "-", row.overlap, ".textproto"))
            << wire::WeightsText(learned);
      const Linked linked = LinkAll(left, right, linkage::Model(learned));
      candidates += linked.candidates;
      ours.Add(Judge(left, right, linked.pairs, EssnetPerson));
      families.Add(JudgeFamilies(left, right, linked.pairs, EssnetPerson));
      if (row.overlap == 1) {
        PrintGroups(left, right, linked.pairs);
        PrintHead();
      }
      linkage::Weights careful = learned;
      careful.strict_names = true;
      strict.Add(Judge(left, right,
                       LinkAll(left, right, linkage::Model(careful)).pairs,
                       EssnetPerson));
      with_shipped.Add(Judge(
          left, right, LinkAll(left, right, linkage::Model(shipped)).pairs,
          EssnetPerson));
      const linkage::Model in_clear(
          Learn(learn_l, learn_r, EssnetPerson, ByJaroWinkler));
      plain.Add(Judge(left, right,
                      LinkAll(left, right, in_clear, ByJaroWinkler).pairs,
                      EssnetPerson));
      exact.Add(Judge(left, right, LinkExactly(left, right), EssnetPerson));
      strong.Add(
          Judge(left, right, LinkByStrongKeys(left, right), EssnetPerson));
      association.Add(Judge(left, right, LinkByKeysAndAssociation(left, right),
                            EssnetPerson));
      bloom.Add(
          Judge(left, right, LinkByBloomFilters(left, right), EssnetPerson));
    }
    const std::string data = absl::StrCat("ESSnet, overlap ", row.overlap);
    PrintRow(data, "**ours**", ours);
    PrintRow(data, "ours, other forenames POSSIBLE at most", strict);
    PrintRow(data, "ours, shipped weights", with_shipped);
    PrintRow(data, "in the clear, Jaro-Winkler", plain);
    PrintRow(data, "exact", exact);
    PrintRow(data, "tier-A keys", strong);
    PrintRow(data, "tier-A keys and association", association);
    PrintRow(data, "Bloom filters, Dice .85", bloom);
    family_rows +=
        absl::StrCat("| ", data, " | ", families.exact, " | ", families.partial,
                     " | ", families.missed, " | ", families.merged, " | ",
                     candidates, " | ", thresholds / runs, " |\n");
    good = Hold(data, ours, row.floor) && good;
    good = good && families.merged == 0;
  }
  std::printf(
      "\n| families of the left register | exact | partial | missed | merged "
      "| candidates | MATCH at |\n|---|---|---|---|---|---|---|\n%s\n",
      family_rows.c_str());
  PrintHead();
  return good;
}

// As ESSnet: weights and threshold from one half of the people, without truth
// but for the threshold, and the figures from the other.
bool Febrl(const std::string& folder, const std::string& maps) {
  auto a = LoadRecords(folder + "/dataset4a.csv", maps + "/febrl.textproto");
  auto b = LoadRecords(folder + "/dataset4b.csv", maps + "/febrl.textproto");
  const auto half = [](const std::vector<Record>& all, bool first) {
    std::vector<Record> out;
    for (const Record& r : all)
      if (InFirstHalf(FebrlPerson(r.id)) == first) out.push_back(r);
    return out;
  };
  bool good = true;
  for (bool with_number : {true, false}) {
    if (!with_number)
      for (auto* records : {&a, &b})
        for (Record& r : *records) r.person.identifier = identity::Pii<>();
    const Register learn_l(half(a, true), "l"), learn_r(half(b, true), "r");
    const Register left(half(a, false), "l"), right(half(b, false), "r");
    const auto ours = [&](const Comparer& compare) {
      const linkage::Model model(Learn(learn_l, learn_r, FebrlPerson, compare));
      return Judge(left, right, LinkAll(left, right, model, compare).pairs,
                   FebrlPerson);
    };
    const std::string data =
        absl::StrCat("FEBRL 4, ", with_number ? "with" : "without", " number");
    const Score score = ours(ByTokens);
    PrintRow(data, "**ours**", score);
    PrintRow(data, "in the clear, Jaro-Winkler", ours(ByJaroWinkler));
    PrintRow(data, "exact",
             Judge(left, right, LinkExactly(left, right), FebrlPerson));
    PrintRow(data, "tier-A keys",
             Judge(left, right, LinkByStrongKeys(left, right), FebrlPerson));
    PrintRow(data, "Bloom filters, Dice .85",
             Judge(left, right, LinkByBloomFilters(left, right), FebrlPerson));
    good = Hold(data, score, {.99, with_number ? .998 : .99}) && good;
  }
  return good;
}

bool IsChosen(const KeyChoice& key) {
  return std::any_of(ChosenKeys().begin(), ChosenKeys().end(),
                     [&](const KeyChoice& k) { return k.name == key.name; });
}

// ESSnet's first half at overlaps 1 and .2, and FEBRL without its number, by
// the keys named.
int TryKeys(const std::string& folder, const std::string& maps,
            const std::vector<std::string>& sets) {
  const auto cis = LoadRecords(folder + "/essnet_uk/cis_full.csv",
                               maps + "/essnet_cis.textproto");
  const auto census = LoadRecords(folder + "/essnet_uk/census_full.csv",
                                  maps + "/essnet_census.textproto");
  auto a =
      LoadRecords(folder + "/febrl/dataset4a.csv", maps + "/febrl.textproto");
  auto b =
      LoadRecords(folder + "/febrl/dataset4b.csv", maps + "/febrl.textproto");
  for (auto* records : {&a, &b})
    for (Record& r : *records) r.person.identifier = identity::Pii<>();
  const linkage::Weights shipped = *wire::LoadWeights("");
  for (const std::string& set : sets) {
    std::vector<KeyChoice> keys;
    for (const std::string& name :
         std::vector<std::string>(absl::StrSplit(set, ',')))
      for (const KeyChoice& k : AllKeys())
        if (k.name == name) keys.push_back(k);
    std::printf("| %s ", set.c_str());
    const auto run = [&](std::vector<Record> l, std::vector<Record> r,
                         PersonOf person) {
      const Register left(std::move(l), "l", keys);
      const Register right(std::move(r), "r", keys);
      linkage::Weights learned = EstimateFrom(left, right, shipped);
      learned.strict_names = false;
      const Linked linked = LinkAll(left, right, linkage::Model(learned));
      const Score s = Judge(left, right, linked.pairs, person);
      std::printf("| %.4f %.4f, %zu ", s.precision(), s.f1(),
                  linked.candidates);
      std::fflush(stdout);
    };
    for (double overlap : {1.0, .2}) {
      auto l = cis, r = census;
      Thin(l, r, overlap, 1);
      run(Half(l, true), Half(r, true), EssnetPerson);
    }
    run(a, b, FebrlPerson);
    std::printf("|\n");
  }
  return 0;
}

// The first half of the households at overlap .2: each chosen key left out,
// and each other one added.
int Ablate(const std::string& folder, const std::string& maps) {
  auto l = LoadRecords(folder + "/essnet_uk/cis_full.csv",
                       maps + "/essnet_cis.textproto");
  auto r = LoadRecords(folder + "/essnet_uk/census_full.csv",
                       maps + "/essnet_census.textproto");
  Thin(l, r, .2, 1);
  l = Half(l, true);
  r = Half(r, true);
  const linkage::Weights shipped = *wire::LoadWeights("");
  const std::vector<KeyChoice>& all = AllKeys();
  const std::vector<KeyChoice>& chosen = ChosenKeys();
  std::printf(
      "| keys | precision | recall | F1 | candidates |\n"
      "|---|---|---|---|---|\n");
  const auto run = [&](const std::string& name,
                       const std::vector<KeyChoice>& keys) {
    const Register left(l, "l", keys), right(r, "r", keys);
    linkage::Weights learned = EstimateFrom(left, right, shipped);
    learned.strict_names = false;
    const Linked linked = LinkAll(left, right, linkage::Model(learned));
    const Score s = Judge(left, right, linked.pairs, EssnetPerson);
    std::printf("| %s | %.4f | %.4f | %.4f | %zu |\n", name.c_str(),
                s.precision(), s.recall(), s.f1(), linked.candidates);
    std::fflush(stdout);
  };
  run("the chosen ten", chosen);
  for (size_t k = 0; k < chosen.size(); ++k) {
    std::vector<KeyChoice> keys = chosen;
    keys.erase(keys.begin() + static_cast<long>(k));
    run("without " + chosen[k].name, keys);
  }
  for (const KeyChoice& key : all) {
    if (IsChosen(key)) continue;
    std::vector<KeyChoice> keys = chosen;
    keys.push_back(key);
    run("and " + key.name, keys);
  }
  run("all of them", all);
  return 0;
}

// Every compared pair of two registers with its levels and grade, as CSV: for
// the comparison with another implementation.
int Dump(char** files) {
  const Register left(LoadRecords(files[0], files[1]), "l");
  const Register right(LoadRecords(files[2], files[3]), "r");
  linkage::Weights weights = *wire::LoadWeights("");
  weights.strict_names = false;  // a rule that the other one does not have
  const linkage::Model model(weights);
  std::printf("left,right,hit,grade");
  for (size_t c = 0; c < linkage::kComparators; ++c)
    std::printf(",%s", std::string(linkage::ComparatorName(
                                       static_cast<linkage::Comparator>(c)))
                           .c_str());
  std::printf("\n");
  for (const auto& family : left.members()) {
    const linkage::Problem problem = ProblemOf(left, family, right);
    const linkage::FamilyLink link = linkage::Link(problem, model);
    for (const linkage::ComparedPair& p :
         linkage::ComparePairs(problem, model)) {
      const linkage::MemberLink& m = link.members[p.member];
      const Handle& handle = problem.candidates[p.candidate].handle;
      std::printf(
          "%s,%s,%d,%s", left.records()[family[p.member]].id.c_str(),
          right.records()[PlaceOf(handle)].id.c_str(), p.hit != nullptr,
          std::string(GradeName(m.handle == handle ? m.grade : Grade::kNoMatch))
              .c_str());
      for (int8_t level : p.levels.level) std::printf(",%d", level);
      std::printf("\n");
    }
  }
  return 0;
}

// The wrong pairs of the first half, with how they compare: to see what goes
// wrong, on the half that nothing is reported on.
int Errors(const std::string& folder, const std::string& maps, double overlap,
           uint64_t seed, double match_at) {
  auto l = LoadRecords(folder + "/essnet_uk/cis_full.csv",
                       maps + "/essnet_cis.textproto");
  auto r = LoadRecords(folder + "/essnet_uk/census_full.csv",
                       maps + "/essnet_census.textproto");
  Thin(l, r, overlap, seed);
  const Register left(Half(l, true), "l"), right(Half(r, true), "r");
  linkage::Weights learned = EstimateFrom(left, right, *wire::LoadWeights(""));
  learned.strict_names = false;
  learned.match_at = match_at;
  const Linked linked = LinkAll(left, right, linkage::Model(learned));
  PrintHead();
  PrintRow("first half", "ours",
           Judge(left, right, linked.pairs, EssnetPerson));
  std::map<std::string, uint32_t> places;
  for (uint32_t j = 0; j < right.size(); ++j)
    places[EssnetPerson(right.records()[j].id)] = j;
  std::map<uint32_t, Grade> grades;
  for (const Pair& p : linked.pairs) grades[p.left] = p.grade;
  const auto print = [&](const char* what, uint32_t i, uint32_t j) {
    const Record &a = left.records()[i], &b = right.records()[j];
    std::printf("%s %s %s:", what, a.id.c_str(), b.id.c_str());
    for (const std::string& s : linkage::Explain(ByTokens(a, b)))
      std::printf(" %s,", s.c_str());
    std::printf("\n");
  };
  for (const Pair& p : linked.pairs)
    if (p.grade == Grade::kMatch &&
        EssnetPerson(left.records()[p.left].id) !=
            EssnetPerson(right.records()[p.right].id))
      print("WRONG", p.left, p.right);
  for (uint32_t i = 0; i < left.size(); ++i) {
    auto there = places.find(EssnetPerson(left.records()[i].id));
    if (there == places.end() || grades[i] == Grade::kMatch) continue;
    print(grades[i] == Grade::kPossible ? "POSSIBLE" : "MISSED", i,
          there->second);
  }
  return 0;
}

// What `kinstile sample --agencies council,health` wrote: data that nothing was
// chosen on. Who is who is in its truth.csv.
std::map<std::string, std::string>& SampleTruth() {
  static auto* const kTruth = new std::map<std::string, std::string>();
  return *kTruth;
}

std::string SamplePerson(const std::string& id) {
  auto it = SampleTruth().find(id);
  return it == SampleTruth().end() ? id : it->second;
}

// agency_a,id_a,agency_b,id_b: records of one person get one name.
void ReadTruth(const std::string& path) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> f = absl::StrSplit(line, ',');
    if (f.size() != 4) continue;
    auto& truth = SampleTruth();
    const std::string name = truth.contains(f[3])   ? truth[f[3]]
                             : truth.contains(f[1]) ? truth[f[1]]
                                                    : f[1];
    truth[f[1]] = truth[f[3]] = name;
  }
}

int Sample(const std::string& folder) {
  const auto load = [&](const std::string& agency) {
    return LoadRecords(absl::StrCat(folder, "/", agency, ".csv"),
                       absl::StrCat(folder, "/", agency, ".mapping.textproto"));
  };
  ReadTruth(folder + "/truth.csv");
  const Register left(load("council"), "l"), right(load("health"), "r");
  const linkage::Weights shipped = *wire::LoadWeights("");
  linkage::Weights learned = EstimateFrom(left, right, shipped);
  PrintHead();
  const auto row = [&](const char* how, const std::vector<Pair>& pairs) {
    PrintRow("generated, hard", how, Judge(left, right, pairs, SamplePerson));
  };
  row("ours, other forenames POSSIBLE at most",
      LinkAll(left, right, linkage::Model(learned)).pairs);
  learned.strict_names = false;
  row("**ours**", LinkAll(left, right, linkage::Model(learned)).pairs);
  row("ours, shipped weights",
      LinkAll(left, right, linkage::Model(shipped)).pairs);
  linkage::Weights in_clear = EstimateFrom(left, right, shipped, ByJaroWinkler);
  in_clear.strict_names = false;
  row("in the clear, Jaro-Winkler",
      LinkAll(left, right, linkage::Model(in_clear), ByJaroWinkler).pairs);
  row("exact", LinkExactly(left, right));
  row("tier-A keys", LinkByStrongKeys(left, right));
  row("tier-A keys and association", LinkByKeysAndAssociation(left, right));
  row("Bloom filters, Dice .85", LinkByBloomFilters(left, right));
  return 0;
}

int Run(int argc, char** argv) {
  if (argc == 6 && std::strcmp(argv[1], "--errors") == 0)
    return Errors(argv[2], MAPPINGS_DIR, std::atof(argv[3]),
                  static_cast<uint64_t>(std::atoi(argv[4])),
                  std::atof(argv[5]));
  if (argc == 3 && std::strcmp(argv[1], "--sample") == 0)
    return Sample(argv[2]);
  if (argc > 3 && std::strcmp(argv[1], "--keys") == 0)
    return TryKeys(argv[2], MAPPINGS_DIR, {argv + 3, argv + argc});
  if (argc == 6 && std::strcmp(argv[1], "--dump") == 0) return Dump(argv + 2);
  std::string folder, weights_out;
  int seeds = 5;
  bool ablate = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
      seeds = std::atoi(argv[++i]);
    else if (std::strcmp(argv[i], "--weights-out") == 0 && i + 1 < argc)
      weights_out = argv[++i];
    else if (std::strcmp(argv[i], "--ablate") == 0)
      ablate = true;
    else
      folder = argv[i];
  }
  if (folder.empty()) {
    std::fprintf(stderr,
                 "usage: linkage_quality DATA_FOLDER [--seeds N] [--ablate] "
                 "[--weights-out FILE]\n");
    return 2;
  }
  if (ablate) return Ablate(folder, MAPPINGS_DIR);
  const bool essnet =
      Essnet(folder + "/essnet_uk", MAPPINGS_DIR, seeds, weights_out);
  const bool febrl = Febrl(folder + "/febrl", MAPPINGS_DIR);
  return essnet && febrl ? 0 : 1;
}

}  // namespace
}  // namespace kinstile::quality

int main(int argc, char** argv) { return kinstile::quality::Run(argc, argv); }
