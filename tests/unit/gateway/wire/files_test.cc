// SPDX-License-Identifier: Apache-2.0
// Key files, strict text, files of bounded size and policy folders.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gateway/crypto/random.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/policy.h"
#include "gateway/wire/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinstile/v1/config.pb.h"

namespace kinstile::wire {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string dir = testing::TempDir() + "/wire.XXXXXX";
    EXPECT_NE(mkdtemp(dir.data()), nullptr);
    dir_ = dir;
  }
  ~FilesTest() override { fs::remove_all(dir_); }
  std::string Path(const std::string& name) const {
    return absl::StrCat(dir_, "/", name);
  }
  std::string Write(const std::string& name, const std::string& text,
                    mode_t mode = 0600) {
    fs::create_directories(fs::path(Path(name)).parent_path());
    std::ofstream(Path(name)) << text;
    EXPECT_EQ(::chmod(Path(name).c_str(), mode), 0);
    return Path(name);
  }
  std::string dir_;
};

TEST_F(FilesTest, KeySurvivesItsFileAndIsNeverOverwritten) {
  const std::string path = Path("a.key");
  const std::string raw(32, '\x5a');
  ASSERT_TRUE(WriteKeyBytes(path, raw).ok());
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(ReadKeyBytes(path, 32).value(), raw);
  EXPECT_TRUE(absl::IsAlreadyExists(WriteKeyBytes(path, "other")));
  EXPECT_EQ(ReadKeyBytes(path, 32).value(), raw);
  EXPECT_TRUE(ReadSigningKey(path).ok());
}

TEST_F(FilesTest, KeyThatOthersMayReadOrThatIsNoneIsRefused) {
  const std::string hex(64, 'a');
  for (mode_t mode : {0640, 0604, 0620, 0602, 0644, 0610})
    EXPECT_TRUE(absl::IsFailedPrecondition(
        ReadKeyBytes(Write("open.key", hex, mode), 32).status()));
  for (const std::string& text :
       {std::string(), hex.substr(1), absl::StrCat(hex, "a"),
        absl::StrCat("g", hex.substr(1)), absl::StrCat(hex, " ", hex)}) {
    const absl::Status s = ReadKeyBytes(Write("bad.key", text), 32).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(s)) << s;
    EXPECT_THAT(std::string(s.message()), testing::Not(HasSubstr("aaaa")));
  }
  EXPECT_TRUE(
      ReadKeyBytes(Write("good.key", absl::StrCat(" ", hex, "\n")), 32).ok());
  EXPECT_TRUE(absl::IsNotFound(ReadKeyBytes(Path("none"), 32).status()));
  // 32 bytes that are no scalar below the group's order.
  EXPECT_TRUE(absl::IsFailedPrecondition(
      ReadOprfKey(Write("high.key", std::string(64, 'f'))).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(
      ReadOprfKey(Write("zero.key", std::string(64, '0'))).status()));
}

TEST_F(FilesTest, ReadFileIsBoundedAndNamesThePath) {
  const std::string path = Write("f", std::string(100, 'x'));
  EXPECT_EQ(ReadFile(path, 100)->size(), 100u);
  EXPECT_TRUE(absl::IsResourceExhausted(ReadFile(path, 99).status()));
  EXPECT_THAT(std::string(ReadFile(Path("none")).status().message()),
              HasSubstr("none"));
  EXPECT_EQ(ResolvePath("/etc/k/c.textproto", "a/b"), "/etc/k/a/b");
  EXPECT_EQ(ResolvePath("/etc/k/c.textproto", "/a/b"), "/a/b");
}

TEST(StrictText, PlacesEveryMistake) {
  const struct {
    const char* text;
    const char* words;
  } cases[] = {
      {"", "c:1:1: \"agency\" is not set in PinnedSigner"},
      {"agency: \"a\"", "c:1:1: \"signing_key\" is not set"},
      {"agency: \"a\"\nsigning_key: \"k\"\n  other: 1", "c:3:"},
      {"agency: \"a\"\nagency: \"b\"", "c:2:"},
      {"agency: \"a\" signing_key: ", "c:1:"},
      {"agency: 7", "c:1:"},
      {"\xff", "c:1:"},
  };
  for (const auto& c : cases) {
    v1::PinnedSigner message;
    const absl::Status s = ParseStrictText(c.text, "c", {}, &message);
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << c.text;
    EXPECT_THAT(std::string(s.message()), HasSubstr(c.words));
  }
  v1::PinnedSigner message;
  EXPECT_TRUE(ParseStrictText("agency: \"a\" signing_key: \"k\" # why", "c", {},
                              &message)
                  .ok());
  EXPECT_TRUE(ParseStrictText("agency: \"a\"", "c",
                              {"PinnedSigner.signing_key"}, &message)
                  .ok());
  // Inside a message the mistake stands where the message does.
  v1::ManifestConfig manifest;
  EXPECT_THAT(std::string(ParseStrictText("file: \"m\"\n\npinned {\n}", "c", {},
                                          &manifest)
                              .message()),
              HasSubstr("c:3:1: \"agency\""));
}

TEST_F(FilesTest, PolicyFoldersAreReadWithTheirSignatures) {
  Write("law/a.textproto", "law");
  Write("law/notes.md", "no law");
  Write("agreements/x/agreement.textproto", "agreed");
  Write("agreements/x/cases.textproto", "cases");
  Write("agreements/x/sig/council.textproto", "said");
  Write("agreements/x/sig/council.sig", std::string(128, 'a') + "\n");
  Write("agreements/agencies.textproto", "agencies");
  Write("agreements/agencies.textproto.health.sig", std::string(128, 'b'));
  const auto files = ReadPolicyFiles(Path("law"), Path("agreements"));
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->law.size(), 1u);
  EXPECT_EQ(files->law[0].bytes, "law");
  ASSERT_EQ(files->agreements.size(), 1u);
  EXPECT_EQ(files->agreements[0].id, "x");
  EXPECT_EQ(files->agreements[0].agreement.bytes, "agreed");
  ASSERT_EQ(files->agreements[0].signatures.size(), 1u);
  EXPECT_EQ(files->agreements[0].signatures[0].party, "council");
  EXPECT_EQ(files->agreements[0].signatures[0].statement.bytes, "said");
  EXPECT_EQ(files->agreements[0].signatures[0].signature,
            std::string(128, 'a'));
  EXPECT_EQ(files->agencies.bytes, "agencies");
  ASSERT_EQ(files->agencies_signatures.size(), 1u);
  EXPECT_EQ(files->agencies_signatures[0].name, "health");
  const absl::Status missing =
      ReadPolicyFiles(Path("none"), Path("agreements")).status();
  EXPECT_FALSE(missing.ok());
  EXPECT_THAT(std::string(missing.message()), HasSubstr("none"));
  // There is no half-loaded policy.
  EXPECT_TRUE(
      absl::IsInvalidArgument(LoadPolicy(Path("law"), Path("agreements"),
                                         share::Consortium(), absl::UnixEpoch())
                                  .status()));
}

}  // namespace
}  // namespace kinstile::wire
