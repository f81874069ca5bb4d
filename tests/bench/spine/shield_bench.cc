// SPDX-License-Identifier: Apache-2.0
// Part d: can an asker tell by the clock a family that is shielded from one
// that is not there?
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "tests/bench/spine/spine.h"
#include "tests/e2e/consortium.h"

namespace kinstile::bench {
namespace {

// Of all pairs of a time from each side, in how many the first is longer: 0.5
// when nothing can be told. (Mann and Whitney 1947; equal times count half.)
double Distinguishable(const std::vector<double>& a,
                       const std::vector<double>& b) {
  double longer = 0;
  for (double x : a)
    for (double y : b) longer += x > y ? 1 : x == y ? 0.5 : 0;
  const double share =
      longer / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
  return std::max(share, 1 - share);
}

size_t TokensIn(const share::SignedRequest& request) {
  size_t n = 0;
  for (const auto& m : request.request.members) n += m.tokens.size();
  return n;
}

absl::StatusOr<std::vector<share::SignedRequest>> SignAll(
    e2e::Consortium& consortium, e2e::Asker& asker,
    const std::vector<std::string>& ids) {
  std::vector<share::SignedRequest> out;
  for (const std::string& id : ids) {
    KS_ASSIGN_OR_RETURN(const auto members, consortium.Family("council", id));
    KS_ASSIGN_OR_RETURN(auto asked, asker.Sign(members, e2e::AskJcp()));
    out.push_back(std::move(asked.request));
  }
  return out;
}

absl::StatusOr<double> Time(e2e::Asker& asker, share::SignedRequest request) {
  request.request.id = crypto::RandomId<RequestId>();
  request.request.expires_at_ms =
      ToMillis(SystemClock().Now() + absl::Minutes(1));
  asker.Resign(request);
  const double start = WallSeconds();
  KS_ASSIGN_OR_RETURN(const auto answer,
                      asker.gateway().RequestShare(request, absl::Seconds(20)));
  if (answer.results.at(0).status != share::SourceStatus::kNoMatch)
    return absl::InternalError("the answer is not NO_MATCH");
  return WallSeconds() - start;
}

}  // namespace

absl::Status MeasureShield(const Options& options,
                           std::vector<Figure>& figures) {
  KS_ASSIGN_OR_RETURN(const auto consortium, e2e::Consortium::Start({}));
  const auto asker = consortium->NewAsker("council");
  KS_ASSIGN_OR_RETURN(const auto shielded_ids, consortium->ShieldedAtJcp());
  KS_ASSIGN_OR_RETURN(const auto unknown_ids, consortium->UnknownAtJcp());
  KS_ASSIGN_OR_RETURN(const auto shielded,
                      SignAll(*consortium, *asker, shielded_ids));
  KS_ASSIGN_OR_RETURN(const auto unknown,
                      SignAll(*consortium, *asker, unknown_ids));
  if (shielded.empty() || unknown.empty())
    return absl::NotFoundError("no shielded or no unknown family");
  std::vector<double> there, absent;
  const double until = WallSeconds() + options.seconds * options.rounds;
  for (size_t i = 0; there.size() < 10 || WallSeconds() < until; ++i) {
    const auto& first = shielded[i % shielded.size()];
    // One as large: what the asker sends is no secret from the asker.
    const auto second = std::min_element(
        unknown.begin(), unknown.end(), [&](const auto& x, const auto& y) {
          const auto off = [&](const auto& r) {
            const size_t a = TokensIn(r), b = TokensIn(first);
            return a > b ? a - b : b - a;
          };
          return off(x) < off(y);
        });
    // In turns, so that neither is always the later one.
    for (int turn = 0; turn < 2; ++turn) {
      const bool shield = (turn == 0) == (i % 2 == 0);
      KS_ASSIGN_OR_RETURN(const double seconds,
                          Time(*asker, shield ? first : *second));
      (shield ? there : absent).push_back(seconds);
    }
  }
  const double middle = Quantile(absent, 0.5);
  figures.push_back(
      {"d", absl::StrCat("NO_MATCH, nobody there, of ", absent.size(), " asks"),
       middle * 1e3, "ms p50", 1.0});
  figures.push_back({"d", "NO_MATCH, shielded", Quantile(there, 0.5) * 1e3,
                     "ms p50", Quantile(there, 0.5) / middle});
  const double told = Distinguishable(there, absent);
  figures.push_back({"d", "  pairs of the two put in order by the clock",
                     told * 100, "%", told, 0.6, true});
  return absl::OkStatus();
}

}  // namespace kinstile::bench
