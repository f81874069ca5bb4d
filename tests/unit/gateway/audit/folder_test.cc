// SPDX-License-Identifier: Apache-2.0
// An exported log: read back, checked by us and by a verifier that is not ours.
#include "gateway/audit/folder.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/merkle/tiles.h"
#include "tests/unit/gateway/audit/fixture.h"

namespace kinstile::audit {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << bytes;
}

// What the program printed, and its exit code behind it.
std::string RunCommand(const std::string& command) {
  std::string out;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  while (size_t n = fread(buffer.data(), 1, buffer.size(), pipe))
    out.append(buffer.data(), n);
  return absl::StrCat(out, "exit ", WEXITSTATUS(pclose(pipe)));
}

class Folder : public LogTest {
 protected:
  Folder() {
    for (int i = 0; i < 2; ++i) {
      Draft small = SampleDraft(i);
      small.record = Record();
      small.record.type = EntryType::kAbort;
      EXPECT_TRUE(log_->AppendOne(std::move(small)).ok());
    }
    EXPECT_TRUE(Export().ok());
    EXPECT_EQ(log_->size(), kSize);
  }

  // GENESIS, KEYMANIFEST, one KEYFRAME, and two entries as small as can be:
  // every byte of all this is tried below.
  static constexpr uint64_t kSize = 5;

  absl::Status Export() {
    return db_->Read([&](storage::Snapshot& s) {
      StoreCopy copy(s, kOrigin);
      return ExportFolder(copy, path_);
    });
  }
  VerifyReport VerifyFolder(VerifyOptions options = {}) {
    FolderCopy copy(path_, kOrigin);
    absl::StatusOr<VerifyReport> report = VerifyCopy(
        copy, kOrigin, TestLogKey().verify_key(), std::move(options));
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *std::move(report) : VerifyReport();
  }
  // Of the verifier that shares no code with us.
  std::string Independent(const std::string& kept = "") {
    return RunCommand(absl::StrCat(
        "python3 -B ", KINSTILE_VERIFY_LOG, " ", path_, " ", kOrigin, " ",
        absl::BytesToHexString(TestLogKey().verify_key().view()), " ", kept));
  }

  const std::string path_ = store_.path() + ".tiles";
};

TEST_F(Folder, HoldsTheWholeLog) {
  VerifyReport store = Verify(), folder = VerifyFolder();
  EXPECT_THAT(folder.failures, IsEmpty());
  EXPECT_EQ(folder.entries, store.entries);
  EXPECT_EQ(folder.checkpoints, store.checkpoints);
  EXPECT_EQ(Read(path_ + "/checkpoint"), log_->checkpoint());
}

TEST_F(Folder, IsNeverWrittenOverAnother) {
  EXPECT_TRUE(absl::IsAlreadyExists(Export()));
}

TEST_F(Folder, AnIndependentVerifierAgrees) {
  EXPECT_THAT(Independent(), HasSubstr("all holds\nexit 0"));
  // With heads kept elsewhere too.
  Write(path_ + ".kept", log_->checkpoint());
  EXPECT_THAT(Independent(path_ + ".kept"), HasSubstr("exit 0"));
}

// Both verifiers, one folder: what either refuses the other refuses.
struct Change {
  const char* name;
  const char* file;
  std::function<std::string(std::string)> edit;
  const char* ours;
  const char* theirs;
};

class FolderGrid : public Folder, public testing::WithParamInterface<Change> {};

TEST_P(FolderGrid, IsRefusedByBoth) {
  const fs::path file = path_ + "/" + GetParam().file;
  const std::string before = Read(file);
  const std::string after = GetParam().edit(before);
  ASSERT_NE(before, after);
  Write(file, after);
  EXPECT_THAT(VerifyFolder().failures, Contains(HasSubstr(GetParam().ours)));
  EXPECT_THAT(Independent(), testing::AllOf(HasSubstr(GetParam().theirs),
                                            HasSubstr("exit 1")));
}

std::string Flip(std::string bytes, size_t at) {
  bytes.at(at) ^= 1;
  return bytes;
}

// Another character of base64.
std::string OtherDigit(std::string text, size_t at) {
  text.at(at) = text.at(at) == 'A' ? 'B' : 'A';
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Each, FolderGrid,
    testing::Values(
        Change{"Leaf", "tile/entries/000.p/5",
               [](std::string s) { return Flip(s, 40); },
               "the entries are not the ones", "entries are not those"},
        Change{"Length", "tile/entries/000.p/5",
               [](std::string s) { return Flip(s, 0); }, "cut short",
               "does not hold"},
        Change{"Payload", "payload/000.p/5",
               [](std::string s) { return Flip(s, s.size() - 9); },
               "payload is not the one", "payload is not the leaf's"},
        Change{"Tile", "tile/0/000.p/5",
               [](std::string s) { return Flip(s, 33); },
               "is not the entries' hashes", "is not the entries' hashes"},
        Change{"Head", "head/000.p/4",
               [](std::string s) { return OtherDigit(s, 30); }, "checkpoint 2",
               "head 0"},
        Change{"Checkpoint", "checkpoint",
               [](std::string s) { return OtherDigit(s, s.size() - 42); },
               "checkpoint", "checkpoint: "},
        Change{"CutBundle", "tile/entries/000.p/5",
               [](std::string s) { return s.substr(0, s.size() - 1); },
               "cut short", "cut short"},
        Change{"LongBundle", "payload/000.p/5",
               [](std::string s) { return s + "x"; }, "goes on after its end",
               "goes on after its end"},
        Change{"Stray", "tile/0/001.p/3", [](std::string) { return "x"; },
               "is no file of a log", "is no file of a log"}),
    [](const auto& info) { return info.param.name; });

TEST_F(Folder, AMissingFileIsNoticedByBoth) {
  for (const char* file : {"tile/entries/000.p/5", "payload/000.p/5",
                           "head/000.p/4", "tile/0/000.p/5"}) {
    const std::string bytes = Read(path_ + "/" + file);
    fs::remove(path_ + "/" + file);
    EXPECT_FALSE(VerifyFolder().ok()) << file;
    EXPECT_THAT(Independent(), HasSubstr("exit 1")) << file;
    Write(path_ + "/" + file, bytes);
  }
  EXPECT_THAT(VerifyFolder().failures, IsEmpty());
}

TEST_F(Folder, AnOlderExportIsNoticedByAKeptHead) {
  MustAppend(9);
  VerifyOptions kept;
  kept.evidence.checkpoints = {log_->checkpoint()};
  EXPECT_THAT(VerifyFolder().failures, IsEmpty());
  EXPECT_THAT(VerifyFolder(kept).failures,
              Contains(HasSubstr("cut short or rolled back")));
  Write(path_ + ".kept", log_->checkpoint());
  EXPECT_THAT(Independent(path_ + ".kept"), HasSubstr("cut short"));
}

// A size that nobody signed is only believed as far as there is something.
TEST_F(Folder, AHugeSizeIsAFailureNotACrash) {
  const std::string note = Read(path_ + "/checkpoint");
  for (const char* size : {"100000000000", "9223372036854775807"}) {
    std::string changed = note;
    changed.replace(note.find('\n') + 1, 1, size);
    Write(path_ + "/checkpoint", changed);
    EXPECT_FALSE(VerifyFolder().ok()) << size;
  }
}

TEST_F(Folder, FoldersOfNoLogAreNoticed) {
  fs::create_directories(path_ + "/tile/somebody");
  EXPECT_THAT(VerifyFolder().failures,
              Contains(HasSubstr("tile/somebody: is no file of a log")));
}

// Another value of every byte: in turn a bit, a letter's case, all bits. All
// three of every stored byte are tried in memory (EveryByteOfEveryRowCounts).
TEST_F(Folder, EveryByteCounts) {
  constexpr int kBits[] = {0x01, 0x20, 0xff};
  int changed = 0;
  for (const auto& file : fs::recursive_directory_iterator(path_)) {
    if (!file.is_regular_file()) continue;
    const std::string bytes = Read(file.path());
    for (size_t i = 0; i < bytes.size(); ++i) {
      const int bits = kBits[i % 3];
      std::string other = bytes;
      other[i] = static_cast<char>(other[i] ^ bits);
      Write(file.path(), other);
      EXPECT_FALSE(VerifyFolder().ok())
          << fs::relative(file.path(), path_) << " byte " << i << " ^ " << bits;
      ++changed;
    }
    Write(file.path(), bytes);
  }
  EXPECT_GT(changed, 3000);
  EXPECT_THAT(VerifyFolder().failures, IsEmpty());
}

}  // namespace
}  // namespace kinstile::audit
