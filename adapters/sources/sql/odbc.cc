// SPDX-License-Identifier: Apache-2.0
// ODBC 3.8 through unixODBC; text travels as UTF-16, which every driver knows.
#include "adapters/sources/sql/odbc.h"

#include <sql.h>
#include <sqlext.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/sources/sql/utf16.h"
#include "gateway/base/status_macros.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;

constexpr size_t kMaxValueBytes = 1 << 20;
constexpr SQLSMALLINT kMaxColumns = 4096;

bool Good(SQLRETURN r) { return SQL_SUCCEEDED(r); }

struct Meaning {
  absl::string_view state;  // a prefix of the SQLSTATE
  absl::string_view meaning;
};
constexpr Meaning kMeanings[] = {
    {"IM", "the driver or data source is not installed"},
    {"01000", "the driver or data source is not installed"},  // unixODBC's
    {"28", "the login is refused"},
    {"25006", "the query would write"},
    {"42501", "the login may not read a table"},
    {"42P01", "no such table"},
    {"42S02", "no such table"},
    {"42703", "no such column"},
    {"42S22", "no such column"},
    {"42", "the query is wrong"},
    {"37", "the query is wrong"},
    {"22", "a value has the wrong type for the query"},
    {"HYT", "no answer in time"},
    {"57014", "no answer in time"},
    {"57", "the database is being shut down"},
    {"08", "the database cannot be reached"},
};

// What the newest diagnostic of a handle means; never its text.
absl::Status Problem(SQLSMALLINT kind, SQLHANDLE handle,
                     absl::string_view doing) {
  SQLCHAR state[6] = {}, text[2];
  SQLINTEGER native = 0;
  SQLSMALLINT length = 0;
  if (!Good(SQLGetDiagRec(kind, handle, 1, state, &native, text, sizeof text,
                          &length)))
    std::memcpy(state, "?????", 6);
  const absl::string_view code(reinterpret_cast<const char*>(state));
  absl::string_view meaning = "the database refused it";
  for (const Meaning& m : kMeanings)
    if (absl::StartsWith(code, m.state)) {
      meaning = m.meaning;
      break;
    }
  const std::string message = absl::StrCat("database: ", doing, ": ", meaning,
                                           " (SQLSTATE ", code, ")");
  const bool gone = absl::StartsWith(code, "08") ||
                    absl::StartsWith(code, "HYT") ||
                    absl::StartsWith(code, "57");
  return gone ? absl::UnavailableError(message)
              : absl::FailedPreconditionError(message);
}

// Whole seconds, for ODBC knows no parts of one and takes 0 for ever.
intptr_t Seconds(absl::Duration d) {
  return std::max<int64_t>(1,
                           absl::ToInt64Seconds(d + absl::Milliseconds(999)));
}

absl::Status StatementProblem(SQLHSTMT statement, absl::string_view doing) {
  return Problem(SQL_HANDLE_STMT, statement, doing);
}

SQLPOINTER Number(intptr_t n) { return reinterpret_cast<SQLPOINTER>(n); }

SQLCHAR* Text(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
}

absl::StatusOr<std::vector<std::string>> ReadHeader(SQLHSTMT statement) {
  SQLSMALLINT count = 0;
  if (!Good(SQLNumResultCols(statement, &count)))
    return StatementProblem(statement, "query");
  if (count == 0)
    return absl::FailedPreconditionError("database: the query gives no rows");
  if (count > kMaxColumns)
    return absl::FailedPreconditionError("database: too many columns");
  std::vector<std::string> header;
  for (SQLUSMALLINT k = 1; k <= count; ++k) {
    SQLWCHAR name[256];
    SQLSMALLINT length = 0;
    if (!Good(SQLDescribeColW(statement, k, name, std::size(name), &length,
                              nullptr, nullptr, nullptr, nullptr)))
      return StatementProblem(statement, "query");
    const size_t units =
        std::min<size_t>(std::max<SQLSMALLINT>(length, 0), std::size(name) - 1);
    header.push_back(Utf16ToUtf8(
        {reinterpret_cast<const char*>(name), units * sizeof(SQLWCHAR)}));
  }
  return header;
}

// The driver for PostgreSQL reads a whole result into memory unless it is told
// to use a cursor.
void ReadInPortions(std::string& connection_string) {
  const std::string lower = absl::AsciiStrToLower(connection_string);
  if ((absl::StrContains(lower, "psqlodbc") ||
       absl::StrContains(lower, "postgresql")) &&
      !absl::StrContains(lower, "usedeclarefetch"))
    absl::StrAppend(&connection_string, ";UseDeclareFetch=1;Fetch=1000");
}

}  // namespace

OdbcConnection::~OdbcConnection() {
  if (connected_) {
    SQLEndTran(SQL_HANDLE_DBC, connection_, SQL_ROLLBACK);
    SQLDisconnect(connection_);
  }
  if (connection_ != nullptr) SQLFreeHandle(SQL_HANDLE_DBC, connection_);
  if (environment_ != nullptr) SQLFreeHandle(SQL_HANDLE_ENV, environment_);
}

absl::StatusOr<std::unique_ptr<OdbcConnection>> OdbcConnection::Open(
    const Pii<>& connection_string, absl::Duration timeout) {
  std::unique_ptr<OdbcConnection> connection(new OdbcConnection());
  connection->timeout_ = timeout;
  KS_RETURN_IF_ERROR(connection->Login(connection_string, timeout));
  KS_RETURN_IF_ERROR(connection->RefuseWrites());
  return connection;
}

absl::Status OdbcConnection::Login(const Pii<>& connection_string,
                                   absl::Duration timeout) {
  const intptr_t seconds = Seconds(timeout);
  if (!Good(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment_)) ||
      !Good(SQLSetEnvAttr(environment_, SQL_ATTR_ODBC_VERSION,
                          Number(SQL_OV_ODBC3), 0)) ||
      !Good(SQLAllocHandle(SQL_HANDLE_DBC, environment_, &connection_)))
    return absl::InternalError("database: ODBC cannot be started");
  SQLSetConnectAttr(connection_, SQL_ATTR_LOGIN_TIMEOUT, Number(seconds), 0);
  SQLSetConnectAttr(connection_, SQL_ATTR_ACCESS_MODE,
                    Number(SQL_MODE_READ_ONLY), 0);
  Pii<> full = connection_string;
  ReadInPortions(full.RevealMutable(PiiAccess{}));
  if (!Good(SQLDriverConnect(connection_, nullptr,
                             Text(full.Reveal(PiiAccess{})), SQL_NTS, nullptr,
                             0, nullptr, SQL_DRIVER_NOPROMPT)))
    return Problem(SQL_HANDLE_DBC, connection_, "connection");
  connected_ = true;
  if (!Good(SQLSetConnectAttr(connection_, SQL_ATTR_AUTOCOMMIT,
                              Number(SQL_AUTOCOMMIT_OFF), 0)))
    return Problem(SQL_HANDLE_DBC, connection_, "connection");
  return absl::OkStatus();
}

absl::Status OdbcConnection::RefuseWrites() {
  char name[64] = {};
  SQLGetInfo(connection_, SQL_DBMS_NAME, name, sizeof name, nullptr);
  const absl::string_view system(name);
  const char* command = nullptr;
  if (absl::StartsWith(system, "PostgreSQL"))
    command = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";
  else if (absl::StartsWith(system, "SQLite"))
    command = "PRAGMA query_only=1";
  if (command == nullptr) return absl::OkStatus();
  SQLHSTMT statement = nullptr;
  if (!Good(SQLAllocHandle(SQL_HANDLE_STMT, connection_, &statement)))
    return Problem(SQL_HANDLE_DBC, connection_, "connection");
  const SQLRETURN r = SQLExecDirect(statement, Text(command), SQL_NTS);
  absl::Status status;
  if (!Good(r) && r != SQL_NO_DATA)
    status = StatementProblem(statement, "connection");
  SQLFreeHandle(SQL_HANDLE_STMT, statement);
  KS_RETURN_IF_ERROR(status);
  // A setting of the session, which a rollback would undo.
  if (!Good(SQLEndTran(SQL_HANDLE_DBC, connection_, SQL_COMMIT)))
    return Problem(SQL_HANDLE_DBC, connection_, "connection");
  return absl::OkStatus();
}

bool OdbcConnection::EndTransaction() {
  return Good(SQLEndTran(SQL_HANDLE_DBC, connection_, SQL_ROLLBACK));
}

absl::StatusOr<void*> OdbcConnection::Prepare(const std::string& query) {
  SQLHSTMT statement = nullptr;
  if (!Good(SQLAllocHandle(SQL_HANDLE_STMT, connection_, &statement)))
    return Problem(SQL_HANDLE_DBC, connection_, "query");
  // Not every driver has it; the caller's deadline holds all the same.
  SQLSetStmtAttr(statement, SQL_ATTR_QUERY_TIMEOUT, Number(Seconds(timeout_)),
                 0);
  if (Good(SQLPrepare(statement, Text(query), SQL_NTS))) return statement;
  const absl::Status status = StatementProblem(statement, "query");
  SQLFreeHandle(SQL_HANDLE_STMT, statement);
  return status;
}

absl::StatusOr<std::vector<std::string>> OdbcConnection::Describe(
    const std::string& query) {
  KS_ASSIGN_OR_RETURN(void* const statement, Prepare(query));
  auto header = ReadHeader(statement);
  SQLFreeHandle(SQL_HANDLE_STMT, statement);
  return header;
}

absl::StatusOr<std::unique_ptr<OdbcRows>> OdbcConnection::Run(
    const std::string& query, const Pii<>* parameter) {
  KS_ASSIGN_OR_RETURN(void* const statement, Prepare(query));
  std::unique_ptr<OdbcRows> rows(new OdbcRows(statement));
  if (parameter != nullptr) {
    rows->parameter_ = Pii<>(Utf8ToUtf16(parameter->Reveal(PiiAccess{})));
    std::string& bytes = rows->parameter_.RevealMutable(PiiAccess{});
    rows->parameter_bytes_ = static_cast<SQLLEN>(bytes.size());
    const SQLULEN units = std::max<size_t>(1, bytes.size() / sizeof(SQLWCHAR));
    if (!Good(SQLBindParameter(statement, 1, SQL_PARAM_INPUT, SQL_C_WCHAR,
                               SQL_WVARCHAR, units, 0, bytes.data(),
                               static_cast<SQLLEN>(bytes.size()),
                               &rows->parameter_bytes_)))
      return StatementProblem(statement, "query");
  }
  const SQLRETURN r = SQLExecute(statement);
  if (!Good(r) && r != SQL_NO_DATA) return StatementProblem(statement, "query");
  KS_ASSIGN_OR_RETURN(rows->header_, ReadHeader(statement));
  return rows;
}

OdbcRows::~OdbcRows() {
  SQLFreeStmt(statement_, SQL_CLOSE);
  SQLFreeHandle(SQL_HANDLE_STMT, statement_);
}

absl::StatusOr<bool> OdbcRows::Next(Fields& row) {
  row.clear();
  const SQLRETURN fetched = SQLFetch(statement_);
  if (fetched == SQL_NO_DATA) return false;
  if (!Good(fetched)) return StatementProblem(statement_, "reading");
  for (SQLUSMALLINT k = 1; k <= header_.size(); ++k) {
    Pii<> wide;  // wiped: the buffer below is, too
    std::string& bytes = wide.RevealMutable(PiiAccess{});
    SQLWCHAR buffer[512];
    for (;;) {
      SQLLEN left = 0;
      const SQLRETURN r =
          SQLGetData(statement_, k, SQL_C_WCHAR, buffer, sizeof buffer, &left);
      if (r == SQL_NO_DATA) break;
      if (!Good(r)) return StatementProblem(statement_, "reading");
      if (left == SQL_NULL_DATA) break;
      // The last unit of a full buffer is its terminator.
      const size_t most = sizeof buffer - sizeof(SQLWCHAR);
      const bool all =
          left != SQL_NO_TOTAL && static_cast<size_t>(left) <= most;
      bytes.append(reinterpret_cast<const char*>(buffer),
                   all ? static_cast<size_t>(left) : most);
      if (bytes.size() > kMaxValueBytes)
        return absl::FailedPreconditionError("database: a value is over 1 MiB");
      if (all) break;
    }
    crypto::Wipe(buffer, sizeof buffer);
    row.emplace_back(Utf16ToUtf8(bytes));
  }
  return true;
}

}  // namespace kinstile::sources
