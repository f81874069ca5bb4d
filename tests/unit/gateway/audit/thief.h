// SPDX-License-Identifier: Apache-2.0
// Who steals a running process's memory, and what it opens.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_THIEF_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_THIEF_H_

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "gateway/audit/entries.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/seal.h"
#include "gateway/crypto/aead.h"
#include "gateway/crypto/hkdf.h"

namespace kinstile::audit {

// Everything writable in a process's memory, without pages of zeros. Empty for
// who may not read it: of a hardened process that is everybody but root.
inline std::string MemoryOf(pid_t pid) {
  // No program's own memory: what a sanitizer reserves for its shadow.
  constexpr unsigned long kShadowBytes = 1ul << 30;
  const std::string proc = "/proc/" + std::to_string(pid);
  std::ifstream maps(proc + "/maps");
  const int mem = open((proc + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  std::string out, line;
  char page[4096];
  while (mem >= 0 && std::getline(maps, line)) {
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
  if (mem >= 0) close(mem);
  return out;
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
      const auto key = EntryKey::FromBytes(crypto::SecretAccess(), raw);
      const Digest commitment = CommitmentOf(*key);
      for (const Entry& e : entries_)
        if (commitment == e.leaf.key_commitment || OpensIt(*key, raw, e))
          opened.insert(e.index);
    }
    return opened;
  }

 private:
  struct Entry {
    Leaf leaf;
    std::string payload;
    uint64_t index;
  };

  // Key material looks random: few zeros, few repetitions. Almost nothing else
  // in memory does.
  static bool LooksLikeAKey(const char* p) {
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

  static Digest CommitmentOf(const EntryKey& key) {
    Digest commitment;
    crypto::HkdfExpand(key, "kinstile/v1/audit-entry-commitment",
                       commitment.bytes.data(), Digest::kSize);
    return commitment;
  }

  static bool OpensIt(const EntryKey& key, absl::string_view raw,
                      const Entry& e) {
    Chain chain(key.Clone(), e.leaf.origin_hash, e.leaf.audience, e.leaf.epoch,
                e.leaf.ratchet);
    if (CommitmentOf(chain.Next()) == e.leaf.key_commitment) return true;
    const auto as_aead =
        crypto::AeadKey::FromBytes(crypto::SecretAccess(), raw);
    return crypto::AeadOpen(*as_aead, SealingContext(e.leaf), e.payload).ok();
  }

  std::vector<Entry> entries_;
};

}  // namespace kinstile::audit

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_AUDIT_THIEF_H_
