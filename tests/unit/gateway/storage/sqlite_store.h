// SPDX-License-Identifier: Apache-2.0
// A SQLite file in a folder of its own, gone at the end of the test.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_SQLITE_STORE_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_SQLITE_STORE_H_

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/unit/gateway/storage/contract_test.h"

namespace kinstile::storage {

class SqliteStore final : public StoreUnderTest {
 public:
  SqliteStore() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "kinstile-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~SqliteStore() override { std::filesystem::remove_all(folder_); }
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  std::string path() const { return folder_ + "/store.db"; }
  std::string url() const override { return "sqlite:" + path(); }

 private:
  std::string folder_;
};

}  // namespace kinstile::storage

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_SQLITE_STORE_H_
