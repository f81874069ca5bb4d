// SPDX-License-Identifier: Apache-2.0
// What every storage backend must do: one suite, a factory per backend.
#ifndef KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_CONTRACT_TEST_H_
#define KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_CONTRACT_TEST_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "gateway/storage/database.h"

namespace kinstile::storage {

// An empty store of some backend, removed when dropped.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  // For Open; the same store every time.
  virtual std::string url() const = 0;
};

struct Backend {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

class StorageContract : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override;
  std::unique_ptr<Database> Reopen() const;
  int64_t CountRows(Database& db);

  std::unique_ptr<StoreUnderTest> store_;
  std::unique_ptr<Database> db_;
};

}  // namespace kinstile::storage

#endif  // KINSTILE_TESTS_UNIT_GATEWAY_STORAGE_CONTRACT_TEST_H_
