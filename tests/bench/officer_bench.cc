// SPDX-License-Identifier: Apache-2.0
// What an officer waits for: verifying a trail, and building the search index.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/cli/audit/index.h"
#include "gateway/audit/log.h"
#include "gateway/audit/verify.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/random.h"
#include "gateway/storage/database.h"
#include "tests/bench/target.h"

namespace kinstile::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kUsage[] =
    "usage: officer_bench [--entries=N] [--batch=N] [--dir=FOLDER] "
    "[--smoke]\n"
    "Writes a trail of N entries (100,000; 1000000 is the figure that is\n"
    "meant) in batches of 128, then times its verification, and opening and\n"
    "indexing all of it, each on one core. --smoke: 2,000 entries, to see "
    "that\n"
    "it runs.\n";

constexpr char kOrigin[] = "bench.example/audit";

struct Options {
  uint64_t entries = 100'000;
  uint64_t batch = 128;
  std::string dir = std::filesystem::temp_directory_path().string();
};

double Since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// A release to the council about two people of thousands.
audit::Draft SampleDraft(uint64_t n) {
  audit::Draft d;
  d.audience = "council";
  audit::Record& r = d.record;
  r.type = audit::EntryType::kRelease;
  r.time_ms = 1'790'000'000'000 + static_cast<int64_t>(n) * 100;
  r.requester = *AgencyId::Create("council");
  r.practitioner = absl::StrCat("staff-", n % 500);
  r.role = "key worker";
  r.purpose = "SUPPORT_KEY_WORKING";
  r.reason = "first family plan meeting";
  r.agreement = *AgreementId::Create("family-support");
  audit::Leg leg;
  leg.agency = *AgencyId::Create("health");
  leg.status = audit::LegStatus::kAnswered;
  leg.basis = {"Children Act 2004 s.10"};
  leg.items_asked = {"visit-dates", "open-cases", "contact"};
  leg.released = {{"visit-dates", "month", {0, 1}},
                  {"open-cases", "count", {0, 1}}};
  leg.withheld = {{"contact", "r-7", "data protection", "not needed"}};
  r.legs = {leg};
  for (uint64_t i = 0; i < 2; ++i)
    r.subjects.push_back(*Handle::FromBytes(
        crypto::Sha256(absl::StrCat(n % 50'000 + i)).view().substr(0, 16)));
  return d;
}

absl::Status Fill(storage::Database& db, audit::Log& log, const Options& o) {
  for (uint64_t n = 0; n < o.entries;) {
    std::vector<audit::Draft> drafts;
    for (; drafts.size() < o.batch && n < o.entries; ++n)
      drafts.push_back(SampleDraft(n));
    KS_RETURN_IF_ERROR(log.Append(std::move(drafts)).status());
  }
  return db.healthy() ? absl::OkStatus() : absl::DataLossError("bench: store");
}

absl::Status Run(const std::string& folder, const Options& o) {
  KS_ASSIGN_OR_RETURN(auto db, storage::Open("sqlite:" + folder + "/audit.db"));
  const auto officer = crypto::RandomKey<crypto::BoxSecretKey>();
  const auto oversight = crypto::RandomKey<crypto::BoxSecretKey>();
  audit::LogOptions options{
      kOrigin,
      crypto::SigningKey::FromSeed(crypto::RandomKey<crypto::SigningSeed>()),
      {{},
       {{"council",
         {{"k", crypto::PublicKeyOf(officer)},
          {"o", crypto::PublicKeyOf(oversight)}}}}}};
  KS_ASSIGN_OR_RETURN(auto log, audit::Log::Open(*db, std::move(options)));
  auto start = SteadyClock::now();
  KS_RETURN_IF_ERROR(Fill(*db, *log, o));
  std::printf("written: %.0f entries/s\n",
              static_cast<double>(o.entries) / Since(start));
  start = SteadyClock::now();
  KS_ASSIGN_OR_RETURN(const audit::VerifyReport report,
                      audit::VerifyStore(*db, kOrigin, log->verify_key()));
  if (!report.ok()) return absl::InternalError(report.failures.front());
  const double verified = Since(start);
  std::printf("verify: %.0f entries/s (%llu entries, %llu heads, %.1f s)\n",
              static_cast<double>(report.entries) / verified,
              static_cast<unsigned long long>(report.entries),
              static_cast<unsigned long long>(report.checkpoints), verified);
  std::fflush(stdout);
  KS_ASSIGN_OR_RETURN(
      auto index,
      SearchIndex::Open(folder + "/index.db", kOrigin, "council", officer));
  start = SteadyClock::now();
  SearchIndex::Updated updated;
  KS_RETURN_IF_ERROR(db->Read([&](storage::Snapshot& s) -> absl::Status {
    audit::StoreCopy copy(s, kOrigin);
    std::vector<crypto::BoxSecretKey> keys;
    keys.push_back(officer.Clone());
    KS_ASSIGN_OR_RETURN(
        updated, index->Update(copy, log->checkpoint(), std::move(keys), {}));
    return absl::OkStatus();
  }));
  if (updated.added != o.entries)
    return absl::InternalError("bench: not every entry was indexed");
  const double indexed = Since(start);
  std::printf("open and index: %.0f entries/s (%.1f s)\n",
              static_cast<double>(updated.added) / indexed, indexed);
  start = SteadyClock::now();
  uint64_t found = 0;
  Query query;
  query.practitioner = "staff-42";
  KS_RETURN_IF_ERROR(index->ForEach(query, [&found](const Found&) {
    ++found;
    return absl::OkStatus();
  }));
  std::printf("search by practitioner: %llu found in %.3f s\n",
              static_cast<unsigned long long>(found), Since(start));
  const std::string batch =
      absl::StrCat("verify, entries/s a core, batches of ", o.batch);
  PrintTarget(batch.c_str(), static_cast<double>(report.entries) / verified,
              Bound::kAtLeast, 80000);
  const auto a_million =
      absl::StrCat("open and index, seconds a million, of ", updated.added);
  PrintTarget(a_million.c_str(),
              indexed * 1e6 / static_cast<double>(updated.added),
              Bound::kAtMost, 120);
  return absl::OkStatus();
}

}  // namespace
}  // namespace kinstile::cli

int main(int argc, char** argv) {
  kinstile::cli::Options options;
  for (int i = 1; i < argc; ++i) {
    absl::string_view arg = argv[i];
    if (absl::ConsumePrefix(&arg, "--dir=")) {
      options.dir = std::string(arg);
    } else if (absl::ConsumePrefix(&arg, "--entries=") &&
               absl::SimpleAtoi(arg, &options.entries)) {
    } else if (arg == "--smoke") {
      options.entries = 2000;
    } else if (absl::ConsumePrefix(&arg, "--batch=") &&
               absl::SimpleAtoi(arg, &options.batch) && options.batch > 0 &&
               options.batch <= 512) {
    } else {
      std::fputs(kinstile::cli::kUsage, stderr);
      return 2;
    }
  }
  std::string folder = absl::StrCat(options.dir, "/officer-bench-XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const absl::Status s = kinstile::cli::Run(folder, options);
  std::filesystem::remove_all(folder);
  if (s.ok()) return 0;
  std::fprintf(stderr, "officer_bench: %s\n", std::string(s.message()).c_str());
  return 1;
}
