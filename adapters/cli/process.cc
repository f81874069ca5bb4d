// SPDX-License-Identifier: Apache-2.0
// fork, exec, wait.
#include "adapters/cli/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kinstile::cli {
namespace {

[[noreturn]] void Exec(std::vector<char*>& argv, int log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Signals that the parent blocks would stay blocked.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

absl::StatusOr<Process> Process::Start(const std::vector<std::string>& argv,
                                       const std::string& log_file) {
  std::vector<std::string> copy = argv;
  std::vector<char*> raw;
  for (std::string& a : copy) raw.push_back(a.data());
  raw.push_back(nullptr);
  const int log =
      ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0)
    return absl::UnavailableError(
        absl::StrCat(log_file, ": ", std::strerror(errno)));
  if (::access(argv[0].c_str(), X_OK) != 0) {
    ::close(log);
    return absl::NotFoundError(
        absl::StrCat(argv[0], ": is not there to be run"));
  }
  const pid_t pid = ::fork();
  if (pid == 0) Exec(raw, log);
  ::close(log);
  if (pid < 0)
    return absl::UnavailableError(absl::StrCat("fork: ", std::strerror(errno)));
  return Process(pid);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      reaped_(other.reaped_),
      code_(other.code_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    Stop();
    pid_ = std::exchange(other.pid_, -1);
    reaped_ = other.reaped_;
    code_ = other.code_;
  }
  return *this;
}

Process::~Process() { Stop(); }

bool Process::Reap(bool block) {
  if (pid_ < 0 || reaped_) return true;
  int status = 0;
  pid_t got = 0;
  do {
    got = ::waitpid(pid_, &status, block ? 0 : WNOHANG);
  } while (got < 0 && errno == EINTR);
  if (got != pid_) return false;
  reaped_ = true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

bool Process::running() { return !Reap(false); }

int Process::Stop(absl::Duration patience) {
  if (Reap(false)) return code_;
  ::kill(pid_, SIGTERM);
  const auto until =
      std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(patience);
  while (!Reap(false)) {
    if (std::chrono::steady_clock::now() >= until) {
      Kill();
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return code_;
}

void Process::Kill() {
  if (Reap(false)) return;
  ::kill(pid_, SIGKILL);
  Reap(true);
}

int Process::Wait() {
  Reap(true);
  return code_;
}

std::string ProgramFolder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error)
      .parent_path()
      .string();
}

}  // namespace kinstile::cli
