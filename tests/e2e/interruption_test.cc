// SPDX-License-Identifier: Apache-2.0
// What changes or breaks off while everything runs: an enrolment, a source's
// link, what is read again, TLS keys. Nobody else notices.
#include <fcntl.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <stdio.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "adapters/cli/ceremony.h"
#include "adapters/client/channel.h"
#include "adapters/daemon/comparison_store.h"
#include "adapters/daemon/enrolment.h"
#include "adapters/daemon/token_cache.h"
#include "gateway/base/match_keys.h"
#include "gateway/crypto/random.h"
#include "gateway/rpc/source_service.h"
#include "gateway/share/reason.h"
#include "gateway/wire/text.h"
#include "gateway/wire/tls.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "kinstile/v1/manifest.pb.h"
#include "kinstile/v1/registry_service.grpc.pb.h"
#include "kinstile/v1/source_service.grpc.pb.h"
#include "tests/e2e/certificates.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;
using share::SourceStatus;

class Interruption : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto agreements = cli::ScratchFolder::Create();
    ASSERT_TRUE(agreements.ok());
    agreements_ = new cli::ScratchFolder(*std::move(agreements));
    fs::copy(KINSTILE_POLICY_DIR "/agreements", Agreements(),
             fs::copy_options::recursive);
    Setting setting;
    setting.gateway_agreements = Agreements();
    auto started = Consortium::Start(setting);
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
    auto family = town_->KnownFamily();
    ASSERT_TRUE(family.ok()) << family.status();
    family_ = new std::vector<client::Member>(*std::move(family));
  }
  static void TearDownTestSuite() {
    delete family_;
    delete town_;
    delete agreements_;
  }

  static std::string Agreements() { return agreements_->path() + "/all"; }
  static cli::LocalConsortium& local() { return town_->local(); }
  static void Reload(const std::string& daemon) {
    cli::Process* process = local().Find(daemon);
    ASSERT_NE(process, nullptr) << daemon;
    ::kill(process->pid(), SIGHUP);
  }
  // What jcp says of the family that it knows.
  static SourceStatus AskAtJcp() {
    auto outcome = town_->node("council").Ask(*family_, AskJcp());
    return outcome.ok() ? outcome->results[0].status
                        : SourceStatus::kUnreachable;
  }
  static size_t Said(const std::string& daemon, const std::string& words) {
    const std::string log = ReadAll(local().LogFile(daemon));
    size_t times = 0;
    for (size_t at = log.find(words); at != std::string::npos;
         at = log.find(words, at + 1))
      ++times;
    return times;
  }

  static cli::ScratchFolder* agreements_;
  static Consortium* town_;
  static std::vector<client::Member>* family_;
};

cli::ScratchFolder* Interruption::agreements_ = nullptr;
Consortium* Interruption::town_ = nullptr;
std::vector<client::Member>* Interruption::family_ = nullptr;

// ---- enrolment

// A register that cannot be read to its end: its people again and again, more
// than one batch of match-keys, and then an error.
class BreaksOff final : public sources::RecordSource {
 public:
  // Two batches of an enrolment, and some.
  static constexpr size_t kEnough = 600;

  explicit BreaksOff(sources::RecordSource& source) : source_(source) {}

  absl::Status ForEach(absl::FunctionRef<absl::Status(sources::SourceRecord)> f,
                       std::vector<sources::RowIssue>& issues) override {
    for (int copy = 0; given_ <= kEnough; ++copy) {
      auto status = source_.ForEach(
          [&](sources::SourceRecord record) {
            record.local_id = identity::Pii<>(absl::StrCat(
                record.local_id.Reveal(identity::PiiAccess()), "-", copy));
            ++given_;
            return f(std::move(record));
          },
          issues);
      if (!status.ok()) return status;
    }
    return absl::UnavailableError("register: the disk went away");
  }
  absl::StatusOr<std::vector<sources::ItemValue>> ReadItems(
      const identity::Pii<>&, const std::vector<std::string>&) override {
    return absl::UnimplementedError("not read here");
  }
  absl::StatusOr<std::vector<sources::RecordFact>> ReadFacts(
      const identity::Pii<>&, const std::vector<std::string>&,
      absl::CivilDay) override {
    return absl::UnimplementedError("not read here");
  }
  std::vector<std::string> ItemNames() const override { return {}; }

  size_t given() const { return given_; }

 private:
  sources::RecordSource& source_;
  size_t given_ = 0;
};

TEST_F(Interruption, ARegisterThatBreaksOffIsNotEnrolledInPart) {
  daemon::Node& node = town_->node("jcp");
  const auto asker = town_->NewAsker("jcp");
  const auto before = node.gateway().GetRegistryStatus();
  ASSERT_TRUE(before.ok()) << before.status();
  const auto state = storage::Open("sqlite:" + town_->Path("breaks-off.db"));
  ASSERT_TRUE(state.ok()) << state.status();
  daemon::ComparisonStore comparisons(**state,
                                      crypto::RandomKey<crypto::MacKey>());
  const auto records = daemon::Register::Read(node.source(), node.handles());
  ASSERT_TRUE(records.ok()) << records.status();
  daemon::TokenCache cache(**state, node.handles());
  BreaksOff source(node.source());
  daemon::Enrolment enrolment({node.directory(), node.handles(), source,
                               asker->tokens(), asker->gateway(), cache,
                               absl::CivilDay(2026, 11, 25), **records,
                               comparisons});
  const auto report = enrolment.Run([](uint64_t, uint64_t) {});
  EXPECT_TRUE(absl::IsUnavailable(report.status())) << report.status();
  EXPECT_GT(source.given(), BreaksOff::kEnough);
  const auto after = node.gateway().GetRegistryStatus();
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->records, before->records);
  EXPECT_EQ(after->enrolled_at_ms, before->enrolled_at_ms);
  EXPECT_EQ(AskAtJcp(), SourceStatus::kAnswered);
  // And the next one is not hindered by what that one left.
  ASSERT_TRUE(local().Enrol("jcp").ok());
  EXPECT_EQ(node.gateway().GetRegistryStatus()->records, before->records);
  EXPECT_EQ(AskAtJcp(), SourceStatus::kAnswered);
}

// ---- what is read again

TEST_F(Interruption, WhatDoesNotLoadIsSaidAndLeavesWhatWasInForce) {
  const std::string words = "kept what was in force: ";
  const size_t before = Said("gateway", words);
  const std::string file = Agreements() + "/broken/agreement.textproto";
  fs::create_directory(Agreements() + "/broken");
  WriteAll(file, "id: \"broken\"\nno_such_field: 1\n");
  Reload("gateway");
  EXPECT_TRUE(Eventually([&] { return Said("gateway", words) > before; }));
  EXPECT_GT(Said("gateway", file + ":2:"), 0u) << "names file and line";
  EXPECT_EQ(AskAtJcp(), SourceStatus::kAnswered);
  fs::remove_all(Agreements() + "/broken");
  Reload("gateway");
  EXPECT_EQ(AskAtJcp(), SourceStatus::kAnswered);
}

// ---- a source

// Says hello as `agency`'s adapter and then never reads.
class DeafSource {
 public:
  DeafSource(cli::LocalConsortium& local, const share::Directory& directory,
             const std::string& agency)
      : channel_(client::Connect({"gateway", local.Address("gateway")},
                                 {local.Folder(agency) + "/tls"}, directory)),
        stub_(v1::SourceService::NewStub(channel_)),
        stream_(stub_->Serve(&context_)) {
    v1::ServeRequest hello;
    hello.mutable_hello()->set_protocol_version(rpc::kSourceProtocolVersion);
    hello.mutable_hello()->set_identity_spec_version(kIdentitySpecVersion);
    v1::ServeResponse welcome;
    welcomed_ = stream_->Write(hello) && stream_->Read(&welcome);
  }
  bool welcomed() const { return welcomed_; }
  ~DeafSource() {
    context_.TryCancel();
    stream_->Finish().error_code();
  }

 private:
  grpc::ClientContext context_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::SourceService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ServeRequest, v1::ServeResponse>>
      stream_;
  bool welcomed_ = false;
};

TEST_F(Interruption, ASourceThatDoesNotReadHoldsUpNobody) {
  local().StopAdapter("jcp");
  auto deaf = std::make_unique<DeafSource>(
      local(), town_->node("jcp").directory(), "jcp");
  ASSERT_TRUE(deaf->welcomed());
  constexpr int kAsks = 120;
  std::atomic<int> unreachable = 0;
  absl::Mutex mutex;
  std::set<std::string> others;  // what else was answered
  std::vector<std::unique_ptr<Asker>> askers;
  for (int i = 0; i < 4; ++i) askers.push_back(town_->NewAsker("council"));
  auto asked = askers[0]->Sign(*family_, AskJcp());
  ASSERT_TRUE(asked.ok()) << asked.status();
  std::vector<std::thread> threads;
  for (int i = 0; i < kAsks; ++i)
    threads.emplace_back([&, i] {
      Asker& asker = *askers[i % askers.size()];
      share::SignedRequest request = asked->request;
      request.request.id = crypto::RandomId<RequestId>();
      request.request.reason = std::string(400, 'r');
      asker.Resign(request);
      const auto answer =
          asker.gateway().RequestShare(request, absl::Seconds(20));
      const std::string said =
          !answer.ok()
              ? answer.status().ToString()
              : absl::StrCat(static_cast<int>(answer->results[0].status), " ",
                             answer->results[0].refusal.reason);
      if (answer.ok() &&
          answer->results[0].status == SourceStatus::kUnreachable) {
        ++unreachable;
      } else {
        absl::MutexLock lock(&mutex);
        others.insert(said);
      }
    });
  // Meanwhile others are served as ever.
  EXPECT_TRUE(town_->node("health").gateway().GetRegistryStatus().ok());
  for (std::thread& t : threads) t.join();
  EXPECT_THAT(others, testing::IsEmpty());
  EXPECT_EQ(unreachable, kAsks);
  deaf.reset();
  EXPECT_TRUE(local().StartAdapter("jcp").ok());
  EXPECT_EQ(AskAtJcp(), SourceStatus::kAnswered);
}

TEST_F(Interruption, AnAdapterThatHasNoGatewayStopsWhenTold) {
  ASSERT_EQ(local().Find("gateway")->Stop(), 0);
  // It has noticed, and dials in vain.
  ASSERT_TRUE(Eventually([] { return Said("health", "source link down") > 0; }))
      << ReadAll(local().LogFile("health"));
  absl::SleepFor(absl::Seconds(1));
  EXPECT_EQ(local().Find("health")->Stop(), 0);
  ASSERT_TRUE(local().StartDaemon("gateway").ok());
  ASSERT_TRUE(local().StartAdapter("health").ok());
  EXPECT_EQ(AskAtJcp(), SourceStatus::kAnswered);
}

// ---- TLS keys

// Makes the party's next key and certificate in "tls-next" and gives its pin.
std::string MakeNext(cli::LocalConsortium& local, const std::string& party) {
  const std::string now = local.Folder(party) + "/tls";
  const std::string next = local.Folder(party) + "/tls-next";
  fs::create_directory(next);
  const Rekeyed issued =
      WithNewKey(ReadAll(now + "/cert.pem"),
                 ReadAll(local.options().folder + "/ca/ca-key.pem"));
  WriteAll(next + "/cert.pem", issued.certificate);
  WriteAll(next + "/key.pem", issued.key);
  ::chmod((next + "/key.pem").c_str(), 0600);
  fs::copy_file(now + "/ca.pem", next + "/ca.pem");
  const auto pin = wire::SpkiPin(issued.certificate);
  return pin.ok() ? absl::BytesToHexString(pin->view()) : "";
}

// Both folders change places in one step.
bool Swap(const std::string& party_folder) {
  const std::string now = party_folder + "/tls";
  const std::string next = party_folder + "/tls-next";
  return ::renameat2(AT_FDCWD, now.c_str(), AT_FDCWD, next.c_str(),
                     RENAME_EXCHANGE) == 0;
}

// A new connection to the gateway, believing only `pins`.
absl::Status ConnectAnew(const std::string& address, const std::string& tls,
                         const std::vector<Digest>& pins) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto stub = v1::RegistryService::NewStub(grpc::CreateCustomChannel(
      address, wire::ClientCredentials({tls}, [pins] { return pins; }), args));
  return client::CallOnce(absl::Seconds(5), [&](grpc::ClientContext& context) {
    v1::GetRegistryStatusResponse response;
    return stub->GetRegistryStatus(&context, {}, &response);
  });
}

TEST_F(Interruption, TlsKeysAreReplacedAndNoCallFails) {
  const std::string address = local().Address("gateway");
  const std::string gateway_tls = local().Folder("gateway") + "/tls";
  const std::string council_tls = local().Folder("council") + "/tls";
  const Digest old_pin = *wire::SpkiPin(ReadAll(gateway_tls + "/cert.pem"));

  // Version 2 of the manifest names both keys of the two who rotate.
  const std::string manifest = local().options().folder + "/manifest.textproto";
  v1::ConsortiumManifest next;
  ASSERT_TRUE(
      google::protobuf::TextFormat::ParseFromString(ReadAll(manifest), &next));
  next.set_version(2);
  next.mutable_gateways(0)->add_tls_spki_sha256(MakeNext(local(), "gateway"));
  for (auto& agency : *next.mutable_agencies())
    if (agency.id() == "council")
      agency.add_tls_spki_sha256(MakeNext(local(), "council"));
  const Digest new_pin =
      *wire::SpkiPin(ReadAll(local().Folder("gateway") + "/tls-next/cert.pem"));
  std::string text;
  google::protobuf::TextFormat::PrintToString(next, &text);
  WriteAll(manifest, text);
  for (const char* agency : {"jcp", "council"})
    ASSERT_TRUE(cli::SignManifest(manifest, agency,
                                  local().Folder(agency) + "/signing.key")
                    .ok());
  for (const char* process :
       {"gateway", "holder-jcp", "holder-health", "jcp", "council", "health"})
    Reload(process);
  daemon::Node& council = town_->node("council");
  ASSERT_TRUE(council.Reload().ok());
  ASSERT_TRUE(Eventually([] { return AskAtJcp() == SourceStatus::kAnswered; }));

  // Old connections and new ones, all the time.
  const std::vector<Digest> both = {old_pin, new_pin};
  std::atomic<bool> stop = false;
  std::atomic<int> calls = 0, failed = 0;
  std::thread on_the_old([&] {
    for (; !stop; ++calls)
      failed += !council.gateway().GetRegistryStatus().ok();
  });
  std::thread on_new_ones([&] {
    for (; !stop; ++calls)
      failed += !ConnectAnew(address, council_tls, both).ok();
  });
  EXPECT_TRUE(ConnectAnew(address, council_tls, {old_pin}).ok());
  EXPECT_TRUE(Swap(local().Folder("gateway")));
  EXPECT_TRUE(Swap(local().Folder("council")));
  // Files are looked at every five seconds.
  EXPECT_TRUE(Eventually(
      [&] { return ConnectAnew(address, council_tls, {new_pin}).ok(); }));
  EXPECT_FALSE(ConnectAnew(address, council_tls, {old_pin}).ok());
  stop = true;
  on_the_old.join();
  on_new_ones.join();
  EXPECT_GT(calls, 20);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(AskAtJcp(), SourceStatus::kAnswered);
}

}  // namespace
}  // namespace kinstile::e2e
