// SPDX-License-Identifier: Apache-2.0
// Calls that must be refused: each with its code and published reason, with
// nothing half stored, and with daemons that go on answering.
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/security/credentials.h>

#include "absl/strings/str_cat.h"
#include "adapters/cli/tls_authority.h"
#include "adapters/client/channel.h"
#include "gateway/audit/note.h"
#include "gateway/base/match_keys.h"
#include "gateway/crypto/oprf.h"
#include "gateway/crypto/random.h"
#include "gateway/share/reason.h"
#include "gateway/wire/convert.h"
#include "gateway/wire/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinstile/v1/registry_service.grpc.pb.h"
#include "kinstile/v1/share_service.grpc.pb.h"
#include "kinstile/v1/token_service.grpc.pb.h"
#include "tests/e2e/certificates.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

using absl::StatusCode;
using share::Reason;

constexpr uint64_t kQueryBudget = 12'000;

class HostileClient : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    Setting setting;
    setting.query_budget = kQueryBudget;
    auto started = Consortium::Start(setting);
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
    council_ = town_->NewAsker("council").release();
    jcp_ = town_->NewAsker("jcp").release();
    auto family = town_->KnownFamily();
    ASSERT_TRUE(family.ok()) << family.status();
    family_ = new std::vector<client::Member>(*std::move(family));
  }
  static void TearDownTestSuite() {
    delete family_;
    delete jcp_;
    delete council_;
    delete town_;
  }

  // Whatever was thrown at them, gateway, holders and source still serve.
  void TearDown() override {
    EXPECT_TRUE(Eventually([&] {
      auto outcome = town_->node("council").Ask(*family_, AskJcp());
      return outcome.ok() &&
             outcome->results[0].status == share::SourceStatus::kAnswered;
    }));
  }

  static share::SignedRequest Good() {
    auto asked = council_->Sign(*family_, AskJcp());
    EXPECT_TRUE(asked.ok()) << asked.status();
    return asked->request;
  }
  static absl::Status Send(Asker& as, const share::SignedRequest& request) {
    return as.gateway().RequestShare(request, absl::Seconds(20)).status();
  }
  static std::string Checkpoint() {
    auto checkpoint = council_->gateway().GetCheckpoint();
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    return *std::move(checkpoint);
  }
  static uint64_t Entries() {
    const auto note = audit::ParseNote(Checkpoint());
    EXPECT_TRUE(note.ok()) << note.status();
    return audit::ParseCheckpoint(note->text)->size;
  }
  static std::string Pem(const std::string& name) {
    return ReadAll(town_->Path("consortium/" + name));
  }

  static Consortium* town_;
  static Asker* council_;
  static Asker* jcp_;
  static std::vector<client::Member>* family_;
};

Consortium* HostileClient::town_ = nullptr;
Asker* HostileClient::council_ = nullptr;
Asker* HostileClient::jcp_ = nullptr;
std::vector<client::Member>* HostileClient::family_ = nullptr;

void ExpectRefused(const absl::Status& status, StatusCode code, Reason reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(share::ReasonOf(status), reason) << status;
}

// ---- who calls

absl::Status StatusCall(const std::string& address, const std::string& ca,
                        const std::string& certificate,
                        const std::string& key) {
  grpc::SslCredentialsOptions options{ca, key, certificate};
  grpc::ChannelArguments args;
  args.SetSslTargetNameOverride("gateway.kinstile.internal");
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto stub = v1::RegistryService::NewStub(
      grpc::CreateCustomChannel(address, grpc::SslCredentials(options), args));
  return client::CallOnce(absl::Seconds(5), [&](grpc::ClientContext& context) {
    v1::GetRegistryStatusResponse response;
    return stub->GetRegistryStatus(&context, {}, &response);
  });
}

TEST_F(HostileClient, NeedsACertificateOfTheManifestThatIsInDate) {
  const std::string address = town_->local().Address("gateway");
  const std::string ca = Pem("ca/ca.pem");
  const std::string cert = Pem("council/tls/cert.pem");
  const std::string key = Pem("council/tls/key.pem");
  const absl::Time now = absl::Now();
  const auto redated = [&](absl::Time from, absl::Time to) {
    return Redated(cert, Pem("ca/ca-key.pem"), from, to);
  };
  auto foreign = cli::TlsAuthority::Create("northbridge", now);
  ASSERT_TRUE(foreign.ok());
  auto stranger =
      (*foreign)->Issue("council", now - absl::Hours(1), now + absl::Hours(1));
  ASSERT_TRUE(stranger.ok());

  EXPECT_TRUE(StatusCall(address, ca, cert, key).ok());
  EXPECT_TRUE(StatusCall(address, ca,
                         redated(now - absl::Hours(1), now + absl::Hours(1)),
                         key)
                  .ok());
  // Refused in the handshake: there is no call that could carry a reason.
  EXPECT_EQ(StatusCall(address, ca, "", "").code(), StatusCode::kUnavailable);
  EXPECT_EQ(
      StatusCall(address, ca, stranger->certificate, stranger->key).code(),
      StatusCode::kUnavailable);
  EXPECT_EQ(
      StatusCall(address, ca,
                 redated(now - absl::Hours(48), now - absl::Hours(24)), key)
          .code(),
      StatusCode::kUnavailable);
  EXPECT_EQ(
      StatusCall(address, ca,
                 redated(now + absl::Hours(24), now + absl::Hours(48)), key)
          .code(),
      StatusCode::kUnavailable);
  // The authority's, but no agency's.
  ExpectRefused(StatusCall(address, ca, Pem("holder-jcp/tls/cert.pem"),
                           Pem("holder-jcp/tls/key.pem")),
                StatusCode::kUnauthenticated, Reason::kUnknownParty);
}

// ---- what is asked

TEST_F(HostileClient, IsRefusedBeforeAnythingIsDoneOrWritten) {
  struct Case {
    const char* name;
    StatusCode code;
    Reason reason;
    std::function<void(share::ShareRequest&)> change;
  };
  const int64_t now = ToMillis(absl::Now());
  const Case cases[] = {
      {"expired", StatusCode::kDeadlineExceeded, Reason::kExpired,
       [&](auto& r) { r.expires_at_ms = now - 60'000; }},
      {"expires too far ahead", StatusCode::kInvalidArgument, Reason::kExpired,
       [&](auto& r) { r.expires_at_ms = now + 3'600'000; }},
      {"unknown match-key", StatusCode::kInvalidArgument, Reason::kMalformed,
       [](auto& r) { r.members[0].tokens.back().key = 77; }},
      {"match-keys out of order", StatusCode::kInvalidArgument,
       Reason::kMalformed,
       [](auto& r) {
         auto& tokens = r.members[0].tokens;
         tokens.push_back(tokens.front());
       }},
      {"another manifest", StatusCode::kFailedPrecondition,
       Reason::kVersionMismatch,
       [](auto& r) { r.manifest_digest.bytes[0] ^= 1; }},
      {"another key epoch", StatusCode::kFailedPrecondition,
       Reason::kVersionMismatch, [](auto& r) { r.key_epoch += 1; }},
      {"another specification", StatusCode::kFailedPrecondition,
       Reason::kVersionMismatch, [](auto& r) { r.identity_spec_version += 1; }},
      {"nobody to ask about", StatusCode::kInvalidArgument, Reason::kMalformed,
       [](auto& r) { r.members.clear(); }},
      {"nobody to ask", StatusCode::kInvalidArgument, Reason::kMalformed,
       [](auto& r) { r.asks.clear(); }},
      {"asks itself", StatusCode::kInvalidArgument, Reason::kMalformed,
       [](auto& r) { r.asks[0].agency = r.agency; }},
      {"asks one source twice", StatusCode::kInvalidArgument,
       Reason::kMalformed, [](auto& r) { r.asks.push_back(r.asks[0]); }},
      {"asks a stranger", StatusCode::kInvalidArgument, Reason::kMalformed,
       [](auto& r) { r.asks[0].agency = *AgencyId::Create("elsewhere"); }},
      {"in another agency's name", StatusCode::kUnauthenticated,
       Reason::kBadSignature,
       [](auto& r) { r.agency = *AgencyId::Create("health"); }},
  };
  const share::SignedRequest good = Good();
  const uint64_t before = Entries();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    share::SignedRequest request = good;
    request.request.id = crypto::RandomId<RequestId>();
    c.change(request.request);
    council_->Resign(request);
    ExpectRefused(Send(*council_, request), c.code, c.reason);
  }
  // Changed after signing; signed by another; sent by another.
  share::SignedRequest touched = good;
  touched.request.reason += "!";
  ExpectRefused(Send(*council_, touched), StatusCode::kUnauthenticated,
                Reason::kBadSignature);
  share::SignedRequest forged = good;
  jcp_->Resign(forged);
  ExpectRefused(Send(*council_, forged), StatusCode::kUnauthenticated,
                Reason::kBadSignature);
  ExpectRefused(Send(*jcp_, good), StatusCode::kUnauthenticated,
                Reason::kBadSignature);
  for (int i = 0; i < 40; ++i)
    ExpectRefused(Send(*council_, forged), StatusCode::kUnauthenticated,
                  Reason::kBadSignature);
  // Each kind is in the trail, with a KEYFRAME where it needs one, and a flood
  // is a sum.
  EXPECT_GE(Entries(), before + 5);
  EXPECT_LE(Entries(), before + 20);
  // Nor has any of them used up the good request's id.
  EXPECT_TRUE(Send(*council_, good).ok());
}

TEST_F(HostileClient, IsAnsweredOncePerRequestEvenAfterARestart) {
  const share::SignedRequest request = Good();
  ASSERT_TRUE(Send(*council_, request).ok());
  ExpectRefused(Send(*council_, request), StatusCode::kAlreadyExists,
                Reason::kReplayed);
  ASSERT_EQ(town_->local().Find("gateway")->Stop(), 0);
  ASSERT_TRUE(town_->local().StartDaemon("gateway").ok());
  ASSERT_TRUE(
      Eventually([&] { return council_->gateway().GetRegistryStatus().ok(); }));
  ExpectRefused(Send(*council_, request), StatusCode::kAlreadyExists,
                Reason::kReplayed);
}

TEST_F(HostileClient, LearnsThatAnAgreementIsUnknownAndTheTrailKeepsIt) {
  const std::string before = Checkpoint();
  client::Question q = AskJcp();
  q.agreement = "no-such-agreement";
  auto outcome = town_->node("council").Ask(*family_, q);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->results[0].status, share::SourceStatus::kDenied);
  EXPECT_EQ(outcome->results[0].refusal.layer, "AGREEMENT");
  EXPECT_FALSE(outcome->results[0].refusal.reason.empty());
  EXPECT_NE(Checkpoint(), before);
}

// ---- what comes over the wire

absl::Status CallBytes(grpc::Channel& channel, const char* method,
                       const std::string& bytes) {
  const grpc::internal::RpcMethod rpc(method,
                                      grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Slice slice(bytes);
  grpc::ByteBuffer in(&slice, 1);
  grpc::ByteBuffer out;
  return client::CallOnce(absl::Seconds(10), [&](grpc::ClientContext& context) {
    return grpc::internal::BlockingUnaryCall(&channel, rpc, &context, in, &out);
  });
}

TEST_F(HostileClient, MayNotSendWhatIsNoMessage) {
  constexpr char kShare[] = "/kinstile.v1.ShareService/RequestShare";
  v1::RequestShareRequest message;
  wire::ToProto(Good(), message.mutable_signed_request());
  const std::string good = message.SerializeAsString();
  const std::string before = Checkpoint();
  grpc::Channel& channel = *council_->gateway().channel();
  for (const std::string& bytes :
       {good.substr(0, good.size() / 2), good.substr(0, good.size() - 1),
        std::string(1000, '\xff'),
        std::string("\x0a\xff\xff\xff\xff\x0f", 6)}) {
    const absl::Status status = CallBytes(channel, kShare, bytes);
    EXPECT_THAT(status.code(), testing::AnyOf(StatusCode::kInternal,
                                              StatusCode::kInvalidArgument))
        << status;
  }
  // Well formed, and nothing in it.
  ExpectRefused(CallBytes(channel, kShare, ""), StatusCode::kInvalidArgument,
                Reason::kMalformed);
  // Over 4 MiB.
  EXPECT_EQ(CallBytes(channel, kShare, std::string(5 << 20, 'x')).code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(CallBytes(channel, "/kinstile.v1.NoService/NoMethod", "").code(),
            StatusCode::kUnimplemented);
  EXPECT_EQ(Checkpoint(), before);
}

TEST_F(HostileClient, MustSetADeadline) {
  auto stub = v1::RegistryService::NewStub(council_->gateway().channel());
  grpc::ClientContext context;
  v1::GetRegistryStatusResponse response;
  ExpectRefused(
      wire::FromGrpc(stub->GetRegistryStatus(&context, {}, &response)),
      StatusCode::kInvalidArgument, Reason::kMalformed);
}

// ---- the key holder

class HostileEvaluation : public HostileClient {
 protected:
  void SetUp() override {
    wire::TlsFolder tls{town_->local().Folder("health") + "/tls"};
    stub_ = v1::TokenService::NewStub(
        client::Connect({"holder-jcp", town_->local().Address("holder-jcp")},
                        tls, town_->node("health").directory()));
  }
  absl::Status Evaluate(const v1::EvaluateRequest& request) {
    return client::CallOnce(
        absl::Seconds(20), [&](grpc::ClientContext& context) {
          return stub_->Evaluate(&context, request, &response_);
        });
  }
  static v1::EvaluateRequest Request(const std::string& points) {
    v1::EvaluateRequest request;
    request.set_key_epoch(1);
    request.set_use(v1::EVALUATION_USE_QUERY);
    request.set_blinded_points(points);
    return request;
  }
  static std::string Point() {
    auto blinding = crypto::Blinding::Create("an invented match-key");
    EXPECT_TRUE(blinding.ok());
    return std::string(blinding->point().bytes());
  }

  std::unique_ptr<v1::TokenService::Stub> stub_;
  v1::EvaluateResponse response_;
};

TEST_F(HostileEvaluation, TakesGroupElementsOnly) {
  const std::string good = Point();
  EXPECT_TRUE(Evaluate(Request(good)).ok());
  const std::string bad[] = {
      "",
      std::string(31, 'x'),
      good + "x",
      std::string(32, '\xff'),       // not canonical
      std::string(32, '\0'),         // the identity
      std::string(31, '\1') + '\1',  // no point
      good + std::string(32, '\xff'),
  };
  for (const std::string& points : bad) {
    response_.Clear();
    ExpectRefused(Evaluate(Request(points)), StatusCode::kInvalidArgument,
                  Reason::kMalformed);
    EXPECT_TRUE(response_.evaluated_points().empty());
  }
  v1::EvaluateRequest epoch = Request(good);
  epoch.set_key_epoch(2);
  ExpectRefused(Evaluate(epoch), StatusCode::kFailedPrecondition,
                Reason::kVersionMismatch);
  v1::EvaluateRequest use = Request(good);
  use.set_use(v1::EVALUATION_USE_UNSPECIFIED);
  ExpectRefused(Evaluate(use), StatusCode::kInvalidArgument,
                Reason::kMalformed);
}

TEST_F(HostileEvaluation, StaysWithinItsBudgetEvenAfterARestart) {
  const std::string point = Point();
  std::string batch;
  for (size_t i = 0; i < crypto::kMaxBatch; ++i) batch += point;
  const v1::EvaluateRequest request = Request(batch);
  uint64_t evaluated = 0;
  absl::Status status;
  while (status.ok() && evaluated <= kQueryBudget) {
    status = Evaluate(request);
    if (status.ok()) evaluated += crypto::kMaxBatch;
  }
  ExpectRefused(status, StatusCode::kResourceExhausted,
                Reason::kBudgetExhausted);
  EXPECT_LE(evaluated, kQueryBudget);
  EXPECT_GT(evaluated, 0u);
  ASSERT_EQ(town_->local().Find("holder-jcp")->Stop(), 0);
  ASSERT_TRUE(town_->local().StartDaemon("holder-jcp").ok());
  ASSERT_TRUE(Eventually([&] {
    status = Evaluate(request);
    return !absl::IsUnavailable(status);
  }));
  ExpectRefused(status, StatusCode::kResourceExhausted,
                Reason::kBudgetExhausted);
}

// ---- the register

std::vector<index::EnrolledRecord> Invent(size_t n) {
  std::vector<index::EnrolledRecord> out(n);
  for (index::EnrolledRecord& r : out) {
    r.handle = crypto::RandomId<Handle>();
    r.family = crypto::RandomId<FamilyHandle>();
    r.tokens = {{3, crypto::RandomId<Token>()}};
  }
  return out;
}

class HostileEnrolment : public HostileClient {
 protected:
  // What an asker sees of jcp's register, and its size, is as it was.
  void SetUp() override { before_ = Status(); }
  void TearDown() override {
    const client::RegistryStatus after = Status();
    EXPECT_EQ(after.records, before_.records);
    EXPECT_EQ(after.families, before_.families);
    EXPECT_EQ(after.enrolled_at_ms, before_.enrolled_at_ms);
    HostileClient::TearDown();
  }
  static client::RegistryStatus Status() {
    auto status = jcp_->gateway().GetRegistryStatus();
    EXPECT_TRUE(status.ok()) << status.status();
    return *status;
  }
  client::RegistryStatus before_;
};

TEST_F(HostileEnrolment, BrokenHalfWayLeavesTheFormerRegister) {
  {
    client::EnrolmentStream stream = jcp_->gateway().Enrol(1);
    EXPECT_TRUE(stream.Add(Invent(1'500)));
  }
  // And cut off by the gateway's own end.
  client::EnrolmentStream stream = jcp_->gateway().Enrol(1);
  EXPECT_TRUE(stream.Add(Invent(1'500)));
  ASSERT_EQ(town_->local().Find("gateway")->Stop(), 0);
  EXPECT_FALSE(stream.Finish().ok());
  ASSERT_TRUE(town_->local().StartDaemon("gateway").ok());
}

TEST_F(HostileEnrolment, OfAnotherEpochIsRefused) {
  client::EnrolmentStream stream = jcp_->gateway().Enrol(2);
  stream.Add(Invent(10));
  ExpectRefused(stream.Finish().status(), StatusCode::kFailedPrecondition,
                Reason::kVersionMismatch);
}

TEST_F(HostileEnrolment, LargerThanDeclaredIsRefused) {
  client::EnrolmentStream stream = jcp_->gateway().Enrol(1);
  stream.Add(Invent(6'000));
  ExpectRefused(stream.Finish().status(), StatusCode::kResourceExhausted,
                Reason::kBudgetExhausted);
}

TEST_F(HostileEnrolment, OutOfOrderOrMiscountedIsRefused) {
  v1::EnrolRequest header;
  header.mutable_header()->set_identity_spec_version(kIdentitySpecVersion);
  header.mutable_header()->set_key_epoch(1);
  v1::EnrolRequest records;
  auto* record = records.mutable_records()->add_records();
  record->set_handle(std::string(16, 'h'));
  record->set_family(std::string(16, 'f'));
  v1::EnrolRequest short_handle = records;
  short_handle.mutable_records()->mutable_records(0)->set_handle("short");
  v1::EnrolRequest unknown_key = records;
  auto* token = unknown_key.mutable_records()->mutable_records(0)->add_tokens();
  token->set_key(77);
  token->set_token(std::string(16, 't'));
  v1::EnrolRequest finish;
  finish.mutable_finish()->set_records(2);  // one more than was sent
  const std::vector<v1::EnrolRequest> streams[] = {
      {records, finish},
      {header, header},
      {header, records, finish},
      {header, short_handle, finish},
      {header, unknown_key, finish},
      {header, records, records, finish},  // one handle twice
      {},
  };
  auto stub = v1::RegistryService::NewStub(jcp_->gateway().channel());
  for (const auto& messages : streams) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(20));
    v1::EnrolResponse response;
    auto writer = stub->Enrol(&context, &response);
    for (const v1::EnrolRequest& m : messages) writer->Write(m);
    writer->WritesDone();
    const absl::Status status = wire::FromGrpc(writer->Finish());
    EXPECT_FALSE(status.ok());
    EXPECT_NE(share::ReasonOf(status), Reason::kNone) << status;
    EXPECT_NE(share::ReasonOf(status), Reason::kInternal) << status;
  }
}

}  // namespace
}  // namespace kinstile::e2e
