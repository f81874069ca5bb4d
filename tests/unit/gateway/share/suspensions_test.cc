// SPDX-License-Identifier: Apache-2.0
// Who may stop what, that it holds at once and for good, and who reads of it.
#include "gateway/share/suspensions.h"

#include "gateway/share/reason.h"
#include "policy/engine.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

class SuspensionsTest : public World {
 protected:
  Suspension Statement(const Keys& party, std::vector<std::string> flows = {}) {
    Suspension s;
    s.party = party.id;
    s.agreement = *AgreementId::Create("family-support");
    for (const std::string& flow : flows)
      s.flows.push_back(*FlowId::Create(flow));
    s.reason = "the DPIA is being looked at again";
    clock_.now += absl::Seconds(1);
    s.at_ms = ToMillis(clock_.now);
    return s;
  }
  static SignedSuspension Signed(const Keys& signer, Suspension s) {
    SignedSuspension out{std::move(s), {}};
    out.signature = SignSuspension(signer.signing, out.statement);
    return out;
  }
  absl::Status Apply(const Keys& party, const Suspension& s) {
    return suspensions_.Apply(party.id, Signed(party, s));
  }
  // Whether health still gives to the council.
  bool Gives(const PolicyInForce& policy) {
    return std::holds_alternative<policy::Permit>(policy::Decide(
        *policy.set().Current(), AskOf(Request()), policy::Deciding::kGateway));
  }
  std::vector<std::string> EntriesOf(const Keys& reader) {
    std::vector<std::string> out;
    for (const audit::Record& r : RecordsOf(reader))
      if (r.type == audit::EntryType::kSuspension) out.push_back(r.reason);
    return out;
  }

  std::unique_ptr<PolicyInForce> in_force_ =
      *PolicyInForce::Open(*db_, clock_, policy_.Current());
  Suspensions suspensions_{{directory_, *in_force_, *log_, clock_}};
};

TEST_F(SuspensionsTest, HoldAtOnceThroughReloadAndRestartUntilResumed) {
  EXPECT_TRUE(Gives(*in_force_));
  KS_ASSERT_OK(Apply(health_, Statement(health_)));
  EXPECT_FALSE(Gives(*in_force_));
  KS_ASSERT_OK(in_force_->Activate(policy_.Current()).status());
  EXPECT_FALSE(Gives(*in_force_));
  EXPECT_FALSE(Gives(**PolicyInForce::Open(*db_, clock_, policy_.Current())));
  Suspension resume = Statement(health_);
  resume.resume = true;
  KS_ASSERT_OK(Apply(health_, resume));
  EXPECT_TRUE(Gives(*in_force_));
  EXPECT_TRUE(Gives(**PolicyInForce::Open(*db_, clock_, policy_.Current())));
}

// Nobody widens alone, whatever the loader let through.
TEST_F(SuspensionsTest, ActivationOfMoreNeedsEverySignature) {
  struct Case {
    const char* name;
    std::function<void(policy::Agreement&)> edit;
    std::vector<std::string> signed_by;
    bool comes_into_force;
  };
  const std::vector<std::string> all = {"council", "health", "school"};
  const auto wider = [](policy::Agreement& a) { ++a.flows[0].max_people; };
  const auto narrower = [](policy::Agreement& a) { --a.flows[0].keep_days; };
  const auto other = [](policy::Agreement& a) { a.flows[0].about = "others"; };
  const Case cases[] = {
      {"narrower, unsigned", narrower, {}, true},
      {"wider, unsigned", wider, {}, false},
      {"wider, one missing", wider, {"council", "health"}, false},
      {"wider, all signed", wider, all, true},
      {"about other people, unsigned", other, {}, false},
      {"about other people, all signed", other, all, true},
      {"wider draft, in a demonstration",
       [&](policy::Agreement& a) {
         wider(a);
         a.draft = true;
       },
       {},
       true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    // Drafts have no order of versions to keep.
    policy::Agreement before = policy_.Current()->agreements()[0];
    before.draft = true;
    for (policy::Flow& flow : before.flows) flow.keep_days = 10;
    KS_ASSERT_OK(db_->Write([](storage::Transaction& tx) {
      return tx.Execute("DELETE FROM policy_version", {}).status();
    }));
    const auto make = [&](policy::Agreement a, const char* digest) {
      return std::make_shared<policy::ActiveSet>(
          std::vector<policy::Agreement>{std::move(a)},
          policy_.Current()->catalogue(), digest);
    };
    const auto in_force =
        *PolicyInForce::Open(*db_, clock_, make(before, "before"));
    policy::Agreement next = before;
    next.draft = false;
    next.signed_by = c.signed_by;
    c.edit(next);
    const auto effect = in_force->Activate(make(next, "next"));
    EXPECT_EQ(effect.ok(), c.comes_into_force) << effect.status();
    EXPECT_EQ(in_force->set().Current()->digest(),
              c.comes_into_force ? "next" : "before");
  }
}

TEST_F(SuspensionsTest, AreTheReceiversToMakeTooAndNameTheRule) {
  KS_ASSERT_OK(Apply(council_, Statement(council_, {"engage"})));
  EXPECT_TRUE(Gives(*in_force_));
  KS_ASSERT_OK(Apply(council_, Statement(council_, {"visits"})));
  EXPECT_FALSE(Gives(*in_force_));
}

TEST_F(SuspensionsTest, AreReadByEveryPartyOfTheAgreement) {
  KS_ASSERT_OK(Apply(health_, Statement(health_, {"visits"})));
  for (const Keys* reader : {&council_, &health_, &school_})
    EXPECT_THAT(EntriesOf(*reader),
                testing::ElementsAre("health suspends rule visits: the DPIA is "
                                     "being looked at again"));
}

TEST_F(SuspensionsTest, AreRefusedUnlessTheyAreThePartysOwn) {
  struct Case {
    const char* name;
    std::function<void(SignedSuspension&)> edit;
    const Keys* caller;
    Reason reason;
  };
  const auto resign = [this](SignedSuspension& s) {
    s = Signed(health_, s.statement);
  };
  const Case cases[] = {
      {"another's certificate", [](auto&) {}, &council_, Reason::kUnknownParty},
      {"changed after signing", [](auto& s) { s.statement.resume = true; },
       &health_, Reason::kBadSignature},
      {"another's signature",
       [this](auto& s) { s = Signed(council_, s.statement); }, &health_,
       Reason::kBadSignature},
      {"no reason",
       [&](auto& s) {
         s.statement.reason.clear();
         resign(s);
       },
       &health_, Reason::kMalformed},
      {"from the future",
       [&](auto& s) {
         s.statement.at_ms += 3'600'000;
         resign(s);
       },
       &health_, Reason::kMalformed},
      {"no such agreement",
       [&](auto& s) {
         s.statement.agreement = *AgreementId::Create("other");
         resign(s);
       },
       &health_, Reason::kMalformed},
      {"no such rule",
       [&](auto& s) {
         s.statement.flows = {*FlowId::Create("none")};
         resign(s);
       },
       &health_, Reason::kMalformed},
      {"a rule between others",
       [&](auto& s) {
         s.statement.flows = {*FlowId::Create("attendance")};
         resign(s);
       },
       &health_, Reason::kMalformed},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    SignedSuspension s = Signed(health_, Statement(health_));
    c.edit(s);
    EXPECT_EQ(ReasonOf(suspensions_.Apply(c.caller->id, s)), c.reason);
    EXPECT_TRUE(Gives(*in_force_));
  }
  EXPECT_TRUE(EntriesOf(health_).empty());
}

TEST_F(SuspensionsTest, TakeNoOldResumptionTwice) {
  Suspension first = Statement(health_);
  Suspension resume = Statement(health_);
  resume.resume = true;
  KS_ASSERT_OK(Apply(health_, first));
  KS_ASSERT_OK(Apply(health_, resume));
  KS_ASSERT_OK(Apply(health_, Statement(health_)));
  EXPECT_FALSE(Gives(*in_force_));
  // Whoever kept the resumption cannot play it again.
  EXPECT_EQ(ReasonOf(Apply(health_, resume)), Reason::kReplayed);
  EXPECT_FALSE(Gives(*in_force_));
  EXPECT_EQ(EntriesOf(health_).size(), 3u);
}

TEST_F(SuspensionsTest, MayBeSentAgain) {
  const Suspension s = Statement(health_);
  KS_ASSERT_OK(Apply(health_, s));
  KS_ASSERT_OK(Apply(health_, s));
  EXPECT_EQ(EntriesOf(health_).size(), 1u);
}

}  // namespace
}  // namespace kinstile::share
