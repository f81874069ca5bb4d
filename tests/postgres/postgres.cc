// SPDX-License-Identifier: Apache-2.0
// initdb, pg_ctl and psql as Debian has them.
#include "tests/postgres/postgres.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace kinstile::testing {
namespace {

// The newest version's folder of programs, or nothing.
std::string FindPrograms() {
  std::string newest;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator("/usr/lib/postgresql", error))
    if (std::filesystem::exists(entry.path() / "bin/initdb"))
      newest = std::max(newest, (entry.path() / "bin").string());
  return newest;
}

}  // namespace

int Postgres::Run(const std::string& command) const {
  const std::string line =
      absl::StrCat("cd ", folder_, " && ", as_user_, programs_, "/", command,
                   " >>", folder_, "/log 2>&1 </dev/null");
  return std::system(line.c_str());
}

absl::StatusOr<std::unique_ptr<Postgres>> Postgres::Start() {
  std::unique_ptr<Postgres> p(new Postgres());
  p->programs_ = FindPrograms();
  if (p->programs_.empty())
    return absl::NotFoundError("no PostgreSQL: apt install postgresql");
  char name[] = "/tmp/kinstile-postgres-XXXXXX";
  p->folder_ = mkdtemp(name);
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr ||
        chown(p->folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
      return absl::NotFoundError("no user postgres");
    p->as_user_ = "setpriv --reuid=postgres --regid=postgres --clear-groups ";
  }
  if (p->Run("initdb -D data -U postgres -A trust -N -E UTF8 --locale=C") != 0)
    return absl::InternalError("initdb failed");
  if (absl::Status s = p->Restart(); !s.ok()) return s;
  return p;
}

absl::Status Postgres::Restart() {
  if (Run(absl::StrCat(
          "pg_ctl -D data -w -t 60 -l server.log start -o \"-F -k ", folder_,
          " -c listen_addresses=''\"")) != 0)
    return absl::InternalError("pg_ctl start failed");
  running_ = true;
  return absl::OkStatus();
}

absl::Status Postgres::Stop() {
  running_ = false;
  if (Run("pg_ctl -D data -w -m immediate stop") != 0)
    return absl::InternalError("pg_ctl stop failed");
  return absl::OkStatus();
}

Postgres::~Postgres() {
  if (running_) Stop().IgnoreError();
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

absl::Status Postgres::Execute(const std::string& sql) {
  const std::string file = absl::StrCat(folder_, "/statements.sql");
  std::ofstream(file) << sql;
  if (Run(absl::StrCat("psql -q -v ON_ERROR_STOP=1 -h ", folder_,
                       " -U postgres -f ", file, " postgres")) != 0)
    return absl::InternalError("psql failed");
  return absl::OkStatus();
}

std::string Postgres::OdbcString(const std::string& user) const {
  return absl::StrCat("Driver={PostgreSQL Unicode};Servername=", folder_,
                      ";Database=postgres;Username=", user);
}

}  // namespace kinstile::testing
