// SPDX-License-Identifier: Apache-2.0
// The sample reads back through its own mappings, and is what it says.
#include "adapters/cli/sample.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/identity/match_keys.h"
#include "adapters/identity/normalise.h"
#include "adapters/sources/csv/csv_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::cli {
namespace {

using identity::Pii;
using identity::PiiAccess;

constexpr absl::CivilDay kToday(2026, 11, 23);

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Known {
  std::string family;
  bool shielded = false;
  std::set<std::string> keys;  // strong and identifier inputs
  std::string nino, nhs, postcode;
};
using Register = std::map<std::string, Known>;

class SampleTest : public ::testing::Test {
 protected:
  SampleTest() {
    char name[] = "/tmp/kinstile-sample-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~SampleTest() override { std::filesystem::remove_all(folder_); }

  SampleOptions Options(const std::string& sub) const {
    SampleOptions o;
    o.out_dir = folder_ + "/" + sub;
    o.agencies = {"jcp", "council", "health", "school", "housing", "charity"};
    return o;
  }
  std::unique_ptr<sources::CsvSource> Open(const std::string& dir,
                                           const std::string& agency) {
    auto mapping =
        sources::LoadMapping(dir + "/" + agency + ".mapping.textproto");
    EXPECT_TRUE(mapping.ok()) << mapping.status();
    auto source =
        sources::CsvSource::Open(dir + "/" + agency + ".csv", *mapping);
    EXPECT_TRUE(source.ok()) << source.status();
    return *std::move(source);
  }
  Register Load(const std::string& dir, const std::string& agency) {
    Register out;
    std::vector<sources::RowIssue> issues;
    const absl::Status s =
        Open(dir, agency)
            ->ForEach(
                [&](sources::SourceRecord r) {
                  const identity::Normalised n = Normalise(r.person, kToday);
                  Known k;
                  k.family = r.local_family.Reveal(PiiAccess{});
                  k.shielded = r.shielded;
                  k.nino = n.person.nino.Reveal(PiiAccess{});
                  k.nhs = n.person.nhs_number.Reveal(PiiAccess{});
                  k.postcode = n.person.postcode.Reveal(PiiAccess{});
                  for (const identity::MatchKey& key : MatchKeys(n.person))
                    if (FindMatchKey(key.id)->tier != KeyTier::kAddress)
                      k.keys.insert(key.input.Reveal(PiiAccess{}));
                  for (const identity::FieldIssue& i : n.issues)
                    EXPECT_EQ(i.field, "birth_date")
                        << agency << ": " << i.problem;
                  out[r.local_id.Reveal(PiiAccess{})] = std::move(k);
                  return absl::OkStatus();
                },
                issues);
    EXPECT_TRUE(s.ok()) << s;
    EXPECT_TRUE(issues.empty()) << agency << ": " << issues[0].problem;
    return out;
  }
  // (agency_a, id_a, agency_b, id_b)
  std::vector<std::vector<std::string>> Truth(const std::string& dir) {
    std::vector<std::vector<std::string>> out;
    for (absl::string_view line :
         absl::StrSplit(ReadFile(dir + "/truth.csv"), '\n', absl::SkipEmpty()))
      out.push_back(absl::StrSplit(line, ','));
    EXPECT_EQ(out.at(0), (std::vector<std::string>{"agency_a", "id_a",
                                                   "agency_b", "id_b"}));
    out.erase(out.begin());
    return out;
  }

  std::string folder_;
};

TEST_F(SampleTest, SameSeedGivesTheSameBytes) {
  SampleOptions a = Options("a"), b = Options("b"), c = Options("c");
  c.seed = 2;
  for (const SampleOptions& o : {a, b, c}) ASSERT_TRUE(WriteSample(o).ok());
  for (const char* file : {"jcp.csv", "council.csv", "truth.csv"}) {
    EXPECT_EQ(ReadFile(a.out_dir + "/" + file),
              ReadFile(b.out_dir + "/" + file));
    EXPECT_NE(ReadFile(a.out_dir + "/" + file),
              ReadFile(c.out_dir + "/" + file));
  }
}

TEST_F(SampleTest, ReadsBackCleanlyAndAgreesWithItsTruth) {
  for (const char* level : {"easy", "hard"}) {
    SampleOptions o = Options(level);
    o.level = level;
    ASSERT_TRUE(WriteSample(o).ok());
    std::map<std::string, Register> registers;
    for (const std::string& agency : o.agencies)
      registers[agency] = Load(o.out_dir, agency);
    EXPECT_GT(registers["health"].size(), 500u);
    size_t found = 0, pairs = 0;
    for (const auto& t : Truth(o.out_dir)) {
      ASSERT_TRUE(registers.at(t[0]).contains(t[1]));
      ASSERT_TRUE(registers.at(t[2]).contains(t[3]));
      const Known& a = registers.at(t[0]).at(t[1]);
      const Known& b = registers.at(t[2]).at(t[3]);
      EXPECT_EQ(a.shielded, b.shielded);
      ++pairs;
      for (const std::string& key : a.keys)
        if (b.keys.contains(key)) {
          ++found;
          break;
        }
    }
    EXPECT_GT(pairs, 1000u);
    // The keys find most people, and not all, of a hard sample fewer.
    const double share = static_cast<double>(found) / pairs;
    EXPECT_GT(share, absl::string_view(level) == "easy" ? .8 : .4) << level;
    EXPECT_LT(share, absl::string_view(level) == "easy" ? 1. : .95) << level;
  }
}

TEST_F(SampleTest, PeopleAreInvented) {
  const SampleOptions o = Options("a");
  ASSERT_TRUE(WriteSample(o).ok());
  size_t ninos = 0, numbers = 0;
  for (const std::string& agency : o.agencies)
    for (const auto& [id, k] : Load(o.out_dir, agency)) {
      EXPECT_TRUE(k.nino.empty() || absl::StartsWith(k.nino, "PZ"));
      EXPECT_TRUE(k.nhs.empty() || absl::StartsWith(k.nhs, "999"));
      EXPECT_TRUE(k.postcode.empty() || absl::StartsWith(k.postcode, "ZZ"));
      ninos += !k.nino.empty();
      numbers += !k.nhs.empty();
    }
  EXPECT_GT(ninos, 300u);
  EXPECT_GT(numbers, 500u);
}

TEST_F(SampleTest, HasFamiliesShieldsAndItems) {
  const SampleOptions o = Options("a");
  ASSERT_TRUE(WriteSample(o).ok());
  const Register council = Load(o.out_dir, "council");
  std::map<std::string, int> sizes;
  int shielded = 0;
  for (const auto& [id, k] : council) {
    ++sizes[k.family];
    shielded += k.shielded;
  }
  EXPECT_GT(shielded, 2);
  EXPECT_LT(shielded, static_cast<int>(council.size()) / 10);
  std::set<int> seen;
  for (const auto& [family, size] : sizes) seen.insert(size);
  EXPECT_TRUE(seen.contains(1) && seen.contains(4));
  EXPECT_LE(*seen.rbegin(), 7);
  auto source = Open(o.out_dir, "council");
  EXPECT_THAT(
      source->ItemNames(),
      testing::ElementsAre("council_tax_arrears_band", "early_help_case_open",
                           "housing_tenure", "key_worker_name"));
  const auto items =
      source->ReadItems(Pii<>(council.begin()->first), source->ItemNames());
  ASSERT_TRUE(items.ok());
  EXPECT_FALSE(items->empty());
}

TEST_F(SampleTest, HasAShieldedFamilyHoweverSmall) {
  SampleOptions o = Options("a");
  o.families = 2;
  ASSERT_TRUE(WriteSample(o).ok());
  bool shielded = false;
  for (const auto& [id, k] : Load(o.out_dir, "council"))
    shielded = shielded || k.shielded;
  EXPECT_TRUE(shielded);
}

TEST_F(SampleTest, RefusesWhatItCannotMake) {
  SampleOptions o = Options("a");
  o.families = 0;
  EXPECT_EQ(WriteSample(o).code(), absl::StatusCode::kInvalidArgument);
  o = Options("a");
  o.agencies = {"jcp", "jcp"};
  EXPECT_THAT(std::string(WriteSample(o).message()),
              testing::HasSubstr("twice"));
  o.agencies = {"police"};
  EXPECT_EQ(WriteSample(o).code(), absl::StatusCode::kInvalidArgument);
  o = Options("a");
  o.level = "medium";
  EXPECT_EQ(WriteSample(o).code(), absl::StatusCode::kInvalidArgument);
  o = Options("a");
  o.out_dir = "/proc/nowhere";
  EXPECT_EQ(WriteSample(o).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kinstile::cli
