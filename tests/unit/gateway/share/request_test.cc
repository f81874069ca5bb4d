// SPDX-License-Identifier: Apache-2.0
// Shape, signature and expiry of a request, field by field.
#include "gateway/share/request.h"

#include <functional>
#include <set>

#include "absl/strings/str_cat.h"
#include "gateway/crypto/hash.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {
namespace {

using RequestTest = World;
using Edit = std::function<void(ShareRequest&)>;

TEST_F(RequestTest, ShapeNamesTheFieldThatIsOutOfBounds) {
  struct Case {
    const char* name;
    Edit edit;
    const char* field;
  };
  const std::string longest(kMaxText, 'x');
  const Case cases[] = {
      {"no purpose", [](auto& r) { r.purpose = ""; }, "purpose"},
      {"no mode", [](auto& r) { r.mode = ""; }, "mode"},
      {"no practitioner", [](auto& r) { r.practitioner = ""; }, "practitioner"},
      {"no role", [](auto& r) { r.role = ""; }, "role"},
      {"no reason", [](auto& r) { r.reason = ""; }, "reason"},
      {"a long reason", [&](auto& r) { r.reason = longest + "x"; }, "reason"},
      {"nobody", [](auto& r) { r.members.clear(); }, "members"},
      {"counts about somebody", [](auto& r) { r.mode = "ASK_COUNTS"; },
       "members"},
      {"too many people",
       [](auto& r) {
         for (uint32_t n = 0; n < kMaxMembers; ++n)
           r.members.push_back({Record(n), {}});
       },
       "members"},
      {"a person twice", [](auto& r) { r.members.push_back(r.members[0]); },
       "members"},
      {"an unknown key",
       [](auto& r) {
         r.members[0].tokens = {{10, {}}};
       },
       "members.tokens.key"},
      {"a key twice",
       [](auto& r) {
         r.members[0].tokens = {{3, {}}, {3, {}}};
       },
       "members.tokens.key"},
      {"keys that descend",
       [](auto& r) {
         r.members[0].tokens = {{4, {}}, {3, {}}};
       },
       "members.tokens.key"},
      {"no source", [](auto& r) { r.asks.clear(); }, "asks"},
      {"a source twice", [](auto& r) { r.asks[1].agency = r.asks[0].agency; },
       "asks.agency"},
      {"itself", [](auto& r) { r.asks[1].agency = r.agency; }, "asks.agency"},
      {"an item twice",
       [](auto& r) {
         r.asks[0].items = {"a", "a"};
       },
       "asks.items"},
      {"an item without a name", [](auto& r) { r.asks[0].items = {""}; },
       "asks.items"},
      {"too many items",
       [](auto& r) {
         for (size_t i = 0; i <= kMaxItems; ++i)
           r.asks[0].items.push_back(absl::StrCat("i", i));
       },
       "asks.items"},
      {"a flow that is no name", [](auto& r) { r.asks[0].flow = "No Flow"; },
       "flow"},
      {"a long comparison",
       [](auto& r) { r.asks[0].comparison.assign(kMaxComparison + 1, 'x'); },
       "asks.comparison"},
      {"a consent of nobody", [](auto& r) { r.asks[0].consented = {2}; },
       "asks.consented"},
      {"consents out of order",
       [](auto& r) {
         r.asks[0].consented = {1, 0};
       },
       "asks.consented"},
      {"a consent twice",
       [](auto& r) {
         r.asks[0].consented = {1, 1};
       },
       "asks.consented"},
      {"days of no consent", [](auto& r) { r.asks[0].consent_days = 1; },
       "asks.consent_days"},
      {"days before the consent",
       [](auto& r) {
         r.asks[0].consented = {1};
         r.asks[0].consent_days = -1;
       },
       "asks.consent_days"},
      {"trained on no day", [](auto& r) { r.trained_on = "2026-02-30"; },
       "trained_on"},
      {"trained at some time", [](auto& r) { r.trained_on = "2026-02-03T"; },
       "trained_on"},
      {"a long nation", [&](auto& r) { r.nation = longest + "x"; }, "nation"},
      {"a fact twice",
       [](auto& r) {
         r.facts = {{"CASE_IS_OPEN", true, {}}, {"CASE_IS_OPEN", false, {}}};
       },
       "facts"},
      {"a fact without a name",
       [](auto& r) {
         r.facts = {{"", true, {}}};
       },
       "facts.condition"},
      {"too many facts",
       [](auto& r) {
         for (int i = 0; i < 65; ++i)
           r.facts.push_back({absl::StrCat("F", i), true, {}});
       },
       "facts"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ShareRequest request = Request();
    c.edit(request);
    const absl::Status s = CheckShape(request);
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << s;
    EXPECT_THAT(std::string(s.message()), testing::HasSubstr(c.field));
    EXPECT_THAT(std::string(s.message()),
                testing::Not(testing::HasSubstr("No Flow")));
  }
  ShareRequest good = Request();
  good.reason = longest;
  good.members[0].tokens.clear();  // a person of whom nothing is known
  KS_EXPECT_OK(CheckShape(good));
}

// Every edit changes what is signed.
const std::vector<Edit>& Edits() {
  static const auto* const edits = new std::vector<Edit>{
      [](auto& r) { r.id.bytes[3] ^= 1; },
      [](auto& r) { r.agency = *AgencyId::Create("school"); },
      [](auto& r) { r.agreement = *AgreementId::Create("other"); },
      [](auto& r) { r.purpose += "x"; },
      [](auto& r) { r.mode += "x"; },
      [](auto& r) { r.practitioner += "x"; },
      [](auto& r) { r.role += "x"; },
      [](auto& r) { r.reason += "x"; },
      [](auto& r) { std::swap(r.role, r.reason); },
      [](auto& r) {
        r.facts = {{"CASE_IS_OPEN", true, {}}};
      },
      [](auto& r) {
        r.facts = {{"CASE_IS_OPEN", false, {}}};
      },
      [](auto& r) {
        r.facts = {{"CASE_IS_OPEN", true, 0}};
      },
      [](auto& r) {
        r.facts = {{"CASE_IS_OPEN", true, 7}};
      },
      [](auto& r) { ++r.expires_at_ms; },
      [](auto& r) { r.sealing_key.bytes[0] ^= 1; },
      [](auto& r) { ++r.identity_spec_version; },
      [](auto& r) { ++r.key_epoch; },
      [](auto& r) { r.manifest_digest.bytes[0] ^= 1; },
      [](auto& r) { r.members.pop_back(); },
      [](auto& r) { std::swap(r.members[0], r.members[1]); },
      [](auto& r) { r.members[0].handle.bytes[0] ^= 1; },
      [](auto& r) { r.members[0].tokens[0].key = 4; },
      [](auto& r) { r.members[0].tokens[0].token.bytes[0] ^= 1; },
      [](auto& r) { r.members[0].tokens.clear(); },
      [](auto& r) { r.asks.pop_back(); },
      [](auto& r) { r.asks[0].flow = "visits"; },
      [](auto& r) { r.asks[0].items.pop_back(); },
      [](auto& r) { r.asks[0].items = {"visitscontact"}; },
      [](auto& r) { r.asks[0].consented = {1}; },
      [](auto& r) {
        r.asks[0].consented = {0, 1};
      },
      [](auto& r) { r.asks[0].consent_days = 1; },
      [](auto& r) { r.trained_on = "2026-01-01"; },
      [](auto& r) { r.nation = "ENGLAND"; },
      [](auto& r) { r.nation = "2026-01-01"; },
      [](auto& r) { r.asks[0].SetComparison("x"); },
      [](auto& r) { r.comparison_key.bytes[0] ^= 1; },
  };
  return *edits;
}

TEST_F(RequestTest, AQuestionForCountsIsAboutNobody) {
  ShareRequest request = Request();
  request.mode = "ASK_COUNTS";
  request.members.clear();
  for (SourceAsk& ask : request.asks) ask.consented.clear();
  KS_EXPECT_OK(CheckShape(request));
}

TEST_F(RequestTest, EveryFieldIsSigned) {
  const ShareRequest request = Request();
  const crypto::Signature signature = SignRequest(council_.signing, request);
  const crypto::VerifyKey key = council_.signing.verify_key();
  KS_EXPECT_OK(VerifyRequest(key, RequestDigest(request), signature));
  EXPECT_TRUE(absl::IsUnauthenticated(VerifyRequest(
      health_.signing.verify_key(), RequestDigest(request), signature)));
  std::set<std::string> encodings = {Encode(request)};
  for (size_t i = 0; i < Edits().size(); ++i) {
    ShareRequest edited = request;
    Edits()[i](edited);
    EXPECT_TRUE(encodings.insert(Encode(edited)).second) << i;
    EXPECT_TRUE(absl::IsUnauthenticated(
        VerifyRequest(key, RequestDigest(edited), signature)))
        << i;
  }
}

TEST_F(RequestTest, ComparisonsCanBeTakenOutAndTheSignatureHolds) {
  ShareRequest request = Request();
  request.asks[0].SetComparison("for one source only");
  KS_EXPECT_OK(CheckShape(request));
  const SignedRequest stripped = WithoutComparisons(Signed(request));
  EXPECT_TRUE(stripped.request.asks[0].comparison.empty());
  KS_EXPECT_OK(CheckShape(stripped.request));
  KS_EXPECT_OK(VerifyRequest(council_.signing.verify_key(),
                             RequestDigest(stripped.request),
                             stripped.signature));
  // Another comparison under the signed digest is refused.
  request.asks[0].comparison = "another";
  EXPECT_TRUE(absl::IsInvalidArgument(CheckShape(request)));
}

TEST_F(RequestTest, DigestIsOfTheEncoding) {
  const ShareRequest request = Request();
  EXPECT_EQ(RequestDigest(request), crypto::Sha256(Encode(request)));
}

TEST_F(RequestTest, ExpiryHasTwoEdges) {
  ShareRequest request = Request();
  const auto check = [&](absl::Duration ahead) {
    request.expires_at_ms = ToMillis(clock_.now + ahead);
    return CheckExpiry(request, clock_.now).code();
  };
  EXPECT_EQ(check(-absl::Hours(1)), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(check(absl::ZeroDuration()), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(check(absl::Milliseconds(1)), absl::StatusCode::kOk);
  EXPECT_EQ(check(kMaxLifetime), absl::StatusCode::kOk);
  EXPECT_EQ(check(kMaxLifetime + absl::Milliseconds(1)),
            absl::StatusCode::kInvalidArgument);
  request.expires_at_ms = std::numeric_limits<int64_t>::max();
  EXPECT_FALSE(CheckExpiry(request, clock_.now).ok());
  request.expires_at_ms = std::numeric_limits<int64_t>::min();
  EXPECT_FALSE(CheckExpiry(request, clock_.now).ok());
}

}  // namespace
}  // namespace kinstile::share
