// SPDX-License-Identifier: Apache-2.0
// A read-only connection to a database over ODBC, and the rows of a query.
#ifndef KINSTILE_ADAPTERS_SOURCES_SQL_ODBC_H_
#define KINSTILE_ADAPTERS_SOURCES_SQL_ODBC_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/identity/pii.h"
#include "adapters/sources/record.h"

namespace kinstile::sources {

// Errors of both classes: UNAVAILABLE when the database cannot be reached or
// does not answer in time; FAILED_PRECONDITION for everything else (login,
// driver, query). They name the SQLSTATE and never repeat the database's own
// words, which can hold values and passwords.

class OdbcRows;

// Not thread-safe: one query at a time. Nothing is ever committed; PostgreSQL
// and SQLite are told to refuse writes, the other systems need a login that
// cannot write.
class OdbcConnection {
 public:
  // The timeout is for logging in and for each call of a query.
  static absl::StatusOr<std::unique_ptr<OdbcConnection>> Open(
      const identity::Pii<>& connection_string, absl::Duration timeout);
  ~OdbcConnection();

  // The names of the result's columns; the query is not run.
  absl::StatusOr<std::vector<std::string>> Describe(const std::string& query);
  // Runs a query, with `parameter` bound to its one ? if given. The rows end
  // before the next query starts and before the connection does.
  absl::StatusOr<std::unique_ptr<OdbcRows>> Run(
      const std::string& query, const identity::Pii<>* parameter);
  // Ends the transaction that the queries were in, so that the next one sees
  // what is there then. False when the connection is of no more use.
  bool EndTransaction();

 private:
  friend class OdbcRows;
  OdbcConnection() = default;
  absl::Status Login(const identity::Pii<>& connection_string,
                     absl::Duration timeout);
  absl::Status RefuseWrites();
  absl::StatusOr<void*> Prepare(const std::string& query);

  void* environment_ = nullptr;  // SQLHENV, SQLHDBC
  void* connection_ = nullptr;
  bool connected_ = false;
  absl::Duration timeout_;
};

class OdbcRows {
 public:
  ~OdbcRows();
  const std::vector<std::string>& header() const { return header_; }
  // The next row as UTF-8, NULL as nothing; false at the end. A value over
  // 1 MiB ends the query.
  absl::StatusOr<bool> Next(Fields& row);

 private:
  friend class OdbcConnection;
  explicit OdbcRows(void* statement) : statement_(statement) {}

  void* statement_;  // SQLHSTMT
  // Bound to the query as long as it runs. UTF-16.
  identity::Pii<std::string> parameter_;
  long parameter_bytes_ = 0;  // SQLLEN
  std::vector<std::string> header_;
};

}  // namespace kinstile::sources

#endif  // KINSTILE_ADAPTERS_SOURCES_SQL_ODBC_H_
