// SPDX-License-Identifier: Apache-2.0
// Blind, have t holders evaluate, verify, unblind.
#include "adapters/client/token_client.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "kinstile/v1/token_service.grpc.pb.h"

namespace kinstile::client {
namespace {

using Points = std::vector<crypto::BlindedPoint>;
using Evaluations = std::vector<crypto::EvaluatedPoint>;

constexpr size_t kPointSize = 32;
// A practitioner waits for a query; an enrolment can wait for a restart.
constexpr absl::Duration kQueryDeadline = absl::Seconds(5);
constexpr absl::Duration kEnrolmentDeadline = absl::Seconds(60);

absl::StatusOr<Evaluations> ParseEvaluations(const std::string& bytes,
                                             size_t expected) {
  if (bytes.size() != expected * kPointSize)
    return absl::InvalidArgumentError(
        "evaluated_points: not one for each point sent");
  Evaluations out;
  out.reserve(expected);
  for (size_t i = 0; i < bytes.size(); i += kPointSize) {
    KS_ASSIGN_OR_RETURN(auto point,
                        crypto::EvaluatedPoint::Parse(
                            absl::string_view(bytes).substr(i, kPointSize)));
    out.push_back(std::move(point));
  }
  return out;
}

absl::Status Dishonest(const std::string& party) {
  return absl::UnauthenticatedError(absl::StrCat(
      "key holder ", party, ": did not use the key of the manifest"));
}

}  // namespace

struct TokenClient::Holder {
  std::string party;
  std::unique_ptr<v1::TokenService::Stub> stub;

  struct Answer {
    Evaluations points;
    std::string proof;
  };
  absl::StatusOr<Answer> Call(const Points& points, uint32_t epoch, Use use,
                              bool proof) {
    v1::EvaluateRequest request;
    request.set_key_epoch(epoch);
    request.set_use(use == Use::kQuery ? v1::EVALUATION_USE_QUERY
                                       : v1::EVALUATION_USE_ENROLMENT);
    request.set_proof(proof);
    request.mutable_blinded_points()->reserve(points.size() * kPointSize);
    for (const auto& p : points)
      request.mutable_blinded_points()->append(p.bytes().data(), kPointSize);
    v1::EvaluateResponse response;
    KS_RETURN_IF_ERROR(
        CallAgain(use == Use::kQuery ? kQueryDeadline : kEnrolmentDeadline,
                  [&](grpc::ClientContext& context) {
                    return stub->Evaluate(&context, request, &response);
                  }));
    Answer answer;
    KS_ASSIGN_OR_RETURN(
        answer.points,
        ParseEvaluations(response.evaluated_points(), points.size()));
    answer.proof = response.proof();
    return answer;
  }

  // Asks for a proof and checks it against the manifest's share key.
  absl::StatusOr<Evaluations> Proved(const Points& points, uint32_t epoch,
                                     Use use,
                                     const crypto::OprfPublicKey& key) {
    KS_ASSIGN_OR_RETURN(Answer answer, Call(points, epoch, use, true));
    const auto proof = crypto::DleqProof::FromBytes(answer.proof);
    if (!proof.ok() ||
        !crypto::VerifyEvaluation(key, points, answer.points, *proof).ok())
      return Dishonest(party);
    return std::move(answer.points);
  }
};

TokenClient::TokenClient(const share::Directory& directory,
                         const std::vector<Peer>& holders,
                         const wire::TlsFolder& tls)
    : directory_(directory) {
  for (const Peer& peer : holders) {
    auto holder = std::make_unique<Holder>();
    holder->party = peer.party;
    holder->stub = v1::TokenService::NewStub(Connect(peer, tls, directory));
    holders_.push_back(std::move(holder));
  }
}

TokenClient::~TokenClient() = default;

absl::StatusOr<Evaluations> TokenClient::AskHolder(
    Holder& holder, const share::Consortium& consortium, const Points& points,
    Use use) {
  const share::KeyHolder* party = consortium.FindKeyHolder(holder.party);
  if (party == nullptr)
    return absl::FailedPreconditionError(absl::StrCat(
        "key holder ", holder.party, ": is not in the manifest in force"));
  const uint32_t epoch = consortium.key_epoch;
  if (use == Use::kQuery)
    return holder.Proved(points, epoch, use, party->share_key);
  KS_ASSIGN_OR_RETURN(auto answer, holder.Call(points, epoch, use, false));
  // Chosen only now, when the answer is in.
  if (crypto::RandomBelow(kCheckOneIn) == 0) {
    KS_ASSIGN_OR_RETURN(const Evaluations again,
                        holder.Proved(points, epoch, use, party->share_key));
    if (!(again == answer.points)) return Dishonest(holder.party);
  }
  return std::move(answer.points);
}

// Side by side: each one's work, and checking it, takes some milliseconds of a
// practitioner's time.
TokenClient::Answers TokenClient::AskAtOnce(
    absl::Span<const std::unique_ptr<Holder>> holders,
    const share::Consortium& consortium, const Points& points, Use use) {
  Answers answers(holders.size(), absl::InternalError("not asked"));
  const auto ask = [&](size_t i) {
    answers[i] = AskHolder(*holders[i], consortium, points, use);
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < holders.size(); ++i) others.emplace_back(ask, i);
  ask(0);
  for (std::thread& other : others) other.join();
  return answers;
}

absl::StatusOr<Evaluations> TokenClient::AskHolders(const Points& points,
                                                    Use use) {
  const auto consortium = directory_.Current();
  const size_t needed = consortium->key_threshold;
  std::vector<crypto::ShareEvaluations> shares;
  absl::Status last = absl::UnavailableError("no key holder is configured");
  auto left = absl::MakeConstSpan(holders_);
  while (shares.size() < needed && !left.empty()) {
    const auto asked = left.subspan(0, needed - shares.size());
    left.remove_prefix(asked.size());
    Answers answers = AskAtOnce(asked, *consortium, points, use);
    for (size_t i = 0; i < asked.size(); ++i) {
      const absl::Status& status = answers[i].status();
      if (status.ok()) {
        shares.push_back(
            {consortium->FindKeyHolder(asked[i]->party)->share_index,
             *std::move(answers[i])});
      } else if (absl::IsUnavailable(status) ||
                 absl::IsDeadlineExceeded(status)) {
        last = status;
      } else {
        // Another holder can stand in for one that is away, not for one that
        // cheats: that is for people to look at.
        return status;
      }
    }
  }
  if (shares.size() == needed) return crypto::CombineEvaluations(shares);
  return absl::UnavailableError(absl::StrCat("key holders: ", shares.size(),
                                             " of ", needed,
                                             " answered: ", last.message()));
}

absl::StatusOr<std::vector<PersonTokens>> TokenClient::Evaluate(
    const std::vector<identity::Person>& people, Use use) {
  std::vector<PersonTokens> out(people.size());
  std::vector<crypto::Blinding> blindings;
  std::vector<std::pair<size_t, KeyId>> whose;
  for (size_t i = 0; i < people.size(); ++i)
    for (const identity::MatchKey& key : identity::MatchKeys(people[i])) {
      KS_ASSIGN_OR_RETURN(
          crypto::Blinding blinding,
          crypto::Blinding::Create(key.input.Reveal(identity::PiiAccess())));
      blindings.push_back(std::move(blinding));
      whose.emplace_back(i, key.id);
    }
  for (size_t from = 0; from < blindings.size(); from += crypto::kMaxBatch) {
    const size_t to = std::min(blindings.size(), from + crypto::kMaxBatch);
    Points points;
    for (size_t k = from; k < to; ++k) points.push_back(blindings[k].point());
    KS_ASSIGN_OR_RETURN(const Evaluations evaluated, AskHolders(points, use));
    KS_ASSIGN_OR_RETURN(
        auto outputs,
        crypto::FinalizeBatch(
            absl::MakeSpan(blindings).subspan(from, to - from), evaluated));
    for (size_t k = from; k < to; ++k) {
      PersonTokens& person = out[whose[k].first];
      person.tokens.push_back({whose[k].second, outputs[k - from].token});
      person.secrets.push_back(std::move(outputs[k - from].secret));
    }
  }
  return out;
}

absl::StatusOr<std::vector<PersonTokens>> TokenClient::ForQuery(
    const std::vector<identity::Person>& people) {
  return Evaluate(people, Use::kQuery);
}

absl::StatusOr<std::vector<PersonTokens>> TokenClient::ForEnrolment(
    const std::vector<identity::Person>& people) {
  return Evaluate(people, Use::kEnrolment);
}

}  // namespace kinstile::client
