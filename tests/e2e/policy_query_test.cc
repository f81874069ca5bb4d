// SPDX-License-Identifier: Apache-2.0
// kinstile policy explain, why-not, who-can-see, what-can, diff: as an officer
// runs them, with their exit codes.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const char kKinstile[] = KINSTILE_PROGRAMS "/kinstile";

Ran Policy(std::vector<std::string> words) {
  std::vector<std::string> command = {kKinstile, "policy"};
  command.insert(command.end(), words.begin(), words.end());
  return RunProgram(command);
}

std::vector<std::string> HealthAsk(const std::string& command) {
  return {command,
          "--agreement=family-support",
          "--from=health",
          "--to=council",
          "--role=key worker",
          "--purpose=SUPPORT_KEY_WORKING",
          "--item=last_contact_date",
          "--people=4",
          "--on=2026-11-24",
          "--fact=FAMILY_AGREED_TO_PROGRAMME",
          "--fact=CASE_IS_OPEN"};
}

TEST(PolicyQuery, ExplainsAShareAndARefusal) {
  auto ask = HealthAsk("explain");
  const Ran refused = Policy(ask);
  EXPECT_EQ(refused.code, 3) << refused.output;
  EXPECT_THAT(refused.output, HasSubstr("[CONSENT_RECORDED]"));
  EXPECT_THAT(refused.output, HasSubstr("The asker reads: "));
  ask.push_back("--fact=CONSENT_RECORDED");
  const Ran shared = Policy(ask);
  EXPECT_EQ(shared.code, 0) << shared.output;
  for (const char* part :
       {"[last_contact_date], ", ", by rule fs-health, no older than 2 years",
        "power: ", "data protection: ", "confidence: ", "statutory bars: ",
        "The receiver must pass it on to nobody", "Kept for at most 90 days",
        "no signature was looked at"})
    EXPECT_THAT(shared.output, HasSubstr(part));
  ask.push_back("--json");
  const json machine = json::parse(Policy(ask).output, nullptr, false);
  EXPECT_EQ(machine["outcome"], "SHARE");
}

TEST(PolicyQuery, SaysWhatWouldHelp) {
  const Ran ran = Policy(HealthAsk("why-not"));
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(
      ran.output,
      HasSubstr("Rule fs-health fits, but it is not known that the person's "
                "consent to this disclosure is on record"));
  EXPECT_THAT(ran.output, HasSubstr("last_contact_date would be released, "));
}

TEST(PolicyQuery, ListsWhoCanSeeAnItemAndWhatAnAgencyCan) {
  const Ran who = Policy({"who-can-see", "last_contact_date"});
  EXPECT_EQ(who.code, 0) << who.output;
  EXPECT_THAT(who.output, HasSubstr("council (key worker) can get "));
  EXPECT_THAT(who.output, HasSubstr("[last_contact_date], "));
  EXPECT_THAT(who.output, HasSubstr("[SUPPORT_KEY_WORKING]"));
  EXPECT_THAT(who.output, HasSubstr("only if the family has agreed"));
  const Ran what = Policy({"what-can", "jcp", "--from=council"});
  EXPECT_THAT(what.output, HasSubstr("key_worker_name"));
  EXPECT_THAT(Policy({"who-can-see", "benefit_type"}).output,
              HasSubstr("Nobody"));
  // A mistyped name is no answer.
  for (const std::vector<std::string>& mistyped :
       std::vector<std::vector<std::string>>{
           {"who-can-see", "last_contct_date"},
           {"what-can", "councl"},
           {"who-can-see", "last_contact_date", "--from=helth"}}) {
    const Ran ran = Policy(mistyped);
    EXPECT_EQ(ran.code, 2) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("did you mean"));
  }
}

class PolicyDiff : public ::testing::Test {
 protected:
  PolicyDiff() : scratch_(*cli::ScratchFolder::Create()) {}

  // A copy of the shipped policy with one edit of family-support.
  std::string Edited(const std::string& name, const std::string& from,
                     const std::string& to) {
    const std::string folder = scratch_.path() + "/" + name;
    std::filesystem::create_directories(folder + "/agreements/family-support");
    std::filesystem::copy(KINSTILE_POLICY_DIR "/law", folder + "/law",
                          std::filesystem::copy_options::recursive);
    const std::string path = "/agreements/family-support/agreement.textproto";
    std::ifstream in(KINSTILE_POLICY_DIR + path);
    std::ostringstream text;
    text << in.rdbuf();
    std::string edited = text.str();
    const size_t at = edited.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    edited.replace(at, from.size(), to);
    std::ofstream(folder + path) << edited;
    return folder;
  }

  cli::ScratchFolder scratch_;
};

TEST_F(PolicyDiff, TellsFourAnswersByExitCode) {
  const std::string base = Edited("base", "keep_days: 90", "keep_days: 90");
  const std::string less = Edited("less", "keep_days: 90", "keep_days: 30");
  const std::string other = Edited("other", "to_roles: \"key worker\"",
                                   "to_roles: \"social worker\"");
  EXPECT_EQ(Policy({"diff", base, base}).code, 0);
  const Ran narrower = Policy({"diff", base, less});
  EXPECT_EQ(narrower.code, 1) << narrower.output;
  EXPECT_THAT(narrower.output, HasSubstr("This is NARROWER."));
  const Ran wider = Policy({"diff", less, base});
  EXPECT_EQ(wider.code, 2);
  EXPECT_THAT(wider.output, HasSubstr("Every party must sign again."));
  EXPECT_EQ(Policy({"diff", base, other}).code, 3);
  EXPECT_EQ(Policy({"diff", base, "/nowhere"}).code, 4);
}

}  // namespace
}  // namespace kinstile::e2e
