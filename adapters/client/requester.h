// SPDX-License-Identifier: Apache-2.0
// Asking about a family: build, sign, send, verify, open.
#ifndef KINSTILE_ADAPTERS_CLIENT_REQUESTER_H_
#define KINSTILE_ADAPTERS_CLIENT_REQUESTER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/client/gateway_client.h"
#include "adapters/client/token_client.h"
#include "adapters/identity/person.h"
#include "adapters/identity/pii.h"
#include "gateway/audit/receipt.h"
#include "gateway/base/clock.h"
#include "gateway/crypto/sign.h"
#include "gateway/share/request.h"

namespace kinstile::client {

// One member of the requester's own family.
struct Member {
  Handle handle;
  identity::Person person;
};

// What the practitioner asks, beside whom it is about.
struct Question {
  std::string agreement;
  std::string purpose;
  std::string mode = "ASK_ONE_HOUSEHOLD";
  std::string practitioner;  // staff id
  std::string role;
  std::string reason;
  std::string trained_on;  // YYYY-MM-DD; empty: not stated
  std::string nation;      // ENGLAND, ...; empty: not stated
  std::vector<share::AssertedFact> facts;
  std::vector<share::SourceAsk> asks;
  absl::Duration deadline = absl::Seconds(20);
};

// One item about one member, opened.
struct ReceivedItem {
  size_t member = 0;  // index into the members asked about
  std::string item;
  std::string granularity;
  absl::Time as_of;
  identity::Pii<> value;
};

// One source's part, believed: signed by the source for this very request.
struct VerifiedResult {
  AgencyId agency;
  share::SourceStatus status = share::SourceStatus::kUnreachable;
  std::vector<ReceivedItem> items;
  // By the gateway's decision and by the source's own.
  std::vector<share::WithheldItem> withheld;
  std::vector<std::string> obligations;
  // Boxes that the gateway took out after the source had signed them.
  size_t dropped = 0;
  Refusal refusal;
};

struct ShareOutcome {
  Digest request_digest;
  std::vector<VerifiedResult> results;
  // C2SP tlog-proof: verified; keep it.
  std::string receipt;
  uint64_t audit_index = 0;
};
struct MatchOutcome {
  Digest request_digest;
  std::vector<SourceMatch> results;
  std::string receipt;
};

// Thread-safe. Nothing in an answer is believed before the source's signature,
// the request digest and the gateway's receipt hold: UNAUTHENTICATED says which
// of them did not, and no item is returned.
class Requester {
 public:
  // All outlive the requester. `gateway_party`: whose log signs receipts.
  struct Parts {
    AgencyId agency;
    const crypto::SigningKey& key;
    const share::Directory& directory;
    TokenClient& tokens;
    GatewayClient& gateway;
    std::string gateway_party;
    const Clock& clock;
  };
  explicit Requester(const Parts& parts) : p_(parts) {}

  // In mode ASK_COUNTS `members` is empty: counts are of everybody whom a
  // source knows, and their items are about member 0, who is nobody.
  absl::StatusOr<ShareOutcome> Ask(const std::vector<Member>& members,
                                   const Question& question);
  absl::StatusOr<MatchOutcome> Match(const std::vector<Member>& members,
                                     const Question& question);

  // The steps of Ask, for tests and for callers with tokens at hand. The
  // sealing key's secret half stays with the caller.
  absl::StatusOr<share::SignedRequest> Sign(
      const std::vector<Member>& members,
      const std::vector<PersonTokens>& tokens, const Question& question,
      const crypto::BoxPublicKey& sealing_key) const;
  absl::StatusOr<ShareOutcome> Verify(const share::ShareRequest& request,
                                      const crypto::BoxSecretKey& sealing_key,
                                      const ShareResponse& response) const;
  // A case for a reviewer (share/reviews.h), with the receipt of having seen
  // it.
  struct Cases {
    std::vector<v1::ReviewCase> cases;
    Digest digest;
    std::string receipt;  // verified; keep it
  };
  absl::StatusOr<Cases> ListCases(const share::Reviewer& reviewer);

  // The last step of Match.
  absl::StatusOr<MatchOutcome> Verify(const share::ShareRequest& request,
                                      MatchResponse response) const;

 private:
  absl::StatusOr<std::vector<PersonTokens>> Tokens(
      const std::vector<Member>& members, const Question& question);
  absl::StatusOr<audit::VerifiedReceipt> CheckReceipt(
      const std::string& receipt, const Digest& digest) const;
  absl::StatusOr<VerifiedResult> VerifyResult(
      const share::ShareRequest& request, const Digest& digest,
      const crypto::BoxSecretKey& sealing_key,
      const SourceResult& result) const;

  const Parts p_;
};

}  // namespace kinstile::client

#endif  // KINSTILE_ADAPTERS_CLIENT_REQUESTER_H_
