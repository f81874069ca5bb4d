// SPDX-License-Identifier: Apache-2.0
// A small consortium of real processes with invented families, for tests.
#ifndef KINSTILE_TESTS_E2E_CONSORTIUM_H_
#define KINSTILE_TESTS_E2E_CONSORTIUM_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/cli/local_consortium.h"
#include "adapters/cli/scratch_folder.h"
#include "adapters/client/requester.h"
#include "adapters/daemon/node.h"
#include "gateway/crypto/sign.h"

namespace kinstile::e2e {

struct Setting {
  uint64_t families = 80;
  uint64_t register_size = 5'000;  // that each agency declares
  uint64_t seed = 11;
  uint64_t query_budget = 100'000;
  std::string programs = KINSTILE_PROGRAMS;
  std::string agreements = KINSTILE_POLICY_DIR "/agreements";
  // The gateway's own copy; empty: the same folder.
  std::string gateway_agreements;
  const Clock* clock = &SystemClock();  // of the nodes in this process
  uint32_t witness_every_ms = 1'000;
  uint32_t witness_sensitive_seconds = 0;  // 0: the default
  uint32_t witness_ordinary_seconds = 0;
  bool enrol = true;  // and start every adapter
  // Otherwise law and agreements must be signed.
  bool demonstration = true;
  std::string law = KINSTILE_POLICY_DIR "/law";
  std::function<absl::Status(const cli::LocalConsortium&)> before_start = {};
};

// An agency's requester, taken apart: each step of asking can be done, undone
// or done wrongly. Outlived by its Consortium.
class Asker {
 public:
  // `tls` as the agency's own folder, or another one.
  Asker(cli::LocalConsortium& local, daemon::Node& node,
        const std::string& tls);

  // A request as an honest adapter would send it, with its sealing key.
  struct Asked {
    share::SignedRequest request;
    crypto::BoxSecretKey sealing_key;
  };
  absl::StatusOr<Asked> Sign(const std::vector<client::Member>& members,
                             client::Question question);
  // Signs again, after a change.
  void Resign(share::SignedRequest& request) const;

  const crypto::SigningKey& key() const { return key_; }
  client::TokenClient& tokens() { return tokens_; }
  client::GatewayClient& gateway() { return gateway_; }
  client::Requester& requester() { return requester_; }

 private:
  const wire::TlsFolder tls_;
  const std::string practitioners_;
  const crypto::SigningKey key_;
  client::TokenClient tokens_;
  client::GatewayClient gateway_;
  client::Requester requester_;
};

class Consortium {
 public:
  // jcp, council and health; holder-jcp and holder-health, both of which must
  // answer.
  static absl::StatusOr<std::unique_ptr<Consortium>> Start(
      const Setting& setting);

  cli::LocalConsortium& local() { return *local_; }
  // The agency's own side, in this process, beside its running adapter.
  daemon::Node& node(const std::string& agency) { return *nodes_.at(agency); }
  absl::StatusOr<daemon::Node*> OpenNode(const std::string& agency);
  std::unique_ptr<Asker> NewAsker(const std::string& agency);

  std::string Path(const std::string& name) const {
    return scratch_.path() + "/" + name;
  }
  std::string Register(const std::string& agency) const {
    return Path("registers/" + agency + ".csv");
  }

  // Local ids at council of people who are shielded at jcp; of people whose
  // whole family jcp does not know; and id at council to id at jcp.
  absl::StatusOr<std::vector<std::string>> ShieldedAtJcp();
  absl::StatusOr<std::vector<std::string>> UnknownAtJcp();
  const std::map<std::string, std::string>& Same(const std::string& a,
                                                 const std::string& b) {
    return same_[{a, b}];
  }
  absl::StatusOr<std::vector<client::Member>> Family(const std::string& agency,
                                                     const std::string& id);
  // Records at the asking agency that everybody of the family has agreed, for
  // three months; gives the consents' ids.
  absl::StatusOr<std::vector<share::ConsentId>> RecordConsents(
      const std::vector<client::Member>& family, const std::string& from,
      const std::string& to, const std::vector<std::string>& items,
      const daemon::ConsentNote& note = {"NB-KW-0042", "", ""});
  // A council family that jcp answers about; remembered.
  absl::StatusOr<std::vector<client::Member>> KnownFamily();

 private:
  explicit Consortium(cli::ScratchFolder scratch)
      : scratch_(std::move(scratch)) {}
  absl::Status ReadTruth();

  cli::ScratchFolder scratch_;
  std::map<std::pair<std::string, std::string>,
           std::map<std::string, std::string>>
      same_;
  std::string known_;
  const Clock* clock_ = nullptr;
  std::unique_ptr<cli::LocalConsortium> local_;
  std::map<std::string, std::unique_ptr<daemon::Node>> nodes_;
};

const std::vector<std::string>& Agencies();

// What a council key worker may ask under the agreement family-support.
client::Question KeyWorkerQuestion();
share::SourceAsk AskOf(const std::string& agency,
                       std::vector<std::string> items);
client::Question AskJcp();

// Calls until it gives true or ten seconds have gone.
bool Eventually(const std::function<bool()>& f);

std::string ReadAll(const std::string& path);
void WriteAll(const std::string& path, absl::string_view text);
// Replaces the one occurrence of `from` in a file.
void Edit(const std::string& path, const std::string& from,
          const std::string& to);

// A program's exit code and everything it printed.
struct Ran {
  int code = -1;
  std::string output;
};
Ran RunProgram(const std::vector<std::string>& argv);

}  // namespace kinstile::e2e

#endif  // KINSTILE_TESTS_E2E_CONSORTIUM_H_
