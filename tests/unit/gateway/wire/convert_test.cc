// SPDX-License-Identifier: Apache-2.0
// Messages to checked types and back; every malformed field is named.
#include "gateway/wire/convert.h"

#include <grpcpp/support/status.h>

#include <functional>

#include "gateway/share/reason.h"
#include "gateway/storage/store_error.h"
#include "gateway/wire/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::wire {
namespace {

using ::testing::HasSubstr;

share::SignedRequest Full() {
  share::SignedRequest s;
  share::ShareRequest& r = s.request;
  r.id.bytes[0] = 1;
  r.agency = *AgencyId::Create("council");
  r.agreement = *AgreementId::Create("family-support");
  r.purpose = "P";
  r.mode = "M";
  r.practitioner = "staff-1";
  r.role = "key worker";
  r.reason = "why";
  r.facts = {{"A", true, 7}, {"B", false, {}}, {"C", true, 0}};
  r.expires_at_ms = -5;
  r.sealing_key.bytes[1] = 2;
  r.identity_spec_version = 3;
  r.key_epoch = 4;
  r.manifest_digest.bytes[2] = 5;
  Handle handle;
  handle.bytes[0] = 6;
  r.members = {{handle, {{3, {}}, {9, {}}}}, {{}, {}}};
  r.asks = {{*AgencyId::Create("health"), "f", {"a", "b"}, "cmp"},
            {*AgencyId::Create("school"), "", {}, ""}};
  r.asks[0].consented = {0, 1};
  r.asks[0].consent_days = 8;
  r.trained_on = "2026-01-31";
  r.nation = "WALES";
  s.signature.bytes[63] = 7;
  return s;
}

TEST(Convert, RequestSurvivesTheRoundTrip) {
  v1::SignedShareRequest message;
  ToProto(Full(), &message);
  const auto back = FromProto(message);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(share::Encode(back->request), share::Encode(Full().request));
  EXPECT_EQ(back->signature, Full().signature);
}

TEST(Convert, MalformedRequestNamesTheField) {
  using Message = v1::SignedShareRequest;
  const struct {
    const char* field;
    std::function<void(Message&)> edit;
  } cases[] = {
      {"request_id", [](auto& m) { m.mutable_request()->set_request_id("x"); }},
      {"request_id", [](auto& m) { m.mutable_request()->clear_request_id(); }},
      {"agency", [](auto& m) { m.mutable_request()->set_agency("Secret!"); }},
      {"agreement",
       [](auto& m) { m.mutable_request()->set_agreement("Secret!"); }},
      {"sealing_key",
       [](auto& m) {
         m.mutable_request()->mutable_sealing_key()->push_back(0);
       }},
      {"manifest_digest",
       [](auto& m) { m.mutable_request()->clear_manifest_digest(); }},
      {"members.handle",
       [](auto& m) {
         m.mutable_request()->mutable_members(0)->set_handle("");
       }},
      {"tokens.token",
       [](auto& m) {
         m.mutable_request()->mutable_members(0)->mutable_tokens(1)->set_token(
             "Secret!");
       }},
      {"tokens.key",
       [](auto& m) {
         m.mutable_request()->mutable_members(0)->mutable_tokens(1)->set_key(
             256 + 3);
       }},
      {"asks.agency",
       [](auto& m) { m.mutable_request()->mutable_asks(1)->set_agency(""); }},
      {"facts.truth",
       [](auto& m) {
         m.mutable_request()->mutable_facts(0)->set_truth("yes");
       }},
      {"facts.truth",
       [](auto& m) { m.mutable_request()->mutable_facts(0)->clear_truth(); }},
      {"signature", [](auto& m) { m.clear_signature(); }},
      {"", [](auto& m) { m.clear_request(); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.field);
    Message message;
    ToProto(Full(), &message);
    c.edit(message);
    const absl::Status s = FromProto(message).status();
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << s;
    EXPECT_THAT(std::string(s.message()), HasSubstr(c.field));
    EXPECT_THAT(std::string(s.message()), testing::Not(HasSubstr("Secret!")));
  }
}

share::SourceAnswer FullAnswer() {
  share::SourceAnswer a;
  a.request_digest.bytes[0] = 1;
  a.agency = *AgencyId::Create("health");
  a.agreement_digest = "abc";
  a.status = share::SourceStatus::kAnswered;
  a.items = {{{1, "visits", "MONTH_ONLY", 7}, "box", {}}};
  a.withheld = {{"i", "r", "l", "w"}};
  a.obligations = {"o", "p"};
  a.signature.bytes[0] = 2;
  return a;
}

TEST(Convert, AnswerSurvivesTheRoundTrip) {
  v1::SourceAnswer message;
  ToProto(FullAnswer(), &message);
  const auto back = FromProto(message);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(share::Encode(*back), share::Encode(FullAnswer()));
  EXPECT_EQ(back->items[0].sealed, "box");
  EXPECT_EQ(back->signature, FullAnswer().signature);
}

TEST(Convert, MalformedAnswerNamesTheField) {
  const struct {
    const char* field;
    std::function<void(v1::SourceAnswer&)> edit;
  } cases[] = {
      {"request_digest", [](auto& m) { m.set_request_digest("x"); }},
      {"agency", [](auto& m) { m.set_agency("-"); }},
      {"status", [](auto& m) { m.clear_status(); }},
      {"status",
       [](auto& m) { m.set_status(static_cast<v1::SourceStatus>(5)); }},
      {"status",
       [](auto& m) { m.set_status(static_cast<v1::SourceStatus>(-1)); }},
      {"sealed_sha256",
       [](auto& m) { m.mutable_items(0)->clear_sealed_sha256(); }},
      {"signature", [](auto& m) { m.set_signature("x"); }},
  };
  for (const auto& c : cases) {
    v1::SourceAnswer message;
    ToProto(FullAnswer(), &message);
    c.edit(message);
    const absl::Status s = FromProto(message).status();
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << c.field;
    EXPECT_THAT(std::string(s.message()), HasSubstr(c.field));
  }
}

TEST(Convert, MatchedMembersSurviveTheRoundTrip) {
  google::protobuf::RepeatedPtrField<v1::MatchedMember> message;
  ToProto(std::vector<share::MatchedMember>{{2, {}}, {5, {}}}, &message);
  const auto back = FromProto(message);
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back->size(), 2u);
  EXPECT_EQ((*back)[1].member, 5u);
  message[0].set_handle("short");
  EXPECT_TRUE(absl::IsInvalidArgument(FromProto(message).status()));
}

TEST(Error, CodeMessageAndReasonCrossTheWire) {
  using share::Reason;
  for (Reason reason :
       {Reason::kUnknownParty, Reason::kBadSignature, Reason::kReplayed,
        Reason::kExpired, Reason::kMalformed, Reason::kVersionMismatch,
        Reason::kBudgetExhausted, Reason::kAuditUnavailable,
        Reason::kNotServedHere, Reason::kUnavailable}) {
    const absl::Status s =
        share::Refuse(absl::StatusCode::kUnavailable, reason, "field: is bad");
    const absl::Status back = FromGrpc(ToGrpc(s));
    EXPECT_EQ(back.code(), s.code());
    EXPECT_EQ(back.message(), s.message());
    EXPECT_EQ(share::ReasonOf(back), reason);
  }
  EXPECT_TRUE(FromGrpc(ToGrpc(absl::OkStatus())).ok());
}

TEST(Error, InnerErrorsLoseTheirWordsAndEveryErrorHasAReason) {
  for (const absl::Status& s :
       {absl::InternalError("table x"), absl::UnknownError("table x"),
        absl::DataLossError("table x")}) {
    const absl::Status back = FromGrpc(ToGrpc(s));
    EXPECT_EQ(back.code(), s.code());
    EXPECT_THAT(std::string(back.message()), testing::Not(HasSubstr("table")));
    EXPECT_EQ(share::ReasonOf(back), share::Reason::kInternal);
  }
  EXPECT_EQ(share::ReasonOf(FromGrpc(ToGrpc(absl::InvalidArgumentError("f")))),
            share::Reason::kMalformed);
  EXPECT_EQ(share::ReasonOf(FromGrpc(ToGrpc(absl::UnavailableError("f")))),
            share::Reason::kUnavailable);
}

TEST(Error, WhatTheStoreWasDoingStaysHere) {
  for (const auto code :
       {absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted,
        absl::StatusCode::kFailedPrecondition}) {
    const absl::Status s = absl::Status(code, "INSERT INTO audit_leaves: full");
    const absl::Status back = FromGrpc(ToGrpc(storage::MarkStoreError(s)));
    EXPECT_EQ(back.code(), code);
    EXPECT_EQ(back.message(), "store: cannot answer now; nothing was done");
    EXPECT_EQ(share::ReasonOf(back), share::Reason::kUnavailable);
    // The words alone are nobody's secret.
    EXPECT_EQ(FromGrpc(ToGrpc(s)).message(), s.message());
  }
}

TEST(Error, ForeignDetailsAreNoReason) {
  for (const char* details : {"", "\xff\xff", "\x08"}) {
    const absl::Status s =
        FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone", details));
    EXPECT_TRUE(absl::IsUnavailable(s));
    EXPECT_EQ(share::ReasonOf(s), share::Reason::kNone);
  }
}

}  // namespace
}  // namespace kinstile::wire
