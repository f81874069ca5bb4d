// SPDX-License-Identifier: Apache-2.0
// Every way the store's system calls can fail, at every place, under load.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/e2e/order_fixture.h"

namespace kinstile::e2e {
namespace {

// The n-th call of each thread fails; n from 1 on. KINSTILE_FULL_GRID=1 tries
// every n until none is met any more, a plain run those of `some`.
struct Calls {
  const char* name;
  std::vector<int> some;
  bool always;  // a store cannot do without
};
const Calls kCalls[] = {
    {"pwrite64", {29, 71}, true},
    {"fdatasync", {3, 9}, true},
    {"fsync", {1}, false},
    {"rename", {1}, false},
};
constexpr int kMost = 400;
const char* const kFaults[] = {"error=EIO", "error=ENOSPC", "signal=SIGKILL"};

bool FullGrid() {
  const char* wanted = std::getenv("KINSTILE_FULL_GRID");
  return wanted != nullptr && *wanted == '1';
}

std::vector<int> PlacesOf(const Calls& calls) {
  if (!FullGrid()) return calls.some;
  std::vector<int> all;
  for (int n = 1; n <= kMost; ++n) all.push_back(n);
  return all;
}

TEST_F(Order, NoFaultAtAnyCallLosesAnAnsweredEntry) {
  ASSERT_TRUE(fs::exists(kStrace)) << "install strace";
  ASSERT_TRUE(CanTrace()) << "strace must be allowed to trace (ptrace)";
  int ended = 0, met = 0;
  for (const Calls& calls : kCalls) {
    int tried = 0, met_of_it = 0;
    std::map<std::string, int> met_by;  // fault
    bool called = false;
    for (int n : PlacesOf(calls)) {
      int met_here = 0;
      for (const char* fault : kFaults) {
        SCOPED_TRACE(absl::StrCat(calls.name, " ", fault, " at ", n));
        ++tried;
        EndGateway();
        {
          cli::Process process =
              StartUnder(Inject(calls.name, absl::StrCat(fault, ":when=", n)));
          auto clients = StartClients(3);
          // Long enough to meet the fault, unless it has ended it.
          Eventually([&] {
            return !process.running() || clients->told().answers >= 6;
          });
          ended += !process.running();
          process.Stop();
          const std::string seen = ReadAll(Injected());
          const bool was_met = FaultMet(seen);
          met_here += was_met;
          met_by[fault] += was_met;
          called = called || seen.find(calls.name) != std::string::npos;
          ExpectProven(clients->Stop());
        }
        // The next process serves, and everything told so far is in its log.
        RestartGateway();
        auto clients = StartClients(1);
        EXPECT_TRUE(clients->Await(&Told::with_data, 1));
        EndGateway();
        ExpectProven(clients->Stop());
        if (HasFailure()) return;
      }
      met_of_it += met_here;
      // A run makes no more calls than this.
      if (FullGrid() && met_here == 0) break;
    }
    // The faults were really there, if the gateway makes the call at all:
    // SQLite may do with fdatasync alone.
    for (const char* fault : kFaults)
      EXPECT_TRUE(met_by[fault] > 0 || !(calls.always || called))
          << calls.name << " " << fault;
    std::printf("%s: %d of %d faults met%s\n", calls.name, met_of_it, tried,
                called ? "" : ", for it is never called");
    std::fflush(stdout);
    met += met_of_it;
  }
  // Two of three faults are errors, which most often end nothing.
  EXPECT_GT(ended, met / 4);
  RestartGateway();
}

TEST_F(Order, KilledAtRandomUnderLoadHasAnEntryForEveryAnswer) {
  std::mt19937 random(std::random_device{}());
  auto clients = StartClients(6);
  const int rounds = FullGrid() ? 100 : 5;
  for (int i = 0; i < rounds; ++i) {
    EXPECT_TRUE(clients->Await(&Told::answers, 1 + random() % 6));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    cli::Process* process = local().Find(gateway());
    ASSERT_NE(process, nullptr);
    process->Kill();
    RestartGateway();
  }
  EXPECT_TRUE(clients->Await(&Told::answers, 4));
  ExpectProven(clients->Stop());
}

}  // namespace
}  // namespace kinstile::e2e
