// SPDX-License-Identifier: Apache-2.0
// An answer as its practitioner reads it.
#ifndef KINSTILE_ADAPTERS_CLI_SHARE_VIEW_H_
#define KINSTILE_ADAPTERS_CLI_SHARE_VIEW_H_

#include <string>
#include <vector>

#include "adapters/cli/output.h"
#include "adapters/client/requester.h"
#include "adapters/daemon/node.h"

namespace kinstile::cli {

// Shows values: they are meant for the person at this terminal. Members appear
// under the agency's own references.
class ShareView {
 public:
  ShareView(daemon::Node& node, const std::vector<client::Member>& members,
            const client::ShareOutcome& outcome)
      : node_(node), members_(members), outcome_(outcome) {}

  void Print() const;
  Json ToJson() const;
  bool AnythingShared() const;

 private:
  std::string CaseOf(size_t member) const;
  void PrintResult(const client::VerifiedResult& result) const;

  daemon::Node& node_;
  const std::vector<client::Member>& members_;
  const client::ShareOutcome& outcome_;
};

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_SHARE_VIEW_H_
