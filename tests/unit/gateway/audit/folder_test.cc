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
#include "gateway/audit/note.h"
#include "gateway/merkle/tiles.h"
#include "tests/unit/gateway/audit/fixture.h"
#include "tests/unit/gateway/merkle/vectors.h"

namespace kinstile::audit {
namespace {

namespace fs = std::filesystem;
using merkle::kTileWidth;
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

// In place: a file that is written anew is flushed by some file systems.
void PutByte(const fs::path& path, size_t at, char byte) {
  std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(static_cast<std::streamoff>(at)).put(byte);
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

// Somebody else's leaves, exported by us: their files.
struct Exported {
  const char* file;
  const char* sha256;
};
absl::Status ExportLeaves(const std::vector<std::string>& leaves,
                          const std::string& path) {
  MemoryCopy copy;
  merkle::CompactRange range;
  for (const std::string& leaf : leaves) {
    range.Append(merkle::HashLeaf(leaf));
    copy.entries.push_back({copy.entries.size(), "", leaf, ""});
  }
  const Checkpoint head{kOrigin, range.size(), range.Root()};
  copy.heads = {{range.size(), SignCheckpoint(head, TestLogKey())}};
  return ExportFolder(copy, path);
}

// derived_tree_70000.json; the last of each level as in C2SP's own example.
TEST_F(Folder, OfATreeOf70000HasTheDerivedTiles) {
  std::vector<std::string> leaves;
  for (int i = 0; i < 70000; ++i) leaves.push_back(absl::StrCat("entry-", i));
  const std::string path = path_ + ".70000";
  ASSERT_TRUE(ExportLeaves(leaves, path).ok());
  std::vector<Exported> known = {
      {"tile/0/000",
       "8921c57d2f65271c82bf0f686c002793863c80c8d1cbbbf5db6046ff59e8b590"},
      {"tile/0/273.p/112",
       "41c090f240cc1bbcec93391099da9f3bde6e87927975e789b8f7794061b27f1d"},
      {"tile/1/000",
       "3f2180f39b716a1f9ba5b330e55deac1781861f2854c705884f31806688285e0"},
      {"tile/1/001.p/17",
       "e7be92bf44b56bfc274e384835c09a9b949542f7ef3bed21a46195a871173926"},
      {"tile/2/000.p/1",
       "a39abb517974ee0fe428abf332453555ac40e6bdf705bb4a4bf919dfa6b3b24c"}};
  for (const Exported& e : known)
    EXPECT_EQ(absl::BytesToHexString(
                  crypto::Sha256(Read(fs::path(path) / e.file)).view()),
              e.sha256)
        << e.file;
  EXPECT_EQ(Read(path + "/checkpoint").substr(0, 28),
            absl::StrCat(kOrigin, "\n70000\n"));
  fs::remove_all(path);
}

TEST_F(Folder, HasTheFilesThatTesseraWrote) {
  const auto theirs = LoadVectors("c2sp/tlog_tiles_log15.json");
  if (!theirs.ok()) {
    RecordProperty("vectors", "absent: nothing was checked here");
    return;
  }
  std::vector<std::string> leaves;
  for (const Json& leaf : ListAt(*theirs, "leaves_utf8"))
    leaves.push_back(leaf.string_value());
  const std::string path = path_ + ".15";
  ASSERT_TRUE(ExportLeaves(leaves, path).ok());
  const auto& files = At(*theirs, "files").struct_value().fields();
  int compared = 0;
  for (const auto& [name, bytes] : files) {
    if (!fs::exists(fs::path(path) / name) || name == "checkpoint") continue;
    ++compared;
    EXPECT_EQ(Read(fs::path(path) / name), FromBase64(bytes.string_value()))
        << name;
  }
  // One tile, one bundle of entries.
  EXPECT_EQ(compared, 2);
  // Their bundles of fewer entries are what ours begins with.
  const std::string bundle = Read(path + "/tile/entries/000.p/15");
  size_t end = 0;
  for (size_t n = 1; n <= leaves.size(); ++n) {
    end += 2 + leaves[n - 1].size();
    EXPECT_EQ(
        bundle.substr(0, end),
        FromBase64(
            files.at(absl::StrCat("tile/entries/000.p/", n)).string_value()))
        << n;
  }
  // And their signed heads, of every size that the log had.
  const auto verifier = ParseNoteVerifier(TextAt(*theirs, "vkey"));
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  merkle::Tree tree;
  for (size_t n = 0; n <= leaves.size(); ++n) {
    if (n > 0) tree.Append(merkle::HashLeaf(leaves[n - 1]));
    const auto head = OpenCheckpoint(
        FromBase64(files.at(absl::StrCat("checkpoint.", n)).string_value()),
        verifier->name, verifier->key);
    ASSERT_TRUE(head.ok()) << n << ": " << head.status();
    EXPECT_EQ(head->size, n);
    EXPECT_EQ(head->root, tree.Root()) << n;
  }
  fs::remove_all(path);
}

TEST_F(Folder, IsNeverWrittenOverAnother) {
  EXPECT_TRUE(absl::IsAlreadyExists(Export()));
}

TEST_F(Folder, MakesNoFolderAboveItself) {
  MemoryCopy copy = Take();
  const std::string above = store_.path() + ".mistyped";
  EXPECT_TRUE(absl::IsInvalidArgument(ExportFolder(copy, above + "/tiles")));
  EXPECT_FALSE(fs::exists(above));
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

// More than one bundle of each kind, and hashes of the second level.
TEST_F(Folder, LargerThanABundleIsCheckedByBoth) {
  for (int i = 0; log_->size() < 261; ++i) {
    Draft small = SampleDraft(i);
    small.record = Record();
    small.record.type = EntryType::kAbort;
    ASSERT_TRUE(log_->AppendOne(std::move(small)).ok());
  }
  fs::remove_all(path_);
  ASSERT_TRUE(Export().ok());
  const VerifyReport report = VerifyFolder();
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_EQ(report.entries, 261u);
  ASSERT_GT(report.checkpoints, kTileWidth);
  const std::string rest = absl::StrCat(report.checkpoints - kTileWidth);
  EXPECT_THAT(Independent(),
              HasSubstr(absl::StrCat("261 entries, ", report.checkpoints,
                                     " heads, 0 payloads gone: all holds")));
  for (const std::string& file :
       {std::string("tile/entries/000"), std::string("tile/entries/001.p/5"),
        std::string("payload/000"), std::string("payload/001.p/5"),
        std::string("tile/0/000"), std::string("tile/0/001.p/5"),
        std::string("tile/1/000.p/1"), std::string("head/000"),
        "head/001.p/" + rest}) {
    const std::string bytes = Read(path_ + "/" + file);
    ASSERT_FALSE(bytes.empty()) << file;
    Write(path_ + "/" + file, Flip(bytes, bytes.size() / 2));
    EXPECT_FALSE(VerifyFolder().ok()) << file;
    if (file == "tile/1/000.p/1") {
      EXPECT_THAT(Independent(), HasSubstr("is not the entries' hashes"));
    }
    Write(path_ + "/" + file, bytes);
  }
  EXPECT_THAT(VerifyFolder().failures, IsEmpty());
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
      PutByte(file.path(), i, static_cast<char>(bytes[i] ^ bits));
      EXPECT_FALSE(VerifyFolder().ok())
          << fs::relative(file.path(), path_) << " byte " << i << " ^ " << bits;
      PutByte(file.path(), i, bytes[i]);
      ++changed;
    }
  }
  EXPECT_GT(changed, 3000);
  EXPECT_THAT(VerifyFolder().failures, IsEmpty());
}

}  // namespace
}  // namespace kinstile::audit
