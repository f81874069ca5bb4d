// SPDX-License-Identifier: Apache-2.0
// What the parts of spine_bench share: options and the registers' consortium.
#ifndef KINSTILE_TESTS_BENCH_SPINE_SPINE_H_
#define KINSTILE_TESTS_BENCH_SPINE_SPINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/cli/local_consortium.h"
#include "adapters/cli/scratch_folder.h"
#include "adapters/client/gateway_client.h"
#include "gateway/crypto/sign.h"
#include "gateway/index/index.h"
#include "gateway/share/consortium.h"
#include "gateway/storage/database.h"
#include "gateway/wire/tls.h"
#include "tests/bench/spine/measure.h"

namespace kinstile::bench {

struct Options {
  int64_t people = 100'000;
  double seconds = 2;  // of each load
  int rounds = 5;      // interleaved; the best of each side counts
  std::string cache;   // filled indexes are kept here
  std::string parts = "abcd";
  bool json = false;
};

// The tokens of person `person` of the big register: the same whenever asked.
std::vector<KeyedToken> TokensOf(uint64_t person);
Handle HandleOf(uint64_t person);
FamilyHandle FamilyHandleOf(uint64_t family);

// Two invented registers, one key holder, one gateway, all real processes; the
// right register has options.people people in families of four under random
// tokens. The left one asks, from this process.
class Scene {
 public:
  static absl::StatusOr<std::unique_ptr<Scene>> Start(const Options& options);

  const share::Directory& directory() const { return *directory_; }
  const wire::TlsFolder& tls() const { return tls_; }
  // The right register's certificate.
  wire::TlsFolder right_tls() const {
    return {local_->Folder("right") + "/tls"};
  }
  const crypto::SigningKey& key() const { return *key_; }
  client::Peer PeerOf(const std::string& party) const;
  cli::Process& process(const std::string& party) {
    return *local_->Find(party);
  }
  // An empty server beside them, with the key holder's certificate.
  client::Peer empty_peer() const { return empty_peer_; }
  cli::Process& empty_process() { return *empty_; }

  // The big register in a copy of its own, for look-ups in this process.
  index::Index& index() { return *index_; }
  AgencyId left() const { return *AgencyId::Create("left"); }
  AgencyId right() const { return *AgencyId::Create("right"); }

 private:
  explicit Scene(cli::ScratchFolder scratch) : scratch_(std::move(scratch)) {}
  absl::Status StartConsortium();
  absl::Status FillGateway(const std::string& filled, const std::string& key);
  absl::Status StartEmptyServer();

  cli::ScratchFolder scratch_;
  std::unique_ptr<cli::LocalConsortium> local_;
  std::unique_ptr<cli::Process> empty_;
  client::Peer empty_peer_;
  wire::TlsFolder tls_;
  std::unique_ptr<share::Directory> directory_;
  std::unique_ptr<crypto::SigningKey> key_;
  std::unique_ptr<storage::Database> store_;
  std::unique_ptr<index::Index> index_;
};

// Each appends its figures.
absl::Status MeasureEvaluate(const Options& options, Scene& scene,
                             std::vector<Figure>& figures);
absl::Status MeasureMatch(const Options& options, Scene& scene,
                          std::vector<Figure>& figures);
absl::Status MeasureShare(const Options& options, std::vector<Figure>& figures);
absl::Status MeasureShield(const Options& options,
                           std::vector<Figure>& figures);

}  // namespace kinstile::bench

#endif  // KINSTILE_TESTS_BENCH_SPINE_SPINE_H_
