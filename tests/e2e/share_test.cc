// SPDX-License-Identifier: Apache-2.0
// One share after another over real processes: answered, withheld, refused,
// not found, unreachable, and nothing believed that was touched on the way.
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <csignal>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "adapters/client/channel.h"
#include "gateway/audit/receipt.h"
#include "gateway/wire/convert.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinstile/v1/share_service.grpc.pb.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;
using share::SourceStatus;

class Share : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = Consortium::Start({});
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
    council_ = town_->NewAsker("council").release();
  }
  static void TearDownTestSuite() {
    delete council_;
    delete town_;
  }

  void SetUp() override {
    auto family = town_->KnownFamily();
    ASSERT_TRUE(family.ok()) << family.status();
    family_ = *std::move(family);
  }

  static client::VerifiedResult AskOne(
      const std::vector<client::Member>& members, const client::Question& q) {
    auto outcome = town_->node("council").Ask(members, q);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    if (!outcome.ok() || outcome->results.size() != 1) return {};
    return outcome->results[0];
  }
  static bool Answered(const std::vector<client::Member>& members) {
    auto outcome = town_->node("council").Ask(members, AskJcp());
    return outcome.ok() &&
           outcome->results[0].status == SourceStatus::kAnswered;
  }

  // What goes over the wire, before anybody looks into it.
  static v1::RequestShareResponse AskRaw(
      const std::vector<client::Member>& members, const client::Question& q) {
    auto asked = council_->Sign(members, q);
    EXPECT_TRUE(asked.ok()) << asked.status();
    v1::RequestShareRequest request;
    wire::ToProto(asked->request, request.mutable_signed_request());
    v1::RequestShareResponse response;
    auto stub = v1::ShareService::NewStub(council_->gateway().channel());
    const absl::Status status =
        client::CallOnce(q.deadline, [&](grpc::ClientContext& context) {
          return stub->RequestShare(&context, request, &response);
        });
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }

  static Consortium* town_;
  static Asker* council_;
  std::vector<client::Member> family_;
};

Consortium* Share::town_ = nullptr;
Asker* Share::council_ = nullptr;

TEST_F(Share, AnswersWithExactlyTheItemsAskedFor) {
  const client::VerifiedResult result = AskOne(family_, AskJcp());
  EXPECT_EQ(result.status, SourceStatus::kAnswered);
  ASSERT_FALSE(result.items.empty());
  for (const client::ReceivedItem& i : result.items) {
    EXPECT_THAT(i.item,
                testing::AnyOf("out_of_work_benefit", "work_coach_contact"));
    EXPECT_LT(i.member, family_.size());
    EXPECT_FALSE(i.value.empty());
    if (i.item == "out_of_work_benefit") {
      EXPECT_EQ(i.granularity, "YES_NO");
    }
  }
  EXPECT_EQ(result.dropped, 0u);
  EXPECT_TRUE(result.withheld.empty());
  EXPECT_FALSE(result.obligations.empty());
}

TEST_F(Share, GivesOneResultForEachSourceInTheOrderAsked) {
  client::Question q = AskJcp();
  q.asks = {AskOf("health", {"last_contact_date"}),
            AskOf("jcp", {"out_of_work_benefit"})};
  auto outcome = town_->node("council").Ask(family_, q);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  ASSERT_EQ(outcome->results.size(), 2u);
  EXPECT_EQ(outcome->results[0].agency.str(), "health");
  EXPECT_EQ(outcome->results[1].agency.str(), "jcp");
  // Coarsened at the source: no day.
  for (const client::ReceivedItem& i : outcome->results[0].items)
    EXPECT_EQ(i.value.Reveal(identity::PiiAccess()).size(), 7u);
}

TEST_F(Share, WithholdsOneItemTooManyAndNamesTheRule) {
  client::Question q = AskJcp();
  q.asks = {AskOf("jcp", {"out_of_work_benefit", "benefit_type"})};
  const client::VerifiedResult result = AskOne(family_, q);
  EXPECT_EQ(result.status, SourceStatus::kAnswered);
  EXPECT_FALSE(result.items.empty());
  for (const client::ReceivedItem& i : result.items)
    EXPECT_EQ(i.item, "out_of_work_benefit");
  ASSERT_FALSE(result.withheld.empty());
  EXPECT_EQ(result.withheld[0].item, "benefit_type");
  EXPECT_EQ(result.withheld[0].rule, "fs-n2");
  EXPECT_EQ(result.withheld[0].layer, "DATA_PROTECTION");
}

TEST_F(Share, RefusesWithTheLayerOrTheMissingCondition) {
  client::Question unagreed = AskJcp();
  unagreed.facts = {{"CASE_IS_OPEN", true, {}}};
  const client::VerifiedResult missing = AskOne(family_, unagreed);
  EXPECT_EQ(missing.status, SourceStatus::kDenied);
  EXPECT_TRUE(missing.items.empty());
  EXPECT_THAT(missing.refusal.missing,
              testing::Contains("FAMILY_AGREED_TO_PROGRAMME"));
  client::Question forbidden = AskJcp();
  forbidden.asks = {AskOf("jcp", {"benefit_type"})};
  const client::VerifiedResult never = AskOne(family_, forbidden);
  EXPECT_EQ(never.status, SourceStatus::kDenied);
  EXPECT_TRUE(never.items.empty());
  EXPECT_EQ(never.refusal.layer, "DATA_PROTECTION");
}

// Everything but the names that each request has afresh. Zeroed, not cleared:
// their sizes are compared too.
v1::RequestShareResponse WithoutNames(v1::RequestShareResponse in) {
  for (auto& result : *in.mutable_results()) {
    auto& answer = *result.mutable_answer();
    answer.mutable_request_digest()->assign(answer.request_digest().size(), 0);
    answer.mutable_signature()->assign(answer.signature().size(), 0);
  }
  in.clear_receipt();
  return in;
}

TEST_F(Share, AnswersAboutShieldedPeopleAsAboutUnknownOnes) {
  auto shielded = town_->ShieldedAtJcp();
  auto unknown = town_->UnknownAtJcp();
  ASSERT_TRUE(shielded.ok() && unknown.ok());
  ASSERT_FALSE(shielded->empty());
  ASSERT_FALSE(unknown->empty());
  auto hidden = town_->Family("council", shielded->front());
  auto absent = town_->Family("council", unknown->front());
  ASSERT_TRUE(hidden.ok() && absent.ok());

  const client::VerifiedResult a = AskOne(*hidden, AskJcp());
  const client::VerifiedResult b = AskOne(*absent, AskJcp());
  EXPECT_EQ(a.status, SourceStatus::kNoMatch);
  EXPECT_EQ(b.status, a.status);
  EXPECT_EQ(a.items.size(), 0u);
  EXPECT_EQ(b.items.size(), a.items.size());
  EXPECT_EQ(b.withheld.size(), a.withheld.size());
  EXPECT_EQ(b.obligations, a.obligations);
  EXPECT_EQ(b.dropped, a.dropped);
  EXPECT_EQ(b.refusal.reason, a.refusal.reason);

  const v1::RequestShareResponse raw_a = AskRaw(*hidden, AskJcp());
  const v1::RequestShareResponse raw_b = AskRaw(*absent, AskJcp());
  ASSERT_TRUE(raw_a.results(0).has_answer());
  ASSERT_TRUE(raw_b.results(0).has_answer());
  EXPECT_EQ(WithoutNames(raw_a).SerializeAsString(),
            WithoutNames(raw_b).SerializeAsString());
  // The receipts prove different leaves of a growing tree: the place and the
  // proof's length differ, the leaf's size must not.
  const auto receipt_a = audit::ParseReceipt(raw_a.receipt());
  const auto receipt_b = audit::ParseReceipt(raw_b.receipt());
  ASSERT_TRUE(receipt_a.ok() && receipt_b.ok());
  EXPECT_EQ(receipt_a->leaf.size(), receipt_b->leaf.size());
}

TEST_F(Share, BelievesNoAnswerThatWasTouched) {
  auto asked = council_->Sign(family_, AskJcp());
  ASSERT_TRUE(asked.ok()) << asked.status();
  auto response =
      council_->gateway().RequestShare(asked->request, absl::Seconds(20));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_FALSE(response->results[0].answer->items.empty());
  const auto verify = [&](const client::ShareResponse& r) {
    return council_->requester()
        .Verify(asked->request.request, asked->sealing_key, r)
        .status();
  };
  ASSERT_TRUE(verify(*response).ok()) << verify(*response);
  auto other = council_->Sign(family_, AskJcp());
  ASSERT_TRUE(other.ok());
  auto other_response =
      council_->gateway().RequestShare(other->request, absl::Seconds(20));
  ASSERT_TRUE(other_response.ok());

  struct Case {
    const char* name;
    std::function<void(client::ShareResponse&)> touch;
  };
  const Case cases[] = {
      {"an item is dropped without trace",
       [](auto& r) { r.results[0].answer->items.pop_back(); }},
      {"a sealed byte is flipped",
       [](auto& r) { r.results[0].answer->items[0].sealed[40] ^= 1; }},
      {"a label is changed",
       [](auto& r) { r.results[0].answer->items[0].label.member ^= 1; }},
      {"the granularity is changed",
       [](auto& r) {
         r.results[0].answer->items[0].label.granularity = "EXACT";
       }},
      {"the status is changed",
       [](auto& r) { r.results[0].status = SourceStatus::kNoMatch; }},
      {"both statuses are changed",
       [](auto& r) {
         r.results[0].status = SourceStatus::kNoMatch;
         r.results[0].answer->status = SourceStatus::kNoMatch;
       }},
      {"an answer is made out of nothing",
       [](auto& r) {
         r.results[0].status = SourceStatus::kNoMatch;
         r.results[0].answer.reset();
       }},
      {"the answer to another request is put in",
       [&](auto& r) { r.results = other_response->results; }},
      {"the receipt of another request is put in",
       [&](auto& r) { r.receipt = other_response->receipt; }},
      {"there is no receipt", [](auto& r) { r.receipt.clear(); }},
      {"a source's result is missing", [](auto& r) { r.results.clear(); }},
      {"another source answers",
       [](auto& r) {
         r.results[0].agency = *AgencyId::Create("health");
         r.results[0].answer->agency = *AgencyId::Create("health");
       }},
      {"the signature is another's",
       [](auto& r) { r.results[0].answer->signature.bytes[0] ^= 1; }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    client::ShareResponse touched = *response;
    c.touch(touched);
    const absl::Status status = verify(touched);
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  }
  // A box that the gateway takes out openly stays signed, and is counted.
  client::ShareResponse dropped = *response;
  dropped.results[0].answer->items[0].sealed.clear();
  auto outcome = council_->requester().Verify(asked->request.request,
                                              asked->sealing_key, dropped);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->results[0].dropped, 1u);
}

// Takes jcp's adapter down and up again around a test.
TEST_F(Share, ReportsASourceThatIsDownAndRecovers) {
  town_->local().StopAdapter("jcp");
  const absl::Time start = absl::Now();
  client::VerifiedResult result = AskOne(family_, AskJcp());
  EXPECT_EQ(result.status, SourceStatus::kUnreachable);
  EXPECT_TRUE(result.items.empty());
  // No link: said at once, not after a wait.
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  ASSERT_TRUE(town_->local().StartAdapter("jcp").ok());
  EXPECT_TRUE(Answered(family_));
}

TEST_F(Share, DoesNotWaitForASourceThatHangs) {
  cli::Process* jcp = town_->local().Find("jcp");
  ASSERT_NE(jcp, nullptr);
  ::kill(jcp->pid(), SIGSTOP);
  const absl::Time start = absl::Now();
  client::Question both = AskJcp();
  both.asks.push_back(AskOf("health", {"last_contact_date"}));
  auto outcome = town_->node("council").Ask(family_, both);
  const absl::Duration took = absl::Now() - start;
  ::kill(jcp->pid(), SIGCONT);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->results[0].status, SourceStatus::kUnreachable);
  EXPECT_NE(outcome->results[1].status, SourceStatus::kUnreachable);
  // The gateway gives a source five seconds.
  EXPECT_LT(took, absl::Seconds(8));
  EXPECT_TRUE(Eventually([&] { return Answered(family_); }));
}

TEST_F(Share, GoesOnAfterTheGatewayRestarts) {
  cli::Process* gateway = town_->local().Find("gateway");
  ASSERT_NE(gateway, nullptr);
  EXPECT_EQ(gateway->Stop(), 0);
  EXPECT_FALSE(town_->node("council").Ask(family_, AskJcp()).ok());
  ASSERT_TRUE(town_->local().StartDaemon("gateway").ok());
  EXPECT_TRUE(Eventually([&] { return Answered(family_); }));
}

TEST_F(Share, GoesOnAfterTheGatewayIsKilled) {
  cli::Process* gateway = town_->local().Find("gateway");
  ASSERT_NE(gateway, nullptr);
  gateway->Kill();
  ASSERT_TRUE(town_->local().StartDaemon("gateway").ok());
  EXPECT_TRUE(Eventually([&] { return Answered(family_); }));
}

TEST_F(Share, NeedsEveryKeyHolderOfTheThreshold) {
  town_->local().Find("holder-jcp")->Stop();
  const absl::Time start = absl::Now();
  const auto asked = council_->Sign(family_, AskJcp());
  EXPECT_TRUE(absl::IsUnavailable(asked.status())) << asked.status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(8));
  ASSERT_TRUE(town_->local().StartDaemon("holder-jcp").ok());
  EXPECT_TRUE(Eventually([&] { return Answered(family_); }));
}

// The gateway's agreements allow both items; jcp's own copy does not.
TEST_F(Share, LetsASourceNarrowByItsOwnAgreements) {
  const std::string agreements = town_->Path("narrow");
  fs::copy(KINSTILE_POLICY_DIR "/agreements", agreements,
           fs::copy_options::recursive);
  Edit(agreements + "/family-support/agreement.textproto",
       "  item {\n"
       "    item: \"work_coach_contact\"\n"
       "    category: CONTACT\n"
       "    as: EXACT\n"
       "    why_needed: \"to plan together with the work coach\"\n"
       "    nature: FACT\n"
       "  }\n",
       "");
  const std::string config = town_->local().AdapterConfig("jcp");
  const std::string before = ReadAll(config);
  Edit(config,
       absl::StrCat("agreements_folder: \"", KINSTILE_POLICY_DIR,
                    "/agreements\""),
       absl::StrCat("agreements_folder: \"", agreements, "\""));
  town_->local().StopAdapter("jcp");
  ASSERT_TRUE(town_->local().StartAdapter("jcp").ok())
      << ReadAll(town_->local().LogFile("jcp"));
  const client::VerifiedResult narrowed = AskOne(family_, AskJcp());
  EXPECT_EQ(narrowed.status, SourceStatus::kAnswered);
  for (const client::ReceivedItem& i : narrowed.items)
    EXPECT_EQ(i.item, "out_of_work_benefit");
  ASSERT_EQ(narrowed.withheld.size(), 1u);
  EXPECT_EQ(narrowed.withheld[0].item, "work_coach_contact");

  // Nothing is left of what was asked: refused by the source itself.
  client::Question q = AskJcp();
  q.asks = {AskOf("jcp", {"work_coach_contact"})};
  const client::VerifiedResult refused = AskOne(family_, q);
  EXPECT_EQ(refused.status, SourceStatus::kDenied);
  EXPECT_TRUE(refused.items.empty());

  WriteAll(config, before);
  town_->local().StopAdapter("jcp");
  ASSERT_TRUE(town_->local().StartAdapter("jcp").ok());
  EXPECT_TRUE(Answered(family_));
}

}  // namespace
}  // namespace kinstile::e2e
