// SPDX-License-Identifier: Apache-2.0
// Every way the store's system calls can fail, at every place, under load.
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/e2e/order_fixture.h"

namespace kinstile::e2e {
namespace {

// The n-th call of each thread fails; n from 1 on. KINSTILE_FULL_GRID=1 tries
// every n up to `most`, a plain run those of `some`.
struct Calls {
  const char* name;
  std::vector<int> some;
  int most;
};
const Calls kCalls[] = {
    {"pwrite64", {29, 71}, 160},
    {"fdatasync", {3, 9}, 40},
    {"fsync", {1}, 4},
    {"rename", {1}, 2},
};
const char* const kFaults[] = {"error=EIO", "error=ENOSPC", "signal=SIGKILL"};

bool FullGrid() {
  const char* wanted = std::getenv("KINSTILE_FULL_GRID");
  return wanted != nullptr && *wanted == '1';
}

std::vector<int> PlacesOf(const Calls& calls) {
  if (!FullGrid()) return calls.some;
  std::vector<int> all;
  for (int n = 1; n <= calls.most; ++n) all.push_back(n);
  return all;
}

TEST_F(Order, NoFaultAtAnyCallLosesAnAnsweredEntry) {
  ASSERT_TRUE(fs::exists(kStrace)) << "install strace";
  int ended = 0, cases = 0;
  for (const Calls& calls : kCalls) {
    int met = 0;
    bool called = false;
    for (int n : PlacesOf(calls)) {
      for (const char* fault : kFaults) {
        SCOPED_TRACE(absl::StrCat(calls.name, " ", fault, " at ", n));
        ++cases;
        EndGateway();
        {
          cli::Process process =
              StartUnder(Inject(calls.name, absl::StrCat(fault, ":when=", n)));
          auto clients = StartClients(3);
          // Long enough to meet the fault, unless it has ended it.
          Eventually([&] {
            return !process.running() || clients->told().answers >= 6;
          });
          const bool died = !process.running();
          ended += died;
          process.Stop();
          const std::string seen = ReadAll(Injected());
          met += died || seen.find("(INJECTED") != std::string::npos;
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
    }
    // The faults were really there, if the gateway makes the call at all:
    // SQLite may do with fdatasync alone.
    EXPECT_TRUE(met > 0 || !called) << calls.name;
    std::printf("%s: %d of %zu faults met%s\n", calls.name, met,
                PlacesOf(calls).size() * std::size(kFaults),
                called ? "" : ", for it is never called");
  }
  EXPECT_GT(ended, cases / 4);
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
