// SPDX-License-Identifier: Apache-2.0
// The policy loader and the case reader on arbitrary bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "policy/cases.h"
#include "policy/engine.h"
#include "policy/loader.h"
#include "policy/render.h"
#include "tests/fuzz/small_policy.h"

namespace {

using namespace kinstile::policy;
using kinstile::fuzz::kSmallAgreement;
using kinstile::fuzz::kSmallLaw;

constexpr char kCases[] = R"(agreement: "a" agreement_version: 1
today: "2026-11-23"
case { name: "c" from: "p" to: "q" to_role: "r" purpose: REFERRAL
  mode: ASK_ONE_PERSON item: ["i", "j"]
  given { kind: AGE_FROM truth: YES number: 16 }
  expect { outcome: SHARE_PART released: "i" withheld: "j" } }
)";

LoadResult LoadTexts(absl::string_view law, absl::string_view agreement) {
  PolicyFiles files;
  files.law.emplace_back();
  files.law[0].bytes = std::string(law);
  files.agreements.emplace_back();
  files.agreements[0].id = std::string(1, 'a');
  files.agreements[0].agreement.bytes = std::string(agreement);
  return Load(files, kinstile::fuzz::SmallOptions());
}

// Either a set or a reason, never both and never neither.
void Check(const LoadResult& result) {
  if ((result.set != nullptr) == HasErrors(result.issues)) std::abort();
  for (const Issue& issue : result.issues) {
    if (issue.message.empty() || issue.line < 0) std::abort();
    (void)Format(issue);
  }
}

// Whatever loads must still refuse what nobody agreed to.
void CheckDecision(const ActiveSet& set) {
  Ask ask;
  ask.from = std::string("p");
  ask.to = std::string("q");
  ask.role = std::string("a role of nobody");
  ask.purpose = Purpose::kReferral;
  ask.mode = Mode::kAskOnePerson;
  ask.items = {"i"};
  ask.today = absl::CivilDay(2026, 11, 23);
  if (std::holds_alternative<Permit>(Decide(set, ask, Deciding::kGateway))) {
    std::abort();
  }
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {kSmallAgreement, kSmallLaw, kCases};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const LoadResult* const good =
      new LoadResult(LoadTexts(kSmallLaw, kSmallAgreement));
  if (good->set == nullptr) std::abort();  // the seeds must stay good
  const LoadResult as_agreement = LoadTexts(kSmallLaw, text);
  Check(as_agreement);
  if (as_agreement.set != nullptr) CheckDecision(*as_agreement.set);
  Check(LoadTexts(text, kSmallAgreement));
  if (as_agreement.set != nullptr) {
    // What loads can be shown to the people who sign it.
    const Agreement& agreement = as_agreement.set->agreements()[0];
    if (SignedRendering(agreement, as_agreement.set->catalogue()).empty()) {
      std::abort();
    }
  }
  const CasesReport report = RunCases(*good->set, {std::string(), text});
  if (report.results.empty() && report.issues.empty()) std::abort();
  return 0;
}
