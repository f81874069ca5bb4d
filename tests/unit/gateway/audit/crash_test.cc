// SPDX-License-Identifier: Apache-2.0
// kill -9 while appending: what was acknowledged is there, and all fits.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::audit {
namespace {

class Crash : public LogTest {
 protected:
  // In a child: four clients append for ever; each receipt's index goes to the
  // pipe only after Append returned, as an answer would.
  [[noreturn]] void AppendForEver(int pipe) {
    auto db = *storage::Open(store_.url());
    auto log = *Log::Open(*db, Options());
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c)
      clients.emplace_back([&, c] {
        for (int i = 0;; ++i) {
          auto receipt = log->AppendOne(SampleDraft(c * 100000 + i));
          if (!receipt.ok()) _exit(1);
          uint64_t index = receipt->index();
          if (write(pipe, &index, sizeof(index)) != sizeof(index)) _exit(1);
        }
      });
    for (std::thread& t : clients) t.join();
    _exit(0);
  }
};

TEST_F(Crash, EveryAcknowledgedEntrySurvivesAKill) {
  log_.reset();
  db_.reset();
  uint64_t largest = 0;
  int acknowledged = 0;
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) AppendForEver(ends[1]);
    close(ends[1]);
    uint64_t index;
    // Killed in the middle of whatever it does after some acknowledgements.
    for (int i = 0; i < 40 + 23 * round; ++i) {
      ASSERT_EQ(read(ends[0], &index, sizeof(index)), ssize_t{sizeof(index)});
      largest = std::max(largest, index);
      ++acknowledged;
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ends[0]);

    ReopenStore();
    VerifyReport report = Verify();
    EXPECT_THAT(report.failures, testing::IsEmpty());
    EXPECT_GT(report.entries, largest);
    EXPECT_GE(report.sealed, static_cast<uint64_t>(acknowledged));
    EXPECT_TRUE(OpenAs(council_, "council").failures.empty());
    db_.reset();
  }
}

}  // namespace
}  // namespace kinstile::audit
