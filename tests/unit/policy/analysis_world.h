// SPDX-License-Identifier: Apache-2.0
// A policy that triggers a code of the loader or the analyses, and one close by
// that loads and does not.
#ifndef KINSTILE_TESTS_UNIT_POLICY_ANALYSIS_WORLD_H_
#define KINSTILE_TESTS_UNIT_POLICY_ANALYSIS_WORLD_H_

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "policy/analysis.h"
#include "policy/cases.h"
#include "policy/loader.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {

// A policy under test: the shipped one, with edits.
struct AnalysisWorld {
  PolicyFiles files = testing::ShippedPolicy();
  LoadOptions load = testing::DemoOptions();
  AnalysisOptions analysis;
  std::optional<NamedBytes> cases;

  AnalysisWorld() {
    files.agreements.resize(1);  // family-support
    // No agency lists its roles, so that rules may name any.
    std::string& agencies = files.agencies.bytes;
    for (size_t at; (at = agencies.find("\n  role: ")) != std::string::npos;) {
      agencies.erase(at, agencies.find('\n', at + 1) - at);
    }
    analysis.today = load.today;
  }

  // The first occurrence in the family-support agreement.
  AnalysisWorld& Edit(const std::string& from, const std::string& to) {
    return EditIn(files.agreements[0].agreement.bytes, from, to);
  }
  AnalysisWorld& EditIn(std::string& text, const std::string& from,
                        const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << "no such text: " << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return *this;
  }
  AnalysisWorld& Append(const std::string& text) {
    files.agreements[0].agreement.bytes += text;
    return *this;
  }
  // Another agreement of the same parties and bases, with only this in it.
  AnalysisWorld& Another(const std::string& rules) {
    AgreementFiles other = files.agreements[0];
    other.id = "other";
    std::string& text = other.agreement.bytes;
    text = absl::StrReplaceAll(text,
                               {{"id: \"family-support\"", "id: \"other\""}});
    for (const char* block : {"\nshare {", "\nnever {"}) {
      for (size_t at; (at = text.find(block)) != std::string::npos;) {
        text.erase(at, text.find("\n}", at) + 2 - at);
      }
    }
    text += rules;
    other.agreement.name = "other.textproto";
    files.agreements.push_back(std::move(other));
    return *this;
  }

  bool Loads() const { return Load(files, load).set != nullptr; }
  std::vector<Issue> Issues() const {
    LoadResult loaded = Load(files, load);
    if (loaded.set != nullptr) {
      for (Issue& issue : Analyse(*loaded.set, analysis)) {
        loaded.issues.push_back(std::move(issue));
      }
      if (cases) {
        for (Issue& issue : RunCases(*loaded.set, *cases).issues) {
          loaded.issues.push_back(std::move(issue));
        }
      }
    }
    return loaded.issues;
  }
};

// A rule of the parties and bases of family-support.
inline std::string RuleText(const std::string& id, const std::string& from,
                            const std::string& to, const std::string& basis,
                            const std::string& purpose, const std::string& mode,
                            const std::string& rest) {
  return absl::StrCat(
      "\nshare {\n  id: \"", id,
      "\" plain: \"The council, the health trust and Jobcentre Plus share ",
      "health, contact, benefit, service use and outcome facts.\"\n  from: \"",
      from, "\" to: \"", to, "\" to_roles: \"analyst\" purpose: ", purpose,
      " mode: ", mode, "\n  about: \"x\" basis: \"", basis,
      "\" only_if { kind: CONSENT_RECORDED }\n"
      "  keep_days: 30 max_people_per_request: 12\n",
      rest, "\n}\n");
}

inline std::string ItemText(const std::string& item,
                            const std::string& category,
                            const std::string& as) {
  return absl::StrCat("  item { item: \"", item, "\" category: ", category,
                      " as: ", as, " why_needed: \"x\" nature: FACT }\n");
}

// From the health trust to the council, which may hold everything here.
inline std::string HealthRule(
    const std::string& id, const std::string& items,
    const std::string& more = "",
    const std::string& purpose = "SUPPORT_KEY_WORKING",
    const std::string& mode = "ASK_ONE_HOUSEHOLD") {
  return RuleText(id, "health", "council", "co-operation-with-consent", purpose,
                  mode, items + more);
}

// From the council to the health trust, of counts that identify nobody.
inline std::string CountsRule(const std::string& items,
                              const std::string& purpose,
                              const std::string& mode) {
  return absl::StrCat(
      "\nbasis { id: \"counts\" gateway: \"AGGREGATE\" necessity: \"x\"\n"
      "  article6_sender: NOT_PERSONAL_DATA\n"
      "  article6_receiver: NOT_PERSONAL_DATA\n"
      "  article9: A9_NOT_SPECIAL_CATEGORY schedule1: S1_NOT_NEEDED\n"
      "  confidence: NO_DUTY_OF_CONFIDENCE }\n",
      RuleText(
          "x", "council", "health", "counts", purpose, mode,
          absl::StrCat(items, "only_if { kind: COHORT_AT_LEAST number: 10 }")));
}

struct CodeRow {
  const char* code;
  const char* name;
  std::function<void(AnalysisWorld&)> trigger;
  std::function<void(AnalysisWorld&)> near;
};

inline bool HasCode(const std::vector<Issue>& issues, const std::string& code) {
  for (const Issue& issue : issues) {
    if (issue.code == code) return true;
  }
  return false;
}

inline void ExpectPair(const CodeRow& row) {
  AnalysisWorld bad, good;
  row.trigger(bad);
  row.near(good);
  const std::vector<Issue> found = bad.Issues(), quiet = good.Issues();
  EXPECT_TRUE(HasCode(found, row.code))
      << row.code << " (" << row.name << ") was not found in\n"
      << testing::AllIssues(found);
  EXPECT_FALSE(HasCode(quiet, row.code))
      << row.code << " (" << row.name << ") was found in\n"
      << testing::AllIssues(quiet);
  // What does not load was not analysed.
  EXPECT_TRUE(good.Loads()) << row.code << " (" << row.name << ") in\n"
                            << testing::AllIssues(quiet);
  for (const Issue& issue : found) {
    if (issue.code == row.code) {
      EXPECT_TRUE(!issue.file.empty() || issue.code == "LP188") << row.code;
    }
  }
}

}  // namespace kinstile::policy

#endif  // KINSTILE_TESTS_UNIT_POLICY_ANALYSIS_WORLD_H_
