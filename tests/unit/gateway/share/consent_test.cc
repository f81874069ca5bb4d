// SPDX-License-Identifier: Apache-2.0
// What a consent must say, and when it is a yes.
#include "gateway/share/consent.h"

#include <functional>

#include "gateway/base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinstile::share {
namespace {

const absl::Time kNow =
    absl::FromCivil(absl::CivilHour(2026, 11, 23, 9), absl::UTCTimeZone());

int64_t Ago(int days) { return ToMillis(kNow - absl::Hours(24 * days)); }
int64_t In(int days) { return Ago(-days); }

Consent Given() {
  Consent c;
  c.id.bytes[0] = 1;
  c.from = *AgencyId::Create("health");
  c.to = *AgencyId::Create("council");
  c.items = {"visits", "contact"};
  c.purpose = "SUPPORT_KEY_WORKING";
  c.decided_at_ms = Ago(10);
  c.expires_at_ms = In(90);
  return c;
}

TEST(Consent, IsCheckedFieldByField) {
  struct Case {
    const char* name;
    std::function<void(Consent&)> edit;
    const char* field;
  };
  const Case cases[] = {
      {"not about the recorder",
       [](auto& c) { c.to = *AgencyId::Create("school"); }, "to_agency"},
      {"to itself", [](auto& c) { c.from = c.to; }, "from_agency"},
      {"no items", [](auto& c) { c.items.clear(); }, "items"},
      {"an item twice",
       [](auto& c) {
         c.items = {"a", "a"};
       },
       "items"},
      {"an item without a name", [](auto& c) { c.items = {""}; }, "items"},
      {"no purpose", [](auto& c) { c.purpose = "ANYTHING"; }, "purpose"},
      {"no decision",
       [](auto& c) { c.decision = static_cast<ConsentDecision>(0); },
       "decision"},
      {"no means", [](auto& c) { c.means = static_cast<ConsentMeans>(9); },
       "means"},
      {"no capacity",
       [](auto& c) { c.capacity = static_cast<ConsentCapacity>(0); },
       "capacity"},
      {"decided tomorrow", [](auto& c) { c.decided_at_ms = In(1); },
       "decided_at"},
      {"never decided", [](auto& c) { c.decided_at_ms = 0; }, "decided_at"},
      {"without an end", [](auto& c) { c.expires_at_ms = 0; }, "expires_at"},
      {"ended before", [](auto& c) { c.expires_at_ms = Ago(11); },
       "expires_at"},
      {"a refusal that ends",
       [](auto& c) { c.decision = ConsentDecision::kRefused; }, "expires_at"},
  };
  const AgencyId council = *AgencyId::Create("council");
  EXPECT_EQ(CheckConsent(council, Given(), kNow), absl::OkStatus());
  EXPECT_EQ(CheckConsent(*AgencyId::Create("health"), Given(), kNow),
            absl::OkStatus());
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Consent consent = Given();
    c.edit(consent);
    const absl::Status s = CheckConsent(council, consent, kNow);
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << s;
    EXPECT_THAT(std::string(s.message()), testing::HasSubstr(c.field));
  }
}

KnownConsent Known(std::function<void(KnownConsent&)> edit = nullptr) {
  KnownConsent known{Given(), Ago(9), {}, {}};
  if (edit) edit(known);
  return known;
}

ConsentScope Scope() {
  return {*AgencyId::Create("health"),
          *AgencyId::Create("council"),
          "SUPPORT_KEY_WORKING",
          {"visits"}};
}

KnownConsent Refused(int days_ago) {
  return Known([&](auto& k) {
    k.consent.decision = ConsentDecision::kRefused;
    k.consent.decided_at_ms = Ago(days_ago);
    k.consent.expires_at_ms = 0;
  });
}

KnownConsent Withdrawn(KnownConsent known) {
  known.withdrawn_at_ms = Ago(2);
  known.withdrawal_recorded_at_ms = Ago(1);
  return known;
}

TEST(ConsentDays, AreThereOnlyForAConsentToExactlyThis) {
  struct Case {
    const char* name;
    std::vector<KnownConsent> consents;
    std::function<void(ConsentScope&)> edit;
    std::optional<int64_t> days;
  };
  const auto same = [](ConsentScope&) {};
  const KnownConsent newer = Known([](auto& k) {
    k.consent.decided_at_ms = Ago(3);
    k.consent.items = {"visits"};
  });
  const Case cases[] = {
      {"given", {Known()}, same, 10},
      {"nothing recorded", {}, same, {}},
      {"another receiver",
       {Known()},
       [](auto& s) { s.to = *AgencyId::Create("jcp"); },
       {}},
      {"another giver",
       {Known()},
       [](auto& s) { s.from = *AgencyId::Create("jcp"); },
       {}},
      {"another purpose",
       {Known()},
       [](auto& s) { s.purpose = "REFERRAL"; },
       {}},
      {"one item more",
       {Known()},
       [](auto& s) {
         s.items = {"visits", "diagnosis"};
       },
       {}},
      {"no items", {Known()}, [](auto& s) { s.items.clear(); }, {}},
      {"expired now",
       {Known([](auto& k) { k.consent.expires_at_ms = ToMillis(kNow); })},
       same,
       {}},
      {"expires in a moment",
       {Known([](auto& k) { k.consent.expires_at_ms = ToMillis(kNow) + 1; })},
       same,
       10},
      {"withdrawn", {Withdrawn(Known())}, same, {}},
      {"refused", {Refused(10)}, same, {}},
      {"refused later", {Known(), Refused(5)}, same, {}},
      {"refused earlier", {Refused(20), Known()}, same, 10},
      {"refused at the same moment", {Known(), Refused(10)}, same, {}},
      {"given again", {Known(), newer}, same, 3},
      {"given again and withdrawn", {Known(), Withdrawn(newer)}, same, {}},
      {"the older withdrawn", {Withdrawn(Known()), newer}, same, 3},
      {"the oldest of those needed",
       {Known(), newer},
       [](auto& s) {
         s.items = {"visits", "contact"};
       },
       10},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ConsentScope scope = Scope();
    c.edit(scope);
    EXPECT_EQ(ConsentDays(c.consents, scope, kNow), c.days);
    std::vector<KnownConsent> reversed(c.consents.rbegin(), c.consents.rend());
    EXPECT_EQ(ConsentDays(reversed, scope, kNow), c.days);
  }
}

// For a source that keeps no consents but may have been told no.
TEST(RefusedItems, AreThoseRefusedOrWithdrawnAndNoOthers) {
  struct Case {
    const char* name;
    std::function<void(KnownConsent&)> edit;
    std::vector<std::string> refused;
  };
  const Case cases[] = {
      {"given", [](auto&) {}, {}},
      {"refused",
       [](auto& k) {
         k.consent.decision = ConsentDecision::kRefused;
         k.consent.expires_at_ms = 0;
       },
       {"contact", "visits"}},
      {"withdrawn",
       [](auto& k) { k.withdrawn_at_ms = Ago(1); },
       {"contact", "visits"}},
      {"to be withdrawn", [](auto& k) { k.withdrawn_at_ms = In(1); }, {}},
      {"expired", [](auto& k) { k.consent.expires_at_ms = Ago(1); }, {}},
      {"refused to somebody else",
       [](auto& k) {
         k.consent.decision = ConsentDecision::kRefused;
         k.consent.to = *AgencyId::Create("school");
       },
       {}},
      {"one of two items",
       [](auto& k) {
         k.consent.decision = ConsentDecision::kRefused;
         k.consent.items = {"visits"};
       },
       {"visits"}},
  };
  const ConsentScope scope{*AgencyId::Create("health"),
                           *AgencyId::Create("council"),
                           "SUPPORT_KEY_WORKING",
                           {"contact", "visits"}};
  EXPECT_TRUE(RefusedItems({}, scope, kNow).empty());
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    KnownConsent known;
    known.consent = Given();
    c.edit(known);
    EXPECT_EQ(RefusedItems({known}, scope, kNow), c.refused);
  }
}

TEST(KnownAt, SaysWhatHadBeenRecordedByThen) {
  const std::vector<KnownConsent> all = {Withdrawn(Known())};
  EXPECT_TRUE(KnownAt(all, Ago(9) - 1).empty());
  // Given ten days ago, recorded nine days ago: known only then.
  EXPECT_EQ(KnownAt(all, Ago(9)), std::vector<KnownConsent>{Known()});
  // Withdrawn two days ago, but nobody knew before yesterday.
  EXPECT_EQ(KnownAt(all, Ago(1) - 1), std::vector<KnownConsent>{Known()});
  EXPECT_EQ(KnownAt(all, Ago(1)), all);
}

}  // namespace
}  // namespace kinstile::share
