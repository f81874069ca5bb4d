// SPDX-License-Identifier: Apache-2.0
// The part of verification that goes through the entries, one by one.
#ifndef KINSTILE_GATEWAY_AUDIT_VERIFY_ENTRIES_H_
#define KINSTILE_GATEWAY_AUDIT_VERIFY_ENTRIES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/audit/audience.h"
#include "gateway/audit/copy.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/shred.h"
#include "gateway/audit/verify.h"
#include "gateway/audit/verify_cosignatures.h"
#include "gateway/crypto/hash.h"

namespace kinstile::audit {

// Follows a log from GENESIS on: who can read, which epochs are open, what was
// erased. Writes what it finds into `report`, and what the rest of the copy is
// held against into `contents`.
class EntryChecker {
 public:
  EntryChecker(absl::string_view origin, const crypto::VerifyKey& key,
               const ManifestReader& manifests,
               CosignatureChecker& cosignatures, VerifyReport& report)
      : origin_(origin),
        origin_hash_(crypto::Sha256(origin)),
        key_(key),
        manifests_(manifests),
        cosignatures_(cosignatures),
        report_(report) {}

  void Check(const EntryRow& row);
  // After the last entry: is everything that is missing accounted for?
  void Finish();

  const Contents& contents() const { return contents_; }
  // Whether the log ends in a CLOSE.
  bool closed() const { return closed_; }

 private:
  struct Epoch {
    Scope scope;
    uint32_t next;  // number of its next entry
  };
  // A sealed entry, and whether its payload is there.
  struct Sealed {
    uint64_t index;
    uint32_t audience;  // in audiences_
    int32_t bucket;     // in buckets_; -1: unknown
    bool gone;
  };
  // Whose keys open a bucket's entries.
  struct BucketKeys {
    std::set<std::string> ids;
    bool standing = false;  // one of them opens every bucket
  };
  struct Ordered {
    uint64_t by;  // the SHRED entry
    ShredOrder order;
  };

  void FailAt(uint64_t index, absl::string_view what);
  void CheckPlace(const EntryRow& row, const Leaf& leaf);
  void CheckPayload(const EntryRow& row, const Leaf& leaf);
  void CheckSealed(const EntryRow& row, const Leaf& leaf);
  void CheckPublic(const Leaf& leaf, absl::string_view payload);
  void CheckGenesis(const Leaf& leaf, absl::string_view payload);
  void CheckKeyManifest(const Leaf& leaf, absl::string_view payload);
  void CheckManifestSignatures(const Leaf& leaf, const KeyManifest& manifest);
  void CheckManifestVersion(const Leaf& leaf, const KeyManifest& manifest,
                            uint32_t version);
  void CheckKeyFrame(const Leaf& leaf, absl::string_view payload);
  void CheckEpochSeal(const Leaf& leaf);
  void CheckShred(const Leaf& leaf, absl::string_view payload);
  void CheckContinues(const Leaf& leaf, absl::string_view payload);
  void CheckClose(const Leaf& leaf, absl::string_view payload);
  void CheckOrder(const Leaf& leaf, const ShredOrder& order,
                  const std::set<std::string>& approved);
  bool Covered(const Sealed& entry) const;
  static int32_t Number(std::map<std::string, int32_t>& names,
                        const std::string& name);

  const std::string origin_;
  const Digest origin_hash_;
  const crypto::VerifyKey key_;
  const ManifestReader& manifests_;
  CosignatureChecker& cosignatures_;
  VerifyReport& report_;
  Contents contents_;

  uint64_t next_index_ = 0;
  int64_t last_time_ = INT64_MIN;
  uint64_t last_epoch_ = 0;
  bool closed_ = false;
  KeyManifest manifest_;
  std::map<std::string, crypto::VerifyKey> signing_keys_;
  std::map<uint64_t, Epoch> open_;  // epochs in use
  std::set<Scope> in_use_;          // theirs
  std::vector<Sealed> sealed_;      // ascending
  std::map<std::string, int32_t> audiences_, buckets_;
  std::map<std::string, BucketKeys> bucket_keys_;
  // Of the manifest believed last.
  uint32_t manifest_version_ = 0;
  Digest manifest_digest_{};
  std::vector<Ordered> orders_;
};

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_VERIFY_ENTRIES_H_
