// SPDX-License-Identifier: Apache-2.0
// An Exchange with fake sources, honest until a test says otherwise.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_SHARE_EXCHANGE_WORLD_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_SHARE_EXCHANGE_WORLD_H_

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/share/comparison.h"
#include "gateway/share/exchange.h"
#include "gateway/share/reason.h"
#include "gateway/wire/weights.h"
#include "tests/unit/gateway/share/world.h"

namespace kinstile::share {

using Behaviour = std::function<absl::StatusOr<SourceReply>(
    const SignedRequest&, const SourceQuestion&)>;

inline uint32_t NumberOf(const Handle& handle) {
  uint32_t n = 0;
  for (size_t i = Handle::kSize - 4; i < Handle::kSize; ++i)
    n = n << 8 | handle.bytes[i];
  return n;
}

// What an honest source says: every item asked for, for everybody matched.
inline SourceAnswer Honest(const Keys& keys, const SignedRequest& request,
                           const SourceQuestion& question) {
  SourceAnswer answer = NoMatch(RequestDigest(request.request), keys.id, "v3");
  const std::map<std::string, std::string> grain = {
      {"visits", "MONTH_ONLY"}, {"contact", "EXACT"}, {"attendance", "YES_NO"}};
  const SealContext context{answer.request_digest, keys.id};
  for (const MatchedMember& m : question.matched)
    for (const SourceAsk& ask : request.request.asks)
      for (const std::string& item : ask.items)
        if (ask.agency == keys.id && grain.contains(item))
          answer.items.push_back(*SealItem(request.request.sealing_key, context,
                                           {m.member, item, grain.at(item), 7},
                                           "a value"));
  if (!question.matched.empty()) answer.status = SourceStatus::kAnswered;
  return answer;
}

class FakeSources final : public Sources {
 public:
  // Whole families of whoever was hit, as they are in `registers`.
  std::vector<absl::StatusOr<std::vector<ComparedFamily>>> Compare(
      const SignedRequest& request, absl::Span<const CompareQuestion> questions,
      absl::Duration) override {
    for (const SourceAsk& ask : request.request.asks)
      EXPECT_NE(ask.comparison_digest, Digest());
    if (on_compare) on_compare();
    std::vector<absl::StatusOr<std::vector<ComparedFamily>>> out;
    for (const CompareQuestion& q : questions) {
      if (silent.contains(q.source))
        out.push_back(absl::UnavailableError("link: is down"));
      else
        out.push_back(FamiliesOf(registers.at(q.source), q));
    }
    return out;
  }

  std::vector<absl::StatusOr<SourceReply>> Ask(
      const SignedRequest& request, absl::Span<const SourceQuestion> questions,
      absl::Duration) override {
    if (on_ask) on_ask();
    std::vector<absl::StatusOr<SourceReply>> out;
    for (const SourceQuestion& q : questions) {
      asked.push_back(q);
      out.push_back(behave.at(q.source)(request, q));
    }
    return out;
  }

  std::map<AgencyId, Behaviour> behave;
  std::function<void()> on_ask, on_compare;
  std::vector<SourceQuestion> asked;
  std::map<AgencyId, std::vector<index::EnrolledRecord>> registers;
  std::map<Handle, FieldTokens> tokens;  // else those of the record's number
  std::set<AgencyId> silent;

 private:
  std::vector<ComparedFamily> FamiliesOf(
      const std::vector<index::EnrolledRecord>& records,
      const CompareQuestion& question) const {
    std::map<FamilyHandle, ComparedFamily> families;
    for (const CandidateHit& hit : question.hits)
      for (const index::EnrolledRecord& r : records)
        if (r.handle == hit.handle) families[r.family].family = r.family;
    for (const index::EnrolledRecord& r : records) {
      auto family = families.find(r.family);
      if (family == families.end()) continue;
      auto own = tokens.find(r.handle);
      ++family->second.size;
      family->second.records.push_back(
          {r.handle, own != tokens.end() ? own->second
                                         : TokensOfPerson(NumberOf(r.handle))});
    }
    std::vector<ComparedFamily> out;
    for (auto& [handle, family] : families) out.push_back(std::move(family));
    return out;
  }
};

class ExchangeTest : public World {
 protected:
  ExchangeTest() {
    for (const Keys* k : {&health_, &school_}) {
      Enrol(*k, {Person(1, 1), Person(2, 1)});
      sources_.behave[k->id] = [k](const SignedRequest& r,
                                   const SourceQuestion& q) {
        SourceReply reply{Honest(*k, r, q), {}};
        SignAnything(k->signing, reply.answer);
        return reply;
      };
    }
  }

  static index::EnrolledRecord Person(uint32_t n, uint32_t family,
                                      bool shielded = false) {
    return {Record(n), Family(family), shielded, {Carries(n, kStrong)}};
  }
  void Enrol(const Keys& keys, std::vector<index::EnrolledRecord> records) {
    auto id = index_->StartEnrolment(keys.id, kIdentitySpecVersion, 5);
    KS_ASSERT_OK(id.status());
    KS_ASSERT_OK(index_->AddRecords(*id, records));
    KS_ASSERT_OK(index_->FinishEnrolment(*id, records.size()));
    sources_.registers[keys.id] = std::move(records);
  }
  // The request with an offer for each source: its members' tokens, and wraps
  // that nobody here opens.
  ShareRequest Offered(ShareRequest request) const {
    ComparisonOffer offer;
    for (const QueryMember& m : request.members) {
      auto own = member_tokens_.find(m.handle);
      offer.members.push_back(own != member_tokens_.end()
                                  ? own->second
                                  : TokensOfPerson(NumberOf(m.handle) - 9000));
      offer.wraps.emplace_back(m.tokens.size(), std::string(kWrapSize, 'w'));
    }
    for (SourceAsk& ask : request.asks) ask.SetComparison(Encode(offer));
    return request;
  }
  SignedRequest Signed(const ShareRequest& request) const {
    return World::Signed(Offered(request));
  }
  // Health answers with what `edit` makes of its honest answer.
  void HealthLies(std::function<void(SourceAnswer&)> edit,
                  const Keys* signer = nullptr) {
    sources_.behave[health_.id] =
        [this, edit, signer](const SignedRequest& r, const SourceQuestion& q) {
          SourceReply reply{Honest(health_, r, q), {}};
          edit(reply.answer);
          SignAnything((signer ? signer : &health_)->signing, reply.answer);
          return reply;
        };
  }

  absl::StatusOr<ShareAnswer> Share(const ShareRequest& request) {
    return exchange_.RequestShare(council_.id, Signed(request));
  }
  ShareAnswer MustShare(const ShareRequest& request) {
    auto answer = Share(request);
    EXPECT_EQ(answer.status(), absl::OkStatus());
    if (!answer.ok()) std::abort();
    return *std::move(answer);
  }
  MatchAnswer MustMatch(const ShareRequest& request) {
    auto answer = exchange_.MatchFamily(council_.id, Signed(request));
    EXPECT_EQ(answer.status(), absl::OkStatus());
    if (!answer.ok()) std::abort();
    return *std::move(answer);
  }
  static Reason ReasonFor(const absl::StatusOr<ShareAnswer>& answer) {
    return ReasonOf(answer.status());
  }
  template <class Leg>
  static bool Is(const ShareAnswer& answer, size_t leg) {
    return std::holds_alternative<Leg>(answer.legs.at(leg));
  }
  static const SourceAnswer& AnswerOf(const ShareAnswer& answer, size_t leg) {
    return std::get<ReleasedShare>(answer.legs.at(leg)).answer();
  }
  // Every byte that the requester gets about this leg.
  static std::string BytesOf(const ShareAnswer& answer, size_t leg) {
    const SourceAnswer& a = AnswerOf(answer, leg);
    std::string out = Encode(a) + a.signature.str();
    for (const SealedItem& item : a.items) out += item.sealed;
    for (const WithheldItem& w :
         std::get<ReleasedShare>(answer.legs.at(leg)).withheld())
      out += w.item + w.rule + w.layer + w.reason;
    return out;
  }
  ShareRequest LinkRequest() {
    ShareRequest r = Request();
    r.purpose = "OUTCOME_EVALUATION";
    r.mode = "LINK_FOR_EVALUATION";
    r.asks = {{health_.id, "", {kRecordHandleItem}, ""}};
    return r;
  }
  static std::vector<linkage::Grade> GradesOf(const MatchAnswer& answer) {
    std::vector<linkage::Grade> out;
    for (const MemberMatch& m :
         std::get<ReleasedMatch>(answer.legs.at(0)).members()) {
      out.push_back(m.grade);
      if (m.grade == linkage::Grade::kNoMatch) {
        EXPECT_FALSE(m.handle.has_value());
      }
    }
    return out;
  }

  std::unique_ptr<ReplayGuard> replays_ = *ReplayGuard::Open(*db_, clock_.now);
  std::unique_ptr<DailyUse> daily_use_ = *DailyUse::Open(*db_, clock_.now);
  std::map<Handle, FieldTokens> member_tokens_;
  FakeSources sources_;
  Consents consents_{{*db_, *log_, clock_}};
  InForce<linkage::Model> weights_{
      std::make_shared<linkage::Model>(*wire::LoadWeights(""))};
  // Nobody need cosign, unless a test's manifest says so.
  Witnesses witnesses_{directory_, *log_, *db_, clock_,
                       Witnesses::Start::kWaitForQuorum};
  Exchange exchange_{{directory_, policy_, *index_, *log_, sources_, *replays_,
                      *daily_use_, consents_, clock_, witnesses_,
                      absl::Seconds(1), weights_, *db_}};
};

}  // namespace kinstile::share

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_SHARE_EXCHANGE_WORLD_H_
