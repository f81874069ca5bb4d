// SPDX-License-Identifier: Apache-2.0
// A store of a test's own, gone with it.
#ifndef KINSTILE_TESTS_UNIT_ADAPTERS_DAEMON_STATE_FILE_H_
#define KINSTILE_TESTS_UNIT_ADAPTERS_DAEMON_STATE_FILE_H_

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "gateway/storage/database.h"

namespace kinstile::daemon {

class StateFile {
 public:
  StateFile() {
    char name[] = "/tmp/kinstile-state-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~StateFile() { std::filesystem::remove_all(folder_); }
  std::unique_ptr<storage::Database> Open() const {
    return *storage::Open("sqlite:" + folder_ + "/state.db");
  }

 private:
  std::string folder_;
};

}  // namespace kinstile::daemon

#endif  // KINSTILE_TESTS_UNIT_ADAPTERS_DAEMON_STATE_FILE_H_
