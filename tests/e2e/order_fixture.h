// SPDX-License-Identifier: Apache-2.0
// A consortium whose gateway's store fails while clients ask.
#ifndef KINSTILE_TESTS_E2E_ORDER_FIXTURE_H_
#define KINSTILE_TESTS_E2E_ORDER_FIXTURE_H_

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gateway/audit/verify.h"
#include "gateway/share/reason.h"
#include "gateway/storage/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/consortium.h"

namespace kinstile::e2e {

namespace fs = std::filesystem;
using Argv = std::vector<std::string>;

inline constexpr char kStrace[] = "/usr/bin/strace";

// What the clients were told so far.
struct Told {
  size_t answers = 0;    // verified, with a receipt
  size_t with_data = 0;  // of them
  size_t no_audit = 0;   // AUDIT_UNAVAILABLE
  size_t no_gateway = 0;
  std::vector<std::string> receipts;
  std::vector<std::string> surprises;
};

// Several key workers who ask about one family over and over.
class Clients {
 public:
  Clients(daemon::Node& node, std::vector<client::Member> family, int n)
      : node_(node), family_(std::move(family)) {
    for (int i = 0; i < n; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~Clients() { Stop(); }

  Told told() {
    std::lock_guard lock(mutex_);
    return told_;
  }
  // Waits until they were told so many more of one thing.
  bool Await(size_t Told::*what, size_t more) {
    const size_t goal = told().*what + more;
    return EventuallyTwice([&] { return told().*what >= goal; });
  }
  Told Stop() {
    stop_ = true;
    for (std::thread& t : threads_)
      if (t.joinable()) t.join();
    return told();
  }

 private:
  // A locked store is waited for five seconds, link pauses grow to as much.
  static bool EventuallyTwice(const std::function<bool()>& f) {
    return Eventually(f) || Eventually(f);
  }

  void Work() {
    while (!stop_) {
      const auto outcome = node_.Ask(family_, AskJcp());
      Note(outcome);
      // Who asks a gateway that is not there burns what it needs to come back.
      std::this_thread::sleep_for(
          std::chrono::milliseconds(outcome.ok() ? 20 : 100));
    }
  }

  void Note(const absl::StatusOr<client::ShareOutcome>& outcome) {
    std::lock_guard lock(mutex_);
    if (outcome.ok()) {
      ++told_.answers;
      told_.receipts.push_back(outcome->receipt);
      if (!outcome->results.at(0).items.empty()) ++told_.with_data;
    } else if (share::ReasonOf(outcome.status()) ==
               share::Reason::kAuditUnavailable) {
      ++told_.no_audit;
    } else if (absl::IsUnavailable(outcome.status())) {
      ++told_.no_gateway;
    } else {
      told_.surprises.push_back(outcome.status().ToString());
    }
  }

  daemon::Node& node_;
  const std::vector<client::Member> family_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  Told told_;
  std::vector<std::thread> threads_;
};

class Order : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto scratch = cli::ScratchFolder::Create();
    ASSERT_TRUE(scratch.ok());
    scratch_ = new cli::ScratchFolder(*std::move(scratch));
    Setting setting;
    // Clients ask all day long, and a gateway that starts waits for witnesses.
    setting.query_budget = 1'000'000'000;
    setting.witness_every_ms = 200;
    setting.agreements = WithoutCaps(scratch_->path() + "/agreements");
    auto started = Consortium::Start(setting);
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
    auto family = town_->KnownFamily();
    ASSERT_TRUE(family.ok()) << family.status();
    family_ = new std::vector<client::Member>(*std::move(family));
  }
  static void TearDownTestSuite() {
    delete family_;
    delete town_;
    delete scratch_;
  }
  // The shipped agreements, for clients who ask all day long.
  static std::string WithoutCaps(const std::string& folder) {
    fs::copy(KINSTILE_POLICY_DIR "/agreements", folder,
             fs::copy_options::recursive);
    const std::string file = folder + "/family-support/agreement.textproto";
    WriteAll(file, absl::StrReplaceAll(ReadAll(file),
                                       {{"max_requests_per_day: 200",
                                         "max_requests_per_day: 1000000"}}));
    return folder;
  }

  static cli::LocalConsortium& local() { return town_->local(); }
  static const std::string& gateway() { return local().options().plan.gateway; }
  static void EndGateway() {
    if (cli::Process* p = local().Find(gateway())) p->Stop();
  }
  static void RestartGateway() {
    absl::Status s = local().StartDaemon(gateway());
    // Its port was anybody's while it was down; whoever took it for a
    // connection gives it back.
    for (int again = 0; !s.ok() && again < 3; ++again)
      s = local().StartDaemon(gateway());
    ASSERT_TRUE(s.ok()) << s << "\n" << ReadAll(local().LogFile(gateway()));
  }

  // The gateway under another program (none: by itself), listening where it
  // did; or it has ended already. It must have been restarted once, which fixes
  // the port.
  static cli::Process StartUnder(Argv argv) {
    const std::string port = local().Folder(gateway()) + "/port";
    fs::remove(port);
    for (const char* arg : {KINSTILE_PROGRAMS "/kinstiled", "--config"})
      argv.push_back(arg);
    argv.push_back(local().DaemonConfig(gateway()));
    auto process = cli::Process::Start(argv, local().LogFile(gateway()));
    EXPECT_TRUE(process.ok()) << process.status();
    const auto serves_or_ended = [&] {
      return (fs::exists(port) && local().Serving()) || !process->running();
    };
    // A tracer that stops at every call makes it slow.
    EXPECT_TRUE(Eventually(serves_or_ended) || Eventually(serves_or_ended));
    return *std::move(process);
  }
  // What strace has seen of the calls that it was to inject into.
  static std::string Injected() {
    return local().Folder(gateway()) + "/injected";
  }
  // Whether a fault was really met: of the signal, that it was received.
  static bool FaultMet(const std::string& seen) {
    return seen.find("(INJECTED") != std::string::npos ||
           seen.find("+++ killed by SIGKILL +++") != std::string::npos;
  }
  // A tracer that is forbidden here would make every case pass.
  static bool CanTrace() {
    const std::string seen = town_->Path("traced");
    auto process =
        cli::Process::Start({kStrace, "-f", "-q", "-o", seen, "--seccomp-bpf",
                             "-e", "trace=exit_group", "/bin/true"},
                            town_->Path("traced.log"));
    return process.ok() && process->Wait() == 0 &&
           ReadAll(seen).find("exit_group(0)") != std::string::npos;
  }
  // Calls of the store's own system calls fail as `what` says.
  static Argv Inject(const std::string& calls, const std::string& what) {
    fs::remove(Injected());
    // -I2: who ends the tracer ends the gateway with it.
    Argv argv = {kStrace, "-f", "-I2", "-q", "-o", Injected()};
    // Stopping at these calls only is much faster, and strace then injects no
    // signal.
    if (what.find("signal=") == std::string::npos)
      argv.push_back("--seccomp-bpf");
    for (const std::string& more :
         {std::string("-e"), "trace=" + calls, std::string("-e"),
          "inject=" + calls + ":" + what})
      argv.push_back(more);
    return argv;
  }

  std::unique_ptr<Clients> StartClients(int n) {
    return std::make_unique<Clients>(town_->node("council"), *family_, n);
  }
  // Nothing but answers, AUDIT_UNAVAILABLE and a gateway that is not there; and
  // every answer stands in the store, which is whole.
  static void ExpectProven(const Told& told) {
    EXPECT_THAT(told.surprises, testing::IsEmpty())
        << ReadAll(local().LogFile(gateway()));
    receipts_.insert(receipts_.end(), told.receipts.begin(),
                     told.receipts.end());
    auto db = storage::Open("sqlite:" + store_, {.read_only = true});
    ASSERT_TRUE(db.ok()) << db.status();
    const auto manifest = town_->node("council").directory().Current();
    const share::Daemon& self = *manifest->FindGateway(gateway());
    audit::VerifyOptions options;
    options.evidence.receipts = receipts_;
    auto report = audit::VerifyStore(**db, self.log_origin, self.log_key,
                                     std::move(options));
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_THAT(report->failures, testing::IsEmpty());
    EXPECT_EQ(report->receipts, receipts_.size());
  }

  void SetUp() override {
    EndGateway();
    RestartGateway();
    store_ = local().Store(gateway());
  }

  static inline cli::ScratchFolder* scratch_ = nullptr;
  static inline Consortium* town_ = nullptr;
  static inline std::vector<client::Member>* family_ = nullptr;
  // Of every test so far.
  static inline std::vector<std::string> receipts_;
  static inline std::string store_;
};

// Restarts the gateway whenever it ends, as systemd would.
class Supervisor {
 public:
  // `start(n)` starts it for the n-th time.
  explicit Supervisor(std::function<cli::Process(size_t n)> start)
      : thread_([this, start] {
          while (!stop_) {
            cli::Process process = start(exits_.size());
            while (!stop_ && process.running())
              std::this_thread::sleep_for(std::chrono::milliseconds(20));
            if (!stop_) Add(process.Wait());
          }
        }) {}
  ~Supervisor() { Stop(); }
  std::vector<int> exits() {
    std::lock_guard lock(mutex_);
    return exits_;
  }
  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Add(int code) {
    std::lock_guard lock(mutex_);
    exits_.push_back(code);
  }
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<int> exits_;
  std::thread thread_;
};

}  // namespace kinstile::e2e

#endif  // KINSTILE_TESTS_E2E_ORDER_FIXTURE_H_
