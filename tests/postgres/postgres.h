// SPDX-License-Identifier: Apache-2.0
// A real PostgreSQL of a test's own, on a Unix socket in a scratch folder.
#ifndef KINSTILE_TESTS_POSTGRES_POSTGRES_H_
#define KINSTILE_TESTS_POSTGRES_POSTGRES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace kinstile::testing {

// Started from nothing by Start, gone with its files when it goes. No port: it
// listens on a socket in its own folder only. As root it runs as `postgres`,
// because it refuses to run as root.
class Postgres {
 public:
  static absl::StatusOr<std::unique_ptr<Postgres>> Start();
  ~Postgres();

  // Runs statements with psql, as the superuser.
  absl::Status Execute(const std::string& sql);
  // The folder of its socket, for PGHOST; the database is `postgres`.
  const std::string& socket_folder() const { return folder_; }
  // For the ODBC driver of this server; its user may do whatever is granted.
  std::string OdbcString(const std::string& user) const;
  absl::Status Stop();     // cuts every connection
  absl::Status Restart();  // after Stop

 private:
  Postgres() = default;
  int Run(const std::string& command) const;

  std::string folder_, programs_, as_user_;
  bool running_ = false;
};

}  // namespace kinstile::testing

#endif  // KINSTILE_TESTS_POSTGRES_POSTGRES_H_
