// SPDX-License-Identifier: Apache-2.0
// Durable, signed entries a second, beside bare commits of the same bytes.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/audit/log.h"
#include "gateway/audit/verify.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/storage/database.h"
#include "tests/bench/target.h"
#include "tests/unit/gateway/storage/disk_faults.h"

namespace kinstile::audit {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kUsage[] =
    "usage: audit_bench [--seconds=S] [--dir=FOLDER] [--clients=N] "
    "[--smoke]\n"
    "For 1, 8, 128 and 1000 waiting clients (or N): audit entries a second,\n"
    "added latency, entries per commit, flushes, and the rate of bare SQLite "
    "commits "
    "of\n"
    "as many bytes in batches of as many entries; then the speed of verify.\n"
    "--smoke: a tenth of a second each, to see that it runs.\n";

constexpr char kOrigin[] = "bench.example/audit";

double Since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

Draft SampleDraft() {
  Draft d;
  d.audience = "council";
  d.record.type = EntryType::kRelease;
  d.record.requester = *AgencyId::Create("council");
  d.record.practitioner = "staff-0042";
  d.record.purpose = "family-support";
  Leg leg;
  leg.agency = *AgencyId::Create("health");
  leg.items_asked = {"visit-dates", "open-cases", "contact"};
  leg.released = {{"visit-dates", "month", {0, 1}},
                  {"open-cases", "count", {0, 1}}};
  leg.withheld = {{"contact", "r-7", "data protection", "not needed"}};
  d.record.legs = {leg, leg};
  d.record.subjects.resize(4);
  return d;
}

struct Figures {
  double per_second = 0, p50_ms = 0, p99_ms = 0, per_commit = 0;
  double flushes = 0;  // fsync and fdatasync calls an entry
};

crypto::SigningKey BenchKey() {
  return crypto::SigningKey::FromSeed(crypto::RandomKey<crypto::SigningSeed>());
}

uint64_t CountCheckpoints(storage::Database& db) {
  uint64_t n = 0;
  (void)db.Read([&n](storage::Snapshot& s) {
    return s.Query("SELECT COUNT(*) FROM audit_checkpoints", {},
                   [&n](const storage::Row& row) {
                     n = static_cast<uint64_t>(row.Int(0));
                     return absl::OkStatus();
                   });
  });
  return n;
}

absl::StatusOr<Figures> Appends(storage::Database& db, Log& log, int clients,
                                double seconds) {
  std::atomic<bool> stop = false, failed = false;
  std::vector<std::vector<double>> latencies(clients);
  const uint64_t size = log.size(), commits = CountCheckpoints(db);
  const int syncs = SyncCount();
  const auto start = SteadyClock::now();
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c)
    threads.emplace_back([&, c] {
      while (!stop) {
        auto begin = SteadyClock::now();
        if (!log.AppendOne(SampleDraft()).ok()) failed = true;
        latencies[c].push_back(Since(begin) * 1e3);
      }
    });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (std::thread& t : threads) t.join();
  const double elapsed = Since(start);
  if (failed) return absl::InternalError("bench: an append failed");
  std::vector<double> all;
  for (auto& l : latencies) all.insert(all.end(), l.begin(), l.end());
  std::sort(all.begin(), all.end());
  const double entries = static_cast<double>(log.size() - size);
  return Figures{entries / elapsed, all[all.size() / 2],
                 all[all.size() * 99 / 100],
                 entries / static_cast<double>(CountCheckpoints(db) - commits),
                 (SyncCount() - syncs) / entries};
}

// Rows of the same bytes and keys, without sealing, hashing or signing.
absl::StatusOr<double> BareCommits(storage::Database& db,
                                   const StoredEntry& like,
                                   const std::string& note, int batch,
                                   double seconds) {
  const auto start = SteadyClock::now();
  static int64_t index = 0;
  const int64_t first = index;
  while (Since(start) < seconds) {
    KS_RETURN_IF_ERROR(db.Write([&](storage::Transaction& t) -> absl::Status {
      using storage::Value;
      for (int i = 0; i < batch; ++i, ++index) {
        KS_RETURN_IF_ERROR(
            t.Execute("INSERT INTO audit_leaves (log, idx, audience, leaf) "
                      "VALUES (?1, ?2, ?3, ?4)",
                      {Value::Int(1), Value::Int(index), Value::Text("council"),
                       Value::Blob(like.leaf)})
                .status());
        KS_RETURN_IF_ERROR(
            t.Execute(
                 "INSERT INTO audit_payloads (log, idx, payload) "
                 "VALUES (?1, ?2, ?3)",
                 {Value::Int(1), Value::Int(index), Value::Blob(like.payload)})
                .status());
      }
      return t
          .Execute(
              "INSERT INTO audit_checkpoints (log, size, note) "
              "VALUES (?1, ?2, ?3)",
              {Value::Int(1), Value::Int(index), Value::Text(note)})
          .status();
    }));
  }
  return static_cast<double>(index - first) / Since(start);
}

absl::Status Run(const std::string& folder, std::vector<int> clients,
                 double seconds) {
  KS_ASSIGN_OR_RETURN(auto db, storage::Open("sqlite:" + folder + "/audit.db"));
  KS_ASSIGN_OR_RETURN(auto bare,
                      storage::Open("sqlite:" + folder + "/bare.db"));
  auto officer = crypto::RandomKey<crypto::BoxSecretKey>();
  auto oversight = crypto::RandomKey<crypto::BoxSecretKey>();
  LogOptions options{kOrigin,
                     BenchKey(),
                     {{},
                      {{"council",
                        {{"k", crypto::PublicKeyOf(officer)},
                         {"o", crypto::PublicKeyOf(oversight)}}}}}};
  KS_ASSIGN_OR_RETURN(auto log, Log::Open(*db, std::move(options)));
  std::printf("%8s %12s %9s %9s %14s %13s %14s %7s\n", "clients", "entries/s",
              "p50 ms", "p99 ms", "entries/commit", "flushes/entry",
              "bare SQLite/s", "ratio");
  struct Measured {
    int clients;
    double per_second, ratio;
  };
  std::vector<Measured> measured;
  for (int n : clients) {
    KS_ASSIGN_OR_RETURN(Figures f, Appends(*db, *log, n, seconds));
    const int batch = std::max(1, static_cast<int>(f.per_commit + 0.5));
    KS_ASSIGN_OR_RETURN(const EntryPage last,
                        log->ListEntries("council", log->size() - 1, 1));
    KS_ASSIGN_OR_RETURN(
        double base, BareCommits(*bare, last.entries.at(0), log->checkpoint(),
                                 batch, seconds));
    std::printf("%8d %12.0f %9.3f %9.3f %14.1f %13.3f %14.0f %7.2f\n", n,
                f.per_second, f.p50_ms, f.p99_ms, f.per_commit, f.flushes, base,
                base / f.per_second);
    std::fflush(stdout);
    measured.push_back({n, f.per_second, base / f.per_second});
  }
  for (const Measured& m : measured) {
    if (m.clients == 1)
      PrintTarget("bare SQLite / ours, 1 client", m.ratio, Bound::kAtMost, 1.5);
    if (m.clients != 128) continue;
    PrintTarget("entries/s, 128 clients", m.per_second, Bound::kAtLeast, 15000);
    PrintTarget("bare SQLite / ours, 128 clients", m.ratio, Bound::kAtMost, 3);
  }
  const auto start = SteadyClock::now();
  KS_ASSIGN_OR_RETURN(VerifyReport report,
                      VerifyStore(*db, kOrigin, log->verify_key()));
  if (!report.ok()) return absl::InternalError(report.failures.front());
  std::printf("verify: %.0f entries/s (%llu entries, %llu checkpoints)\n",
              static_cast<double>(report.entries) / Since(start),
              static_cast<unsigned long long>(report.entries),
              static_cast<unsigned long long>(report.checkpoints));
  return absl::OkStatus();
}

}  // namespace
}  // namespace kinstile::audit

int main(int argc, char** argv) {
  double seconds = 3;
  std::string dir = std::filesystem::temp_directory_path().string();
  std::vector<int> clients = {1, 8, 128, 1000};
  for (int i = 1; i < argc; ++i) {
    absl::string_view arg = argv[i];
    int n = 0;
    if (absl::ConsumePrefix(&arg, "--dir=")) {
      dir = std::string(arg);
    } else if (absl::ConsumePrefix(&arg, "--seconds=") &&
               absl::SimpleAtod(arg, &seconds)) {
    } else if (arg == "--smoke") {
      seconds = 0.1;
    } else if (absl::ConsumePrefix(&arg, "--clients=") &&
               absl::SimpleAtoi(arg, &n) && n > 0) {
      clients = {n};
    } else {
      std::fputs(kinstile::audit::kUsage, stderr);
      return 2;
    }
  }
  std::string folder = absl::StrCat(dir, "/audit-bench-XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) return 1;
  absl::Status s = kinstile::audit::Run(folder, clients, seconds);
  std::filesystem::remove_all(folder);
  if (s.ok()) return 0;
  std::fprintf(stderr, "audit_bench: %s\n", std::string(s.message()).c_str());
  return 1;
}
