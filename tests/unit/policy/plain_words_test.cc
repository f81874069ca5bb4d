// SPDX-License-Identifier: Apache-2.0
// Words of the schema become words of people, and nothing else changes.
#include "policy/plain_words.h"

#include <gtest/gtest.h>

#include "policy/loader.h"
#include "tests/unit/policy/policy_files.h"

namespace kinstile::policy {
namespace {

TEST(PlainWords, SayWhatTheSchemaMeans) {
  const LoadResult loaded =
      Load(testing::ShippedPolicy(), testing::DemoOptions());
  ASSERT_NE(loaded.set, nullptr);
  const struct {
    const char* text;
    const char* plain;
  } rows[] = {
      {"", ""},
      {"not known: CASE_IS_OPEN (rule fs-jcp)",
       "not known: there is an open case [CASE_IS_OPEN] (rule fs-jcp)"},
      {"due_date as MONTH_ONLY by r",
       "due_date as the month only [MONTH_ONLY] by r"},
      {"sender A6_1_E_PUBLIC_TASK,",
       "sender Article 6(1)(e): public task [A6_1_E_PUBLIC_TASK],"},
      {"there is an open case [CASE_IS_OPEN]",
       "there is an open case [CASE_IS_OPEN]"},
      {"NOT_A_WORD, XCASE_IS_OPEN, CASE_IS_OPENx, case_is_open, SHA-256",
       "NOT_A_WORD, XCASE_IS_OPEN, CASE_IS_OPENx, case_is_open, SHA-256"},
      {"a [", "a ["},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(PlainWords(loaded.set->catalogue(), row.text), row.plain);
  }
}

}  // namespace
}  // namespace kinstile::policy
