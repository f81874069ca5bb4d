// SPDX-License-Identifier: Apache-2.0
// Whom the agency puts its signature under.
#include "adapters/daemon/practitioners.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace kinstile::daemon {
namespace {

constexpr char kRegister[] =
    "practitioner { id: \"KW-1\" role: \"key worker\" role: \"triage "
    "officer\" trained_on: \"2026-03-01\" }\n"
    "practitioner { id: \"KW-2\" role: \"key worker\" }\n"
    "practitioner { id: \"KW-3\" role: \"key worker\" }\n"
    "practitioner { id: \"KW-3\" role: \"key worker\" }\n";

TEST(Practitioners, AreAssertedFromTheRegisterOnly) {
  const std::string file =
      absl::StrCat(std::filesystem::temp_directory_path().string(),
                   "/practitioners-", ::getpid());
  std::ofstream(file) << kRegister;
  struct Case {
    const char* name;
    const char* practitioner;
    const char* role;
    absl::StatusCode code;
    const char* trained_on;
  };
  const Case cases[] = {
      {"known", "KW-1", "key worker", absl::StatusCode::kOk, "2026-03-01"},
      {"in another role", "KW-1", "triage officer", absl::StatusCode::kOk,
       "2026-03-01"},
      // What they say of their training does not count.
      {"not trained", "KW-2", "key worker", absl::StatusCode::kOk, ""},
      {"a role of somebody else", "KW-2", "triage officer",
       absl::StatusCode::kPermissionDenied, "2026-11-01"},
      {"nobody", "KW-9", "key worker", absl::StatusCode::kPermissionDenied,
       "2026-11-01"},
      {"there twice", "KW-3", "key worker", absl::StatusCode::kInvalidArgument,
       "2026-11-01"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    client::Question q;
    q.practitioner = c.practitioner;
    q.role = c.role;
    q.trained_on = "2026-11-01";
    EXPECT_EQ(AssertPractitioner(file, q).code(), c.code);
    EXPECT_EQ(q.trained_on, c.trained_on);
  }
  std::ofstream(file) << "practitioner { name: \"x\" }";
  client::Question q;
  EXPECT_TRUE(absl::IsInvalidArgument(AssertPractitioner(file, q)));
  std::filesystem::remove(file);
  EXPECT_FALSE(AssertPractitioner(file, q).ok());
}

}  // namespace
}  // namespace kinstile::daemon
