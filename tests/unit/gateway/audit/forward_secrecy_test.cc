// SPDX-License-Identifier: Apache-2.0
// What a running gateway's memory tells of an epoch that has ended: nothing.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/audit/rows.h"
#include "tests/unit/gateway/audit/fixture.h"
#include "tests/unit/gateway/audit/thief.h"

namespace kinstile::audit {
namespace {

class ForwardSecrecy : public LogTest {
 protected:
  // The gateway: three entries, the epoch's end, two more; then it waits; then
  // one more of the same epoch.
  [[noreturn]] void RunGateway(int ready, int go) {
    auto db = *storage::Open(store_.url());
    auto log = *Log::Open(*db, Options());
    const auto append = [&](int n) {
      if (!log->AppendOne(SampleDraft(n)).ok()) _exit(1);
    };
    for (int n = 1; n <= 3; ++n) append(n);
    clock_.now_ms += absl::ToInt64Milliseconds(absl::Minutes(11));
    append(4);
    append(5);
    char byte = 'x';
    if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1) _exit(1);
    append(6);
    if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1) _exit(1);
    _exit(0);
  }
};

TEST_F(ForwardSecrecy, MemoryAfterAnEpochOpensNoEntryOfIt) {
  log_.reset();
  db_.reset();
  int ready[2], go[2];
  ASSERT_EQ(pipe(ready) + pipe(go), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // So that it sees the end of this process, and ends too.
    close(ready[0]);
    close(go[1]);
    RunGateway(ready[1], go[0]);
  }
  close(ready[1]);
  close(go[0]);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const std::string memory = MemoryOf(child);
  // Nor the text of an entry as it was before it was sealed.
  const std::string encoded = *EncodeRecord(SampleRecord(1));
  const std::string text = encoded.substr(encoded.find("staff-0042"), 40);
  EXPECT_EQ(memory.find(text), memory.npos);
  ASSERT_EQ(write(go[1], &byte, 1), 1);
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(write(go[1], &byte, 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);

  ReopenStore();
  EntryPage page = *ReadEntries(*db_, LogNumber(kOrigin), "council", 0, 100);
  std::vector<StoredEntry> sealed;
  for (StoredEntry& e : page.entries)
    if (DecodeLeaf(e.leaf)->sealing == Sealing::kRatchetV1)
      sealed.push_back(std::move(e));
  ASSERT_EQ(sealed.size(), 6u);
  // Nothing that was written before the dump, in the ended epoch or in the one
  // that goes on; but the next entry, whose chain key has to be there.
  EXPECT_THAT(Thief(sealed).Opened(memory),
              testing::ElementsAre(sealed[5].index));
}

}  // namespace
}  // namespace kinstile::audit
