// SPDX-License-Identifier: Apache-2.0
// Part b: look-ups and whole match calls against an empty call.
#include <grpcpp/client_context.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gateway/audit/receipt.h"
#include "gateway/base/clock.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/share/comparison.h"
#include "gateway/share/release.h"
#include "gateway/share/request.h"
#include "kinstile/v1/token_service.grpc.pb.h"
#include "tests/bench/spine/compare_source.h"
#include "tests/bench/spine/empty_call.h"
#include "tests/bench/spine/spine.h"

namespace kinstile::bench {
namespace {

constexpr int kInFlight = 16;
constexpr int kFamily = 4;
const int kCores = std::max<int>(1, std::thread::hardware_concurrency());

// The best round of one kind of call, and what it cost both processes.
struct Best {
  double per_second = 0;
  double p50_seconds = 0;
  double client_cpu = 0;
  double server_cpu = 0;

  void Keep(const LoadResult& r, double cpu, double seconds) {
    if (r.per_second <= per_second) return;
    per_second = r.per_second;
    p50_seconds = r.p50_seconds;
    client_cpu = r.cpu_seconds;
    server_cpu = cpu / (r.per_second * seconds);
  }
};

class Bench {
 public:
  Bench(const Options& options, Scene& scene)
      : options_(options),
        scene_(scene),
        gateway_(scene.PeerOf("gateway"), scene.tls(), scene.directory()),
        empty_(v1::TokenService::NewStub(client::Connect(
            scene.empty_peer(), scene.tls(), scene.directory()))) {}

  absl::Status Run(std::vector<Figure>& figures) {
    // Connections up, caches warm, the write-ahead log at its working size.
    KS_RETURN_IF_ERROR(RunLoad(kInFlight, 0.2, Empty()).status());
    KS_RETURN_IF_ERROR(
        RunLoad(kInFlight, std::min(options_.seconds, 1.0), Ask()).status());
    for (int i = 0; i < options_.rounds; ++i) {
      KS_RETURN_IF_ERROR(
          Load(kInFlight, Empty(), &scene_.empty_process(), empty_best_));
      KS_RETURN_IF_ERROR(Load(1, Find(), nullptr, find_best_));
      KS_RETURN_IF_ERROR(Load(kCores, Find(), nullptr, find_all_best_));
      KS_RETURN_IF_ERROR(SignAhead());
      KS_RETURN_IF_ERROR(
          Load(kInFlight, Match(), &scene_.process("gateway"), match_best_));
      KS_RETURN_IF_ERROR(
          Load(kInFlight, Ask(), &scene_.process("gateway"), ask_best_));
    }
    Report(figures);
    return absl::OkStatus();
  }

 private:
  using Call = std::function<absl::Status()>;

  absl::Status Load(int threads, const Call& call, cli::Process* server,
                    Best& best) {
    auto cpu = [&] {
      return server == nullptr ? 0 : ProcessCpuSeconds(server->pid());
    };
    const double before = cpu();
    const double start = WallSeconds();
    KS_ASSIGN_OR_RETURN(const LoadResult r,
                        RunLoad(threads, options_.seconds, call));
    best.Keep(r, cpu() - before, WallSeconds() - start);
    return absl::OkStatus();
  }

  uint64_t NextFamily() {
    // A step prime to the number of families visits all of them.
    const uint64_t families = static_cast<uint64_t>(options_.people) / kFamily;
    return next_.fetch_add(1) * 7'368'787 % families;
  }

  Call Empty() {
    return [this] {
      v1::EvaluateRequest request;
      request.set_blinded_points(std::string(kEmptyCallBytes, 'x'));
      v1::EvaluateResponse response;
      return client::CallOnce(
          absl::Seconds(20), [&](grpc::ClientContext& context) {
            return empty_->Evaluate(&context, request, &response);
          });
    };
  }

  Call Find() {
    return [this]() -> absl::Status {
      std::vector<index::QueryMember> query;
      const uint64_t family = NextFamily();
      for (uint64_t i = 0; i < kFamily; ++i)
        query.push_back({TokensOf(family * kFamily + i)});
      KS_ASSIGN_OR_RETURN(const auto found,
                          scene_.index().Find(scene_.right(), query));
      for (const auto& m : found.members)
        if (m.candidates.size() != 1)
          return absl::InternalError("a member was not found");
      return absl::OkStatus();
    };
  }

  absl::StatusOr<share::SignedRequest> Sign(uint64_t family) {
    const auto consortium = scene_.directory().Current();
    share::SignedRequest out;
    share::ShareRequest& r = out.request;
    r.id = crypto::RandomId<RequestId>();
    r.agency = scene_.left();
    KS_ASSIGN_OR_RETURN(r.agreement, AgreementId::Create("register-link"));
    r.purpose = "OUTCOME_EVALUATION";
    r.mode = "LINK_FOR_EVALUATION";
    r.practitioner = "bench";
    r.role = "accredited researcher";
    r.reason = absl::StrCat(family);  // what CompareSource answers about
    r.facts = {{"PROJECT_ACCREDITED", true, {}}};
    r.expires_at_ms = ToMillis(SystemClock().Now() + absl::Minutes(1));
    r.sealing_key =
        crypto::PublicKeyOf(crypto::RandomKey<crypto::BoxSecretKey>());
    r.identity_spec_version = kIdentitySpecVersion;
    r.key_epoch = consortium->key_epoch;
    r.manifest_digest = consortium->digest;
    for (uint64_t i = 0; i < kFamily; ++i) {
      const uint64_t person = family * kFamily + i;
      r.members.push_back({HandleOf(person), TokensOf(person)});
    }
    r.asks = {{scene_.right(), "", {share::kRecordHandleItem}, ""}};
    share::ComparisonOffer offer;
    for (uint64_t i = 0; i < kFamily; ++i) {
      offer.members.push_back(FieldTokensOf(family * kFamily + i));
      offer.wraps.emplace_back(r.members[i].tokens.size(),
                               std::string(share::kWrapSize, 'w'));
    }
    r.asks[0].SetComparison(share::Encode(offer));
    out.signature = share::SignRequest(scene_.key(), r);
    return out;
  }

  // More requests than a round can use.
  absl::Status SignAhead() {
    const double most = std::max(4000.0, match_best_.per_second * 2);
    ready_.clear();
    used_ = 0;
    while (ready_.size() < most * options_.seconds + kInFlight) {
      KS_ASSIGN_OR_RETURN(auto request, Sign(NextFamily()));
      ready_.push_back(std::move(request));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<client::MatchResponse> Send(
      const share::SignedRequest& request) {
    KS_ASSIGN_OR_RETURN(auto answer,
                        gateway_.MatchFamily(request, absl::Seconds(20)));
    if (answer.results.at(0).members.size() != kFamily)
      return absl::InternalError("the source was not asked");
    for (const client::MemberMatch& m : answer.results.at(0).members)
      if (m.grade != client::Grade::kMatch)
        return absl::InternalError("a member did not match");
    return answer;
  }

  // The call: the request is signed already, the receipt comes back.
  Call Match() {
    return [this]() -> absl::Status {
      const size_t mine = used_.fetch_add(1);
      if (mine >= ready_.size())
        return absl::InternalError("too few requests were signed ahead");
      return Send(ready_[mine]).status();
    };
  }

  // As an adapter asks: sign, call, check the receipt.
  Call Ask() {
    return [this]() -> absl::Status {
      KS_ASSIGN_OR_RETURN(const auto request, Sign(NextFamily()));
      KS_ASSIGN_OR_RETURN(const auto answer, Send(request));
      const auto* gateway =
          scene_.directory().Current()->FindGateway("gateway");
      KS_ASSIGN_OR_RETURN(const auto receipt,
                          audit::ParseReceipt(answer.receipt));
      return audit::VerifyReceipt(receipt, gateway->log_key,
                                  gateway->log_origin,
                                  share::RequestDigest(request.request))
          .status();
    };
  }

  void Report(std::vector<Figure>& figures) const {
    auto add = [&](const std::string& name, const Best& best,
                   std::optional<double> target = std::nullopt) {
      figures.push_back({"b", name, best.per_second, "1/s",
                         best.per_second / empty_best_.per_second, target});
    };
    add("empty 1 KiB call over mTLS, 16 in flight", empty_best_);
    const std::string find =
        absl::StrCat("look-up of four among ", options_.people, " people, ");
    add(find + "one thread", find_best_);
    add(find + "as many as cores", find_all_best_, 0.4);
    add("MatchFamily, the call, 16 in flight", match_best_, 0.15);
    add("MatchFamily, signed and its receipt checked too", ask_best_);
    auto cost = [&](const std::string& name, double seconds) {
      figures.push_back({"b", name, seconds * 1e6, "us CPU"});
    };
    cost("  empty call: client", empty_best_.client_cpu);
    cost("  empty call: server", empty_best_.server_cpu);
    cost("  MatchFamily: client", match_best_.client_cpu);
    cost("  MatchFamily: gateway", match_best_.server_cpu);
    figures.push_back({"b", "  MatchFamily, p50 with 16 in flight",
                       match_best_.p50_seconds * 1e3, "ms"});
  }

  const Options& options_;
  Scene& scene_;
  CompareSource source_{scene_};
  client::GatewayClient gateway_;
  std::unique_ptr<v1::TokenService::Stub> empty_;
  std::atomic<uint64_t> next_{0};
  std::vector<share::SignedRequest> ready_;
  std::atomic<size_t> used_{0};
  Best empty_best_, find_best_, find_all_best_, match_best_, ask_best_;
};

}  // namespace

absl::Status MeasureMatch(const Options& options, Scene& scene,
                          std::vector<Figure>& figures) {
  return Bench(options, scene).Run(figures);
}

}  // namespace kinstile::bench
