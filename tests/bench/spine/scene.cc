// SPDX-License-Identifier: Apache-2.0
// Starting the registers' consortium over a filled index.
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/daemon/node.h"
#include "gateway/base/match_keys.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"
#include "tests/bench/spine/spine.h"

namespace kinstile::bench {
namespace {

namespace fs = std::filesystem;

// A cheap mixer.
uint64_t Mix(uint64_t v) {
  v += 0x9e3779b97f4a7c15;
  v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
  v = (v ^ v >> 27) * 0x94d049bb133111eb;
  return v ^ v >> 31;
}

template <class Id>
Id IdOf(uint64_t kind, uint64_t number) {
  Id id;
  const uint64_t halves[2] = {Mix(kind << 48 ^ number),
                              Mix(kind << 48 ^ number ^ uint64_t{1} << 63)};
  std::memcpy(id.bytes.data(), halves, sizeof(halves));
  return id;
}

absl::Status Enrol(index::Index& index, const AgencyId& agency,
                   uint64_t people) {
  KS_ASSIGN_OR_RETURN(const index::EnrolmentId id,
                      index.StartEnrolment(agency, kIdentitySpecVersion, 1));
  std::vector<index::EnrolledRecord> batch;
  for (uint64_t person = 0; person < people; ++person) {
    batch.push_back({HandleOf(person), FamilyHandleOf(person / 4), false,
                     TokensOf(person)});
    if (batch.size() < 2000 && person + 1 < people) continue;
    KS_RETURN_IF_ERROR(index.AddRecords(id, batch));
    batch.clear();
  }
  return index.FinishEnrolment(id, people);
}

struct Opened {
  std::unique_ptr<storage::Database> store;
  std::unique_ptr<index::Index> index;
};

absl::StatusOr<Opened> Open(const std::string& path,
                            const std::string& key_file) {
  Opened out;
  KS_ASSIGN_OR_RETURN(out.store, storage::Open("sqlite:" + path));
  KS_ASSIGN_OR_RETURN(auto key, wire::ReadKey<crypto::MacKey>(key_file));
  KS_ASSIGN_OR_RETURN(out.index,
                      index::Index::Open(*out.store, std::move(key)));
  return out;
}

// A store that another version of the program filled does not open; one whose
// filling was cut short has no register.
bool Usable(const std::string& path, const std::string& key_file,
            const AgencyId& agency, uint64_t people) {
  if (!fs::exists(path)) return false;
  const auto opened = Open(path, key_file);
  if (!opened.ok()) return false;
  const auto found =
      opened->index->Find(agency, {{TokensOf(0)}, {TokensOf(people - 1)}});
  return found.ok() && !found->members[0].candidates.empty() &&
         !found->members[1].candidates.empty();
}

absl::Status Fill(const std::string& path, const std::string& key_file,
                  const AgencyId& agency, uint64_t people) {
  for (const char* end : {"", "-wal", "-shm"}) fs::remove(path + end);
  fs::remove(key_file);
  KS_RETURN_IF_ERROR(wire::WriteKeyBytes(
      key_file,
      crypto::RandomKey<crypto::MacKey>().view(crypto::SecretAccess())));
  std::fprintf(stderr, "spine_bench: filling an index of %llu people ...\n",
               static_cast<unsigned long long>(people));
  KS_ASSIGN_OR_RETURN(const Opened opened, Open(path, key_file));
  return Enrol(*opened.index, agency, people);
}

absl::Status WriteFile(const std::string& path, absl::string_view text) {
  std::ofstream(path) << text;
  return absl::OkStatus();
}

}  // namespace

std::vector<KeyedToken> TokensOf(uint64_t person) {
  std::vector<KeyedToken> tokens;
  for (const MatchKeyInfo& info : kMatchKeys)
    tokens.push_back({info.id, IdOf<Token>(100 + info.id, person)});
  return tokens;
}

Handle HandleOf(uint64_t person) { return IdOf<Handle>(1, person); }

FamilyHandle FamilyHandleOf(uint64_t family) {
  return IdOf<FamilyHandle>(2, family);
}

absl::StatusOr<std::unique_ptr<Scene>> Scene::Start(const Options& options) {
  KS_RETURN_IF_ERROR(crypto::Init());
  KS_ASSIGN_OR_RETURN(auto scratch, cli::ScratchFolder::Create());
  std::unique_ptr<Scene> scene(new Scene(std::move(scratch)));
  const uint64_t people = static_cast<uint64_t>(options.people);
  fs::create_directories(options.cache);
  const std::string filled =
      absl::StrCat(options.cache, "/index-", people, ".db");
  const std::string key = filled + ".key";
  if (!Usable(filled, key, scene->right(), people))
    KS_RETURN_IF_ERROR(Fill(filled, key, scene->right(), people));
  KS_ASSIGN_OR_RETURN(Opened opened, Open(filled, key));
  scene->store_ = std::move(opened.store);
  scene->index_ = std::move(opened.index);
  scene->index_->StartLoading();
  while (scene->index_->memory_used() == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  KS_RETURN_IF_ERROR(scene->StartConsortium());
  KS_RETURN_IF_ERROR(scene->FillGateway(filled, key));
  // What stands in for it answers from here on.
  scene->local_->StopAdapter("right");
  KS_RETURN_IF_ERROR(scene->StartEmptyServer());
  return scene;
}

absl::Status Scene::StartConsortium() {
  // Nobody's rows are read: both registers are only names here.
  const std::string csv = scratch_.path() + "/register.csv";
  const std::string mapping = scratch_.path() + "/mapping.textproto";
  KS_RETURN_IF_ERROR(WriteFile(csv, "id,surname\n"));
  KS_RETURN_IF_ERROR(
      WriteFile(mapping, "id: \"id\"\nperson { surname: \"surname\" }\n"));
  cli::LocalOptions o;
  o.plan.name = "bench";
  o.plan.demonstration = true;
  o.plan.agencies = {{"left", "left register", 10'000'000},
                     {"right", "right register", 10'000'000},
                     {"third", "a witness beside the left", 1'000}};
  o.plan.key_holders = {{"holder", "left"}};
  o.agencies = {
      {"left", csv, mapping}, {"right", csv, mapping}, {"third", csv, mapping}};
  o.folder = scratch_.path() + "/consortium";
  o.programs = KINSTILE_PROGRAMS;
  o.law = KINSTILE_POLICY_DIR "/law";
  o.agreements = KINSTILE_POLICY_DIR "/agreements";
  o.query_budget = 1'000'000'000'000;
  o.witness_every_ms = 5'000;
  KS_ASSIGN_OR_RETURN(local_, cli::LocalConsortium::Start(o));
  // Witnesses, without whom the gateway serves nobody.
  KS_RETURN_IF_ERROR(local_->StartAdapters());
  const std::string config_file = local_->AdapterConfig("left");
  KS_ASSIGN_OR_RETURN(const auto config,
                      daemon::ReadAdapterConfig(config_file));
  KS_ASSIGN_OR_RETURN(auto consortium,
                      wire::LoadManifest(config_file, config.manifest()));
  directory_ = std::make_unique<share::Directory>(std::move(consortium));
  tls_ = {local_->Folder("left") + "/tls"};
  KS_ASSIGN_OR_RETURN(
      crypto::SigningKey key,
      wire::ReadSigningKey(local_->Folder("left") + "/signing.key"));
  key_ = std::make_unique<crypto::SigningKey>(std::move(key));
  return absl::OkStatus();
}

// Puts the filled store and its key in the gateway's folder.
absl::Status Scene::FillGateway(const std::string& filled,
                                const std::string& key) {
  process("gateway").Stop();
  const std::string store = local_->Folder("gateway") + "/index.db";
  for (const char* end : {"", "-wal", "-shm"}) fs::remove(store + end);
  KS_RETURN_IF_ERROR(storage::CopyTo("sqlite:" + filled, store));
  fs::copy_file(key, local_->Folder("gateway") + "/index.key",
                fs::copy_options::overwrite_existing);
  return local_->StartDaemon("gateway");
}

absl::Status Scene::StartEmptyServer() {
  const std::string port_file = scratch_.path() + "/empty.port";
  KS_ASSIGN_OR_RETURN(
      cli::Process process,
      cli::Process::Start({fs::read_symlink("/proc/self/exe"), "--empty-server",
                           local_->Folder("holder") + "/tls", port_file},
                          scratch_.path() + "/empty.log"));
  empty_ = std::make_unique<cli::Process>(std::move(process));
  for (int i = 0; i < 1000; ++i) {
    int port = 0;
    const auto text = wire::ReadFile(port_file);
    if (text.ok() && absl::SimpleAtoi(*text, &port)) {
      empty_peer_ = {"holder", absl::StrCat("127.0.0.1:", port)};
      return absl::OkStatus();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return absl::DeadlineExceededError("the empty server did not start");
}

client::Peer Scene::PeerOf(const std::string& party) const {
  return {party, local_->Address(party)};
}

}  // namespace kinstile::bench
