// SPDX-License-Identifier: Apache-2.0
// Families, split among agencies, written out with the truth beside them.
#include "adapters/cli/sample.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "adapters/cli/sample_people.h"
#include "adapters/cli/sample_records.h"
#include "gateway/base/status_macros.h"

namespace kinstile::cli {
namespace {

// Beyond this the numbers that nobody was given run out.
constexpr size_t kMaxFamilies = 50000;

absl::Status Check(const SampleOptions& options) {
  if (options.out_dir.empty())
    return absl::InvalidArgumentError("out: no folder");
  if (options.families < 1 || options.families > kMaxFamilies)
    return absl::InvalidArgumentError(
        absl::StrCat("families: must be 1 to ", kMaxFamilies));
  if (options.level != "easy" && options.level != "hard")
    return absl::InvalidArgumentError("level: must be easy or hard");
  if (options.agencies.empty())
    return absl::InvalidArgumentError("agencies: none");
  std::set<std::string> seen;
  for (const std::string& name : options.agencies) {
    if (FindSampleAgency(name) == nullptr)
      return absl::InvalidArgumentError(absl::StrCat(
          "agencies: \"", name,
          "\": must be jcp, council, health, school, housing or charity"));
    if (!seen.insert(name).second)
      return absl::InvalidArgumentError(
          absl::StrCat("agencies: \"", name, "\" appears twice"));
  }
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return absl::UnavailableError(path + ": cannot be written");
  return absl::OkStatus();
}

// One agency's register as it grows.
struct Register {
  const SampleAgency* agency;
  std::string csv;
  size_t records = 0, families = 0;
};

class Sample {
 public:
  explicit Sample(const SampleOptions& options)
      : options_(options), random_(options.seed) {
    for (const std::string& name : options.agencies) {
      const SampleAgency* agency = FindSampleAgency(name);
      registers_.push_back({agency, SampleHeader(*agency) + "\n"});
    }
  }

  absl::Status Run() {
    for (size_t k = 0; k < options_.families; ++k) {
      SampleFamily family = InventFamily(random_, serial_, hard());
      family.shielded = k % 60 == 7 || (k == 0 && options_.families < 8);
      Record(family);
    }
    for (const Register& r : registers_) {
      const std::string base =
          absl::StrCat(options_.out_dir, "/", r.agency->name);
      KS_RETURN_IF_ERROR(WriteFile(base + ".csv", r.csv));
      KS_RETURN_IF_ERROR(
          WriteFile(base + ".mapping.textproto", SampleMapping(*r.agency)));
    }
    return WriteFile(options_.out_dir + "/truth.csv", truth_);
  }

 private:
  bool hard() const { return options_.level == "hard"; }

  // Which agencies know the family and write down which members.
  void Record(const SampleFamily& family) {
    std::vector<std::vector<std::string>> ids(family.members.size());
    for (Register& r : registers_) {
      const bool known =
          family.shielded || random_.Chance(r.agency->knows_families);
      const std::string case_ref = absl::StrFormat(
          "%s-F%05d", r.agency->id_prefix, ++r.families + options_.seed % 97);
      for (size_t m = 0; m < family.members.size(); ++m)
        ids[m].push_back(known ? RecordMember(r, family, m, case_ref) : "");
    }
    for (const auto& of_member : ids) AddTruth(of_member);
  }

  // The new record's id; empty when the agency does not know this member.
  std::string RecordMember(Register& r, const SampleFamily& family, size_t m,
                           const std::string& case_ref) {
    const SamplePerson& p = family.members[m];
    const bool of_interest = p.child ? r.agency->children : r.agency->adults;
    if (!of_interest || (!family.shielded && !random_.Chance(93))) return "";
    const std::string id =
        absl::StrFormat("%s%06d", r.agency->id_prefix,
                        100000 + 17 * ++r.records + options_.seed % 1000);
    // A child with two homes may stand under a case of its own.
    const std::string family_ref =
        p.second_home && random_.Chance(30) ? case_ref + "B" : case_ref;
    absl::StrAppend(&r.csv,
                    SampleLine(*r.agency, p, id, family_ref, family.shielded,
                               hard() ? 12 : 2, random_),
                    "\n");
    return id;
  }

  void AddTruth(const std::vector<std::string>& ids) {
    for (size_t a = 0; a < ids.size(); ++a)
      for (size_t b = a + 1; b < ids.size(); ++b)
        if (!ids[a].empty() && !ids[b].empty())
          absl::StrAppend(&truth_, registers_[a].agency->name, ",", ids[a], ",",
                          registers_[b].agency->name, ",", ids[b], "\n");
  }

  const SampleOptions& options_;
  SampleRandom random_;
  size_t serial_ = 0;
  std::vector<Register> registers_;
  std::string truth_ = "agency_a,id_a,agency_b,id_b\n";
};

}  // namespace

absl::Status WriteSample(const SampleOptions& options) {
  KS_RETURN_IF_ERROR(Check(options));
  std::error_code error;
  std::filesystem::create_directories(options.out_dir, error);
  if (error)
    return absl::UnavailableError(options.out_dir + ": cannot be made");
  return Sample(options).Run();
}

}  // namespace kinstile::cli
