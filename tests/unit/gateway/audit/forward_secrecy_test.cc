// SPDX-License-Identifier: Apache-2.0
// What a running gateway's memory tells of an epoch that has ended: nothing.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>

#include "gateway/audit/rows.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hkdf.h"
#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::audit {
namespace {

constexpr char kCommitLabel[] = "kinstile/v1/audit-entry-commitment";

// No program's own memory: what a sanitizer reserves for its shadow.
constexpr unsigned long kShadowBytes = 1ul << 30;

// Everything writable in a process's memory, without pages of zeros.
std::string MemoryOf(pid_t pid) {
  const std::string proc = "/proc/" + std::to_string(pid);
  std::ifstream maps(proc + "/maps");
  const int mem = open((proc + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_GE(mem, 0);
  std::string out, line;
  char page[4096];
  while (std::getline(maps, line)) {
    unsigned long begin = 0, end = 0;
    char mode[8] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %7s", &begin, &end, mode) != 3 ||
        mode[0] != 'r' || mode[1] != 'w' || end - begin >= kShadowBytes)
      continue;
    for (unsigned long at = begin; at < end; at += sizeof(page)) {
      const ssize_t n = pread(mem, page, sizeof(page), static_cast<off_t>(at));
      if (n > 0 && std::any_of(page, page + n, [](char c) { return c != 0; }))
        out.append(page, static_cast<size_t>(n));
    }
  }
  close(mem);
  return out;
}

// Key material looks random: few zeros, few repetitions. Almost nothing else
// in memory does.
bool LooksLikeAKey(const char* p) {
  int zeros = 0;
  uint64_t seen[4] = {};
  for (int i = 0; i < 32; ++i) {
    const auto b = static_cast<uint8_t>(p[i]);
    if (b == 0 && ++zeros > 2) return false;
    seen[b >> 6] |= uint64_t{1} << (b & 63);
  }
  int distinct = 0;
  for (uint64_t word : seen) distinct += __builtin_popcountll(word);
  return distinct >= 22;
}

// Which entries 32 bytes of memory open: as the entry's own key, as its AEAD
// key, or as the chain key before it.
class Thief {
 public:
  explicit Thief(const std::vector<StoredEntry>& entries) {
    for (const StoredEntry& e : entries)
      entries_.push_back({*DecodeLeaf(e.leaf), e.payload, e.index});
  }

  std::set<uint64_t> Opened(const std::string& memory) const {
    std::set<uint64_t> opened;
    for (size_t at = 0; at + 32 <= memory.size(); ++at) {
      if (!LooksLikeAKey(memory.data() + at)) continue;
      const absl::string_view raw(memory.data() + at, 32);
      for (const Entry& e : entries_)
        if (OpensIt(raw, e)) opened.insert(e.index);
    }
    return opened;
  }

 private:
  struct Entry {
    Leaf leaf;
    std::string payload;
    uint64_t index;
  };

  static bool Commits(const EntryKey& key, const Leaf& leaf) {
    Digest commitment;
    crypto::HkdfExpand(key, kCommitLabel, commitment.bytes.data(),
                       Digest::kSize);
    return commitment == leaf.key_commitment;
  }

  static bool OpensIt(absl::string_view raw, const Entry& e) {
    const auto as_prk = EntryKey::FromBytes(crypto::SecretAccess(), raw);
    if (Commits(*as_prk, e.leaf)) return true;
    Chain chain(as_prk->Clone(), e.leaf.origin_hash, e.leaf.audience,
                e.leaf.epoch, e.leaf.ratchet);
    if (Commits(chain.Next(), e.leaf)) return true;
    const auto as_aead =
        crypto::AeadKey::FromBytes(crypto::SecretAccess(), raw);
    return crypto::AeadOpen(*as_aead, SealingContext(e.leaf), e.payload).ok();
  }

  std::vector<Entry> entries_;
};

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
