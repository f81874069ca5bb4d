// SPDX-License-Identifier: Apache-2.0
// A whole consortium on one machine, of real processes over mutual TLS.
#ifndef KINSTILE_ADAPTERS_CLI_LOCAL_CONSORTIUM_H_
#define KINSTILE_ADAPTERS_CLI_LOCAL_CONSORTIUM_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/cli/ceremony.h"
#include "adapters/cli/process.h"

namespace kinstile::cli {

struct LocalAgency {
  std::string id;
  std::string csv;
  std::string mapping;
  // Who may ask for it: a PractitionerRegister as text.
  std::string practitioners = {};
  // The configuration's lines about another source, in place of the file.
  std::string source = {};
};

class LocalConsortium;

struct LocalOptions {
  ConsortiumPlan plan;
  std::vector<LocalAgency> agencies;
  std::string folder;    // keys, stores and logs go here; must be empty
  std::string programs;  // where kinstiled and kinstile-adapter are
  std::string law;       // policy folders
  std::string agreements;
  // The gateway's own copy of the agreements; empty: the same folder.
  std::string gateway_agreements;
  uint64_t query_budget = 100'000;  // evaluations a day and agency
  uint32_t witness_every_ms = 1'000;
  // Runs when the keys are there (Folder) and nothing has been started.
  std::function<absl::Status(const LocalConsortium&)> before_start = {};
};

// Everything listens on a free port of the loopback interface. Used by `demo`,
// `link` and the end-to-end tests.
class LocalConsortium {
 public:
  // Ceremony, configuration files, key holders and gateway running.
  static absl::StatusOr<std::unique_ptr<LocalConsortium>> Start(
      const LocalOptions& options);

  // Enrols an agency's register with kinstile-adapter --enrol; what it printed
  // is in LogFile("<agency>-enrol").
  absl::Status Enrol(const std::string& agency);
  // Starts the agency's adapter and waits until its link is up.
  absl::Status StartAdapter(const std::string& agency);
  // Starts every agency's adapter and waits until the gateway serves, which it
  // does when a quorum of them has presented heads.
  absl::Status StartAdapters();
  absl::Status WaitUntilServing();
  // Whether the gateway has said so since its last start.
  bool Serving() const;
  void StopAdapter(const std::string& agency);

  // Starts it, where it listened before. When enough adapters run it is waited
  // for until it serves, unless told not to.
  absl::Status StartDaemon(const std::string& party,
                           bool wait_until_serving = true);
  // The process, or nullptr when it is not running.
  Process* Find(const std::string& name);
  void StopAll();

  std::string AdapterConfig(const std::string& agency) const;
  std::string DaemonConfig(const std::string& party) const;
  std::string Store(const std::string& party) const;
  std::string LogFile(const std::string& name) const;
  std::string Folder(const std::string& party) const;
  std::string Address(const std::string& party) const;
  const LocalOptions& options() const { return options_; }

 private:
  explicit LocalConsortium(LocalOptions options)
      : options_(std::move(options)) {}
  absl::Status WriteDaemonConfigs();
  absl::Status WriteAdapterConfigs();
  absl::StatusOr<int> WaitForPort(const std::string& party);
  size_t RunningAdapters();
  std::string Path(const std::string& name) const;

  const LocalOptions options_;
  std::string manifest_;  // the configuration's lines about it
  std::map<std::string, int> ports_;
  std::map<std::string, Process> processes_;
};

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_LOCAL_CONSORTIUM_H_
