// SPDX-License-Identifier: Apache-2.0
// The three marks and the reserve, on this machine's own disk.
#include "gateway/storage/disk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/gateway/storage/sqlite_store.h"

namespace kinstile::storage {
namespace {

constexpr uint64_t kNever = 0, kAlways = uint64_t{1} << 62;
constexpr uint64_t kReserve = 1 << 20;

uint64_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

class DiskTest : public testing::Test {
 protected:
  DiskTest() { std::ofstream(store_.path()).flush(); }
  std::unique_ptr<Disk> Open(uint64_t warn, uint64_t refuse, uint64_t stop) {
    return *Disk::Open(store_.url(), {warn, refuse, stop, kReserve});
  }
  std::string reserve() const { return store_.path() + "-reserve"; }
  SqliteStore store_;
};

TEST_F(DiskTest, LevelIsThatOfTheLowestMarkPassed) {
  EXPECT_EQ(Open(kNever, kNever, kNever)->level(), DiskLevel::kFine);
  EXPECT_EQ(Open(kAlways, kNever, kNever)->level(), DiskLevel::kLow);
  std::filesystem::remove(reserve());
  EXPECT_EQ(Open(kAlways, kAlways, kNever)->level(), DiskLevel::kShort);
  EXPECT_EQ(Open(kAlways, kAlways, kAlways)->level(), DiskLevel::kFull);
  EXPECT_FALSE(Disk::Open(store_.url(), {1, 2, 0, 0}).ok());
  EXPECT_FALSE(Disk::Open("postgresql://x", {}).ok());
}

TEST_F(DiskTest, EveryLevelHasANameAndAllButFineAMeaning) {
  for (DiskLevel level :
       {DiskLevel::kLow, DiskLevel::kShort, DiskLevel::kFull}) {
    EXPECT_NE(DiskLevelName(level), "UNKNOWN");
    EXPECT_NE(DiskLevelMeaning(level), "");
  }
  EXPECT_EQ(DiskLevelMeaning(DiskLevel::kFine), "");
}

TEST_F(DiskTest, ReserveTakesRoomUntilItIsUsedAndComesBack) {
  auto disk = Open(kNever, kNever, kNever);
  EXPECT_EQ(SizeOf(reserve()), kReserve);
  struct stat st;
  ASSERT_EQ(stat(reserve().c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
  // Allocated, not a hole.
  EXPECT_GE(static_cast<uint64_t>(st.st_blocks) * 512, kReserve);
  EXPECT_TRUE(disk->UseReserve());
  EXPECT_EQ(SizeOf(reserve()), 0u);
  EXPECT_EQ(disk->level(), DiskLevel::kShort);
  EXPECT_FALSE(disk->UseReserve());
  disk->RestoreReserve();
  EXPECT_EQ(SizeOf(reserve()), kReserve);
  EXPECT_EQ(disk->level(), DiskLevel::kFine);
}

TEST_F(DiskTest, ReserveIsNotTakenFromADiskThatIsShort) {
  auto disk = Open(kAlways, kAlways, kNever);
  EXPECT_EQ(SizeOf(reserve()), 0u);
  EXPECT_EQ(disk->level(), DiskLevel::kShort);
}

}  // namespace
}  // namespace kinstile::storage
