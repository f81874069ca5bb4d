// SPDX-License-Identifier: Apache-2.0
// Starts it, waits for its port, ends it.
#include "tests/fhir/fhir_server.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"

namespace kinstile::testing {

absl::StatusOr<std::unique_ptr<FhirServerProcess>> FhirServerProcess::Start(
    const std::string& folder, const std::vector<std::string>& options) {
  std::unique_ptr<FhirServerProcess> p(new FhirServerProcess());
  const std::string port_file = folder + "/port";
  unlink(port_file.c_str());
  std::vector<std::string> words = {"python3", KINSTILE_FHIR_SERVER, folder,
                                    port_file};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  p->pid_ = fork();
  if (p->pid_ == 0) {
    execvp(argv[0], argv.data());
    _exit(127);
  }
  for (int tries = 0; tries < 6000; ++tries) {
    std::string port;
    if (std::ifstream(port_file) >> port) {
      p->base_ = absl::StrCat("http://127.0.0.1:", port, "/R4");
      return p;
    }
    if (waitpid(p->pid_, nullptr, WNOHANG) != 0) {
      p->pid_ = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return absl::InternalError("the FHIR server of the tests does not start");
}

FhirServerProcess::~FhirServerProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace kinstile::testing
