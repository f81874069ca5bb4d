// SPDX-License-Identifier: Apache-2.0
// Part a: evaluations against libsodium's bare scalar multiplication.
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "adapters/client/channel.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/oprf.h"
#include "kinstile/v1/token_service.grpc.pb.h"
#include "tests/bench/spine/spine.h"

namespace kinstile::bench {
namespace {

constexpr size_t kBatch = 2048;
constexpr size_t kPoint = 32;
constexpr int kCalls = 4;

struct Rates {
  double multiply = 0;  // libsodium, per CPU second
  double add = 0;
  double bare_proof = 0;  // what a proof cannot do without, per point
  double in_process = 0;  // points per CPU second
  double in_process_proof = 0;
  double service = 0;  // points per CPU second of the holder's process
  double service_proof = 0;
};

void Keep(double& best, double rate) { best = std::max(best, rate); }

absl::StatusOr<std::string> BlindedBatch() {
  std::string out;
  for (size_t i = 0; i < kBatch; ++i) {
    KS_ASSIGN_OR_RETURN(const auto blinding,
                        crypto::Blinding::Create(absl::StrCat("point ", i)));
    out.append(blinding.point().bytes().data(), kPoint);
  }
  return out;
}

std::vector<absl::string_view> Split(const std::string& bytes) {
  std::vector<absl::string_view> points;
  for (size_t i = 0; i < bytes.size(); i += kPoint)
    points.push_back(absl::string_view(bytes).substr(i, kPoint));
  return points;
}

void MeasureLibsodium(const std::string& batch, Rates& best) {
  const auto* points = reinterpret_cast<const unsigned char*>(batch.data());
  unsigned char scalar[32], out[32];
  crypto_core_ristretto255_scalar_random(scalar);
  double start = ThreadCpuSeconds();
  for (size_t i = 0; i < kBatch; ++i)
    if (crypto_scalarmult_ristretto255(out, scalar, points + i * kPoint) != 0)
      return;
  Keep(best.multiply, kBatch / (ThreadCpuSeconds() - start));
  start = ThreadCpuSeconds();
  for (size_t i = 0; i < kBatch; ++i)
    if (crypto_core_ristretto255_add(out, out, points + i * kPoint) != 0)
      return;
  Keep(best.add, kBatch / (ThreadCpuSeconds() - start));
  // What the functions allow with a proof, in a loop without anything else:
  // one multiplication evaluates, one weighs, one addition sums (RFC 9497,
  // ComputeCompositesFast).
  unsigned char sum[32];
  std::memcpy(sum, points, sizeof sum);
  start = ThreadCpuSeconds();
  for (size_t i = 0; i < kBatch; ++i) {
    unsigned char weighed[32];
    if (crypto_scalarmult_ristretto255(out, scalar, points + i * kPoint) != 0 ||
        crypto_scalarmult_ristretto255(weighed, scalar, points + i * kPoint) !=
            0 ||
        crypto_core_ristretto255_add(sum, sum, weighed) != 0)
      return;
  }
  Keep(best.bare_proof, kBatch / (ThreadCpuSeconds() - start));
}

absl::Status MeasureInProcess(const crypto::OprfKey& key,
                              const std::string& batch, Rates& best) {
  const auto points = Split(batch);
  double start = ThreadCpuSeconds();
  KS_RETURN_IF_ERROR(key.EvaluateEncoded(points).status());
  Keep(best.in_process, kBatch / (ThreadCpuSeconds() - start));
  start = ThreadCpuSeconds();
  KS_ASSIGN_OR_RETURN(const auto both, key.EvaluateEncoded(points));
  KS_RETURN_IF_ERROR(key.Prove(both.points, both.evaluated).status());
  Keep(best.in_process_proof, kBatch / (ThreadCpuSeconds() - start));
  return absl::OkStatus();
}

absl::Status MeasureService(v1::TokenService::Stub& stub,
                            v1::EvaluateRequest& request, pid_t holder,
                            bool proof, double& best) {
  request.set_proof(proof);
  // Several calls one after the other: a core that wakes for one call of a
  // tenth of a second runs it slower than one that is at work already.
  v1::EvaluateResponse response;
  const double start = ProcessCpuSeconds(holder);
  for (int i = 0; i < kCalls; ++i)
    KS_RETURN_IF_ERROR(
        client::CallOnce(absl::Seconds(60), [&](grpc::ClientContext& context) {
          return stub.Evaluate(&context, request, &response);
        }));
  Keep(best, kCalls * kBatch / (ProcessCpuSeconds(holder) - start));
  return absl::OkStatus();
}

void Report(const Rates& r, std::vector<Figure>& figures) {
  auto add = [&](const char* name, double rate, std::optional<double> target) {
    figures.push_back({"a", name, rate, "points/s", rate / r.multiply, target});
  };
  figures.push_back({"a", "libsodium scalar multiplication, one core",
                     r.multiply, "1/s", 1.0});
  figures.push_back({"a", "libsodium group addition, one core", r.add, "1/s",
                     r.add / r.multiply});
  add("Evaluate without proof, in process", r.in_process, 0.9);
  add("Evaluate without proof, TokenService, CPU of the holder", r.service,
      0.9);
  add("Evaluate with proof, in process", r.in_process_proof, std::nullopt);
  add("Evaluate with proof, TokenService, CPU of the holder", r.service_proof,
      0.45);
  add("  ceiling: bare loop, two multiplications and an addition a point",
      r.bare_proof, std::nullopt);
}

}  // namespace

absl::Status MeasureEvaluate(const Options& options, Scene& scene,
                             std::vector<Figure>& figures) {
  const crypto::OprfKey key = crypto::OprfKey::Random();
  KS_ASSIGN_OR_RETURN(const std::string batch, BlindedBatch());
  const auto stub = v1::TokenService::NewStub(
      client::Connect(scene.PeerOf("holder"), scene.tls(), scene.directory()));
  v1::EvaluateRequest request;
  request.set_key_epoch(scene.directory().Current()->key_epoch);
  request.set_use(v1::EVALUATION_USE_QUERY);
  request.set_blinded_points(batch);
  const pid_t holder = scene.process("holder").pid();
  Rates best;
  const double until = WallSeconds() + options.seconds * options.rounds;
  for (int i = 0; i < options.rounds || WallSeconds() < until; ++i) {
    MeasureLibsodium(batch, best);
    KS_RETURN_IF_ERROR(MeasureInProcess(key, batch, best));
    KS_RETURN_IF_ERROR(
        MeasureService(*stub, request, holder, false, best.service));
    KS_RETURN_IF_ERROR(
        MeasureService(*stub, request, holder, true, best.service_proof));
  }
  Report(best, figures);
  return absl::OkStatus();
}

}  // namespace kinstile::bench
