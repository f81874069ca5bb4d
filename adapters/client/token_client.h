// SPDX-License-Identifier: Apache-2.0
// Match-keys to tokens, through the key holders and never past them.
#ifndef KINSTILE_ADAPTERS_CLIENT_TOKEN_CLIENT_H_
#define KINSTILE_ADAPTERS_CLIENT_TOKEN_CLIENT_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "adapters/client/channel.h"
#include "adapters/identity/match_keys.h"
#include "gateway/base/ids.h"
#include "gateway/crypto/oprf.h"
#include "gateway/crypto/shares.h"
#include "gateway/share/consortium.h"

namespace kinstile::client {

// One person's match-keys after evaluation, in key order. The secret halves
// stay in the adapter (stage 2 of matching wraps under them).
struct PersonTokens {
  std::vector<KeyedToken> tokens;
  std::vector<crypto::MatchSecret> secrets;
};

// Thread-safe. A key holder that answers with another key than the manifest's
// is found out and named (UNAUTHENTICATED): in queries every answer carries a
// proof, in enrolment random batches are asked for again, after their answers,
// with a proof and must be the same, so the holder cannot know in advance which
// batch is checked. One batch in kCheckOneIn is. A register of 20,000 people is
// 80 batches: a holder that cheats throughout escapes with probability .006,
// one that cheats on a tenth of the batches with .6.
class TokenClient {
 public:
  static constexpr uint32_t kCheckOneIn = 16;

  // `directory` outlives the client.
  TokenClient(const share::Directory& directory,
              const std::vector<Peer>& holders, const wire::TlsFolder& tls);
  ~TokenClient();

  // Errors: those of Evaluate; UNAVAILABLE when fewer than the threshold of
  // holders answer; UNAUTHENTICATED naming a holder whose proof does not hold.
  absl::StatusOr<std::vector<PersonTokens>> ForQuery(
      const std::vector<identity::Person>& people);
  absl::StatusOr<std::vector<PersonTokens>> ForEnrolment(
      const std::vector<identity::Person>& people);

 private:
  struct Holder;
  enum class Use { kQuery, kEnrolment };
  using Answers =
      std::vector<absl::StatusOr<std::vector<crypto::EvaluatedPoint>>>;

  absl::StatusOr<std::vector<PersonTokens>> Evaluate(
      const std::vector<identity::Person>& people, Use use);
  absl::StatusOr<std::vector<crypto::EvaluatedPoint>> AskHolders(
      const std::vector<crypto::BlindedPoint>& points, Use use);
  Answers AskAtOnce(absl::Span<const std::unique_ptr<Holder>> holders,
                    const share::Consortium& consortium,
                    const std::vector<crypto::BlindedPoint>& points, Use use);
  absl::StatusOr<std::vector<crypto::EvaluatedPoint>> AskHolder(
      Holder& holder, const share::Consortium& consortium,
      const std::vector<crypto::BlindedPoint>& points, Use use);

  const share::Directory& directory_;
  std::vector<std::unique_ptr<Holder>> holders_;
};

}  // namespace kinstile::client

#endif  // KINSTILE_ADAPTERS_CLIENT_TOKEN_CLIENT_H_
