// SPDX-License-Identifier: Apache-2.0
// No audit, no share: the gateway's store fails in every way while clients ask.
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <fstream>

#include "tests/e2e/order_fixture.h"

namespace kinstile::e2e {
namespace {

const std::string kSmallDisk =
    "disk { warn_mib: 0 refuse_mib: 0 stop_mib: 0 reserve_mib: 1 }\n";

// Writes until nothing fits any more.
void Fill(const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  const std::string block(4096, 'x');
  while (out.write(block.data(), block.size()).flush()) {
  }
}

TEST_F(Order, FullDiskAnswersNothingAndTheSameProcessResumes) {
  EndGateway();
  const std::string disk = town_->Path("small-disk");
  fs::create_directory(disk);
  const bool mounted =
      ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=24m") == 0;
  const std::string old_store = store_;
  Argv under;
  if (mounted) {
    store_ = disk + "/store.db";
    const absl::Status s = storage::CopyTo("sqlite:" + old_store, store_);
    ASSERT_TRUE(s.ok()) << s;
    Edit(local().DaemonConfig(gateway()), "sqlite:store.db",
         "sqlite:" + store_);
    // A disk this small is below every mark that is meant for real ones.
    Edit(local().DaemonConfig(gateway()),
         "log_key_file:", kSmallDisk + "log_key_file:");
  } else {
    // Who may not mount gets the same error from a tracer, for a while.
    under = Inject("pwrite64", "error=ENOSPC:when=80..120");
  }
  cli::Process process = StartUnder(under);
  auto clients = StartClients(3);
  EXPECT_TRUE(clients->Await(&Told::with_data, 2));
  if (mounted) Fill(disk + "/filler");
  EXPECT_TRUE(Eventually([&] { return clients->told().no_audit >= 3; }));
  if (mounted) {
    const Told before = clients->told();
    EXPECT_TRUE(clients->Await(&Told::no_audit, 6));
    EXPECT_EQ(clients->told().answers, before.answers);
    fs::remove(disk + "/filler");
  }
  EXPECT_TRUE(clients->Await(&Told::with_data, 3));
  EXPECT_TRUE(process.running());
  ExpectProven(clients->Stop());
  const int code = process.Stop();
  if (!mounted) return;
  EXPECT_EQ(code, 0);
  for (const char* part : {"", "-wal", "-shm"}) fs::remove(old_store + part);
  EXPECT_TRUE(storage::CopyTo("sqlite:" + store_, old_store).ok());
  Edit(local().DaemonConfig(gateway()), "sqlite:" + store_, "sqlite:store.db");
  Edit(local().DaemonConfig(gateway()), kSmallDisk, "");
  EXPECT_EQ(::umount(disk.c_str()), 0);
}

TEST_F(Order, LockedStoreAnswersNothingAndTheSameProcessResumes) {
  cli::Process* process = local().Find(gateway());
  const pid_t pid = process->pid();
  auto clients = StartClients(3);
  EXPECT_TRUE(clients->Await(&Told::with_data, 2));
  // This process is another one.
  auto other = storage::Open("sqlite:" + store_);
  ASSERT_TRUE(other.ok()) << other.status();
  const absl::Status held = (*other)->Write([&](storage::Transaction&) {
    EXPECT_TRUE(clients->Await(&Told::no_audit, 1));
    const Told before = clients->told();
    EXPECT_TRUE(clients->Await(&Told::no_audit, 1));
    EXPECT_EQ(clients->told().answers, before.answers);
    return absl::OkStatus();
  });
  EXPECT_TRUE(held.ok()) << held;
  EXPECT_TRUE(clients->Await(&Told::with_data, 3));
  process = local().Find(gateway());
  ASSERT_NE(process, nullptr);
  EXPECT_EQ(process->pid(), pid);
  ExpectProven(clients->Stop());
}

TEST_F(Order, FailedSyncEndsTheProcessAndTheSupervisorsNextOneResumes) {
  ASSERT_TRUE(fs::exists(kStrace)) << "install strace";
  EndGateway();
  Supervisor supervisor([](size_t n) {
    return StartUnder(n < 2 ? Inject("fdatasync,fsync", "error=EIO:when=12+")
                            : Argv());
  });
  auto clients = StartClients(3);
  EXPECT_TRUE(Eventually([&] { return supervisor.exits().size() >= 1; }));
  EXPECT_TRUE(Eventually([&] { return supervisor.exits().size() >= 2; }));
  EXPECT_THAT(supervisor.exits(), testing::ElementsAre(3, 3));
  EXPECT_TRUE(clients->Await(&Told::with_data, 3));
  const Told told = clients->Stop();
  EXPECT_GT(told.no_audit + told.no_gateway, 0u);
  ExpectProven(told);
}

}  // namespace
}  // namespace kinstile::e2e
