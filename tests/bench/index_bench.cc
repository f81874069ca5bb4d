// SPDX-License-Identifier: Apache-2.0
// How fast a family is looked up among a million people, on one core.
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/index/index.h"
#include "gateway/storage/database.h"

namespace kinstile {
namespace {

constexpr char kUsage[] =
    "usage: index_bench [--people=N] [--seconds=S] [--dir=FOLDER] [--json]\n"
    "Enrols N people (default 1000000) in families of four with random tokens\n"
    "for every match-key, then looks up whole families for S seconds "
    "(default 5).\n"
    "FOLDER (default: the system's temporary folder) needs about 600 bytes a\n"
    "person while it runs.\n";

struct Options {
  int64_t people = 1'000'000;
  int64_t seconds = 5;
  std::string dir = std::filesystem::temp_directory_path().string();
  bool json = false;
};

struct Report {
  double enrol_seconds = 0;
  double publish_seconds = 0;
  double bytes_per_person = 0;
  double families_per_second = 0;   // every member is there
  double strangers_per_second = 0;  // nobody is
  double p50_microseconds = 0;
  double p99_microseconds = 0;
  int64_t peak_megabytes = 0;
};

using Time = std::chrono::steady_clock::time_point;
Time Now() { return std::chrono::steady_clock::now(); }
double Since(Time begin) {
  return std::chrono::duration<double>(Now() - begin).count();
}

// Rates are per second of this thread's CPU time: the same beside other work.
double CpuSeconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// A cheap mixer: the tokens of person `person` are the same whenever asked.
uint64_t Mix(uint64_t v) {
  v += 0x9e3779b97f4a7c15;
  v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
  v = (v ^ v >> 27) * 0x94d049bb133111eb;
  return v ^ v >> 31;
}

template <class Id>
Id IdOf(uint64_t kind, uint64_t number) {
  Id id;
  const uint64_t halves[2] = {Mix(kind << 48 ^ number),
                              Mix(kind << 48 ^ number ^ uint64_t{1} << 63)};
  std::memcpy(id.bytes.data(), halves, sizeof(halves));
  return id;
}

std::vector<KeyedToken> TokensOf(uint64_t person) {
  std::vector<KeyedToken> tokens;
  for (const MatchKeyInfo& info : kMatchKeys)
    tokens.push_back({info.id, IdOf<Token>(100 + info.id, person)});
  return tokens;
}

absl::Status Enrol(index::Index& index, const AgencyId& agency,
                   const Options& options, Report& report) {
  const Time begin = Now();
  KS_ASSIGN_OR_RETURN(const index::EnrolmentId id,
                      index.StartEnrolment(agency, kIdentitySpecVersion, 1));
  std::vector<index::EnrolledRecord> batch;
  for (int64_t i = 0; i < options.people; ++i) {
    const uint64_t person = static_cast<uint64_t>(i);
    batch.push_back({IdOf<Handle>(1, person), IdOf<FamilyHandle>(2, person / 4),
                     false, TokensOf(person)});
    if (batch.size() < 2000 && i + 1 < options.people) continue;
    KS_RETURN_IF_ERROR(index.AddRecords(id, batch));
    batch.clear();
  }
  report.enrol_seconds = Since(begin);
  const Time publish = Now();
  KS_RETURN_IF_ERROR(
      index.FinishEnrolment(id, static_cast<uint64_t>(options.people)));
  report.publish_seconds = Since(publish);
  return absl::OkStatus();
}

struct Rate {
  double per_second = 0;
  std::vector<double> microseconds;
};

// Families at random; `offset` beyond the register gives strangers.
absl::StatusOr<Rate> LookUp(index::Index& index, const AgencyId& agency,
                            const Options& options, uint64_t offset) {
  const uint64_t families = std::max<uint64_t>(options.people / 4, 1);
  const size_t expected = offset == 0 ? 1 : 0;
  Rate rate;
  double busy = 0;
  for (uint64_t n = 0; busy < static_cast<double>(options.seconds); ++n) {
    const uint64_t family = offset + Mix(n) % families;
    std::vector<index::QueryMember> query(4);
    for (uint64_t i = 0; i < 4; ++i) query[i].tokens = TokensOf(family * 4 + i);
    const Time begin = Now();
    const double cpu = CpuSeconds();
    KS_ASSIGN_OR_RETURN(const index::FindResult found,
                        index.Find(agency, query));
    busy += CpuSeconds() - cpu;
    rate.microseconds.push_back(Since(begin) * 1e6);
    for (const index::MemberResult& member : found.members)
      if (member.candidates.size() != expected)
        return absl::InternalError("a member was not found as enrolled");
  }
  rate.per_second = static_cast<double>(rate.microseconds.size()) / busy;
  std::sort(rate.microseconds.begin(), rate.microseconds.end());
  return rate;
}

int64_t PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

void Print(const Options& options, const Report& r) {
  if (options.json) {
    std::printf(
        "{\"people\":%lld,\"enrol_seconds\":%.1f,\"publish_seconds\":%.1f,"
        "\"bytes_per_person\":%.0f,\"families_per_second\":%.0f,"
        "\"strangers_per_second\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,"
        "\"peak_mb\":%lld}\n",
        static_cast<long long>(options.people), r.enrol_seconds,
        r.publish_seconds, r.bytes_per_person, r.families_per_second,
        r.strangers_per_second, r.p50_microseconds, r.p99_microseconds,
        static_cast<long long>(r.peak_megabytes));
    return;
  }
  std::printf(
      "index: %.0f families of four per CPU second among %lld people (p50 %.0f "
      "us, "
      "p99 %.0f us; strangers %.0f/s; enrolled in %.1f s, published in %.1f s; "
      "%.0f bytes a person on disk; peak memory %lld MB)\n",
      r.families_per_second, static_cast<long long>(options.people),
      r.p50_microseconds, r.p99_microseconds, r.strangers_per_second,
      r.enrol_seconds, r.publish_seconds, r.bytes_per_person,
      static_cast<long long>(r.peak_megabytes));
}

absl::Status Measure(const Options& options, const std::string& path) {
  KS_ASSIGN_OR_RETURN(std::unique_ptr<storage::Database> database,
                      storage::Open(absl::StrCat("sqlite:", path)));
  KS_ASSIGN_OR_RETURN(
      std::unique_ptr<index::Index> index,
      index::Index::Open(*database, crypto::RandomKey<crypto::MacKey>()));
  KS_ASSIGN_OR_RETURN(const AgencyId agency, AgencyId::Create("bench"));
  Report report;
  KS_RETURN_IF_ERROR(Enrol(*index, agency, options, report));
  KS_ASSIGN_OR_RETURN(const Rate known, LookUp(*index, agency, options, 0));
  KS_ASSIGN_OR_RETURN(
      const Rate strangers,
      LookUp(*index, agency, options, static_cast<uint64_t>(options.people)));
  report.families_per_second = known.per_second;
  report.strangers_per_second = strangers.per_second;
  report.p50_microseconds = known.microseconds[known.microseconds.size() / 2];
  report.p99_microseconds =
      known.microseconds[known.microseconds.size() * 99 / 100];
  report.bytes_per_person =
      static_cast<double>(std::filesystem::file_size(path)) /
      static_cast<double>(options.people);
  report.peak_megabytes = PeakMegabytes();
  Print(options, report);
  return absl::OkStatus();
}

bool Parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const absl::string_view arg = argv[i];
    const size_t equals = arg.find('=');
    const absl::string_view name = arg.substr(0, equals);
    const absl::string_view value =
        equals == arg.npos ? "" : arg.substr(equals + 1);
    if (arg == "--json")
      options.json = true;
    else if (name == "--dir" && !value.empty())
      options.dir = std::string(value);
    else if (!(name == "--people" &&
               absl::SimpleAtoi(value, &options.people)) &&
             !(name == "--seconds" &&
               absl::SimpleAtoi(value, &options.seconds)))
      return false;
  }
  return options.people >= 4 && options.seconds >= 1;
}

int Main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  std::string dir = absl::StrCat(options.dir, "/index_bench.XXXXXX");
  if (mkdtemp(dir.data()) == nullptr) {
    std::fputs("index_bench: cannot make a folder\n", stderr);
    return 1;
  }
  const absl::Status status = Measure(options, dir + "/index.db");
  std::filesystem::remove_all(dir);
  if (status.ok()) return 0;
  std::fprintf(stderr, "index_bench: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace kinstile

int main(int argc, char** argv) { return kinstile::Main(argc, argv); }
