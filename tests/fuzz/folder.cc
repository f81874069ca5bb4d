// SPDX-License-Identifier: Apache-2.0
// An exported log whose files somebody else wrote.
#include "gateway/audit/folder.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gateway/audit/log.h"
#include "gateway/audit/verify.h"
#include "gateway/base/clock.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/random.h"
#include "gateway/crypto/sign.h"

using namespace kinstile;         // NOLINT: a test program
using namespace kinstile::audit;  // NOLINT

namespace {

namespace fs = std::filesystem;

constexpr char kOrigin[] = "o.example";
// GENESIS, KEYMANIFEST, KEYFRAME and one entry.
const char* const kFiles[] = {"checkpoint", "tile/entries/000.p/4",
                              "payload/000.p/4", "head/000.p/3",
                              "tile/0/000.p/4"};

crypto::SigningKey Key() {
  return crypto::SigningKey::FromSeed(*crypto::SigningSeed::FromBytes(
      crypto::SecretAccess(), std::string(32, 1)));
}

// Gone with the process.
const std::string& Place() {
  struct Folder {
    Folder() {
      std::string pattern =
          (fs::temp_directory_path() / "kinstile-fuzz-XXXXXX").string();
      path = mkdtemp(pattern.data());
    }
    ~Folder() { fs::remove_all(path); }
    std::string path;
  };
  static const Folder folder;
  return folder.path;
}

std::string Read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The files one after the other, each behind its length in three bytes.
std::string Join(const std::string& folder) {
  std::string out;
  for (const char* name : kFiles) {
    const std::string bytes = Read(fs::path(folder) / name);
    for (int shift : {16, 8, 0})
      out.push_back(static_cast<char>(bytes.size() >> shift));
    out += bytes;
  }
  return out;
}

void Split(absl::string_view bytes, const std::string& folder) {
  for (const char* name : kFiles) {
    size_t n = 0;
    for (int i = 0; i < 3 && i < static_cast<int>(bytes.size()); ++i)
      n = n << 8 | static_cast<uint8_t>(bytes[i]);
    bytes.remove_prefix(std::min<size_t>(3, bytes.size()));
    const absl::string_view file = bytes.substr(0, n);
    bytes.remove_prefix(file.size());
    fs::create_directories((fs::path(folder) / name).parent_path());
    std::ofstream(fs::path(folder) / name, std::ios::binary)
        .write(file.data(), static_cast<std::streamsize>(file.size()));
  }
}

bool Holds(const std::string& folder) {
  FolderCopy copy(folder, kOrigin);
  const auto report = VerifyCopy(copy, kOrigin, Key().verify_key());
  return report.ok() && report->ok();
}

const std::string& Seed() {
  static const std::string seed = [] {
    const std::string folder = Place() + "/seed";
    const auto db = *storage::Open("sqlite:" + Place() + "/seed.db");
    KeyManifest readers;
    const auto one = crypto::RandomKey<crypto::BoxSecretKey>();
    const auto two = crypto::RandomKey<crypto::BoxSecretKey>();
    readers.audiences = {{"council",
                          {{"one", crypto::PublicKeyOf(one)},
                           {"two", crypto::PublicKeyOf(two)}}}};
    const auto log =
        *Log::Open(*db, LogOptions{kOrigin, Key(), readers, SystemClock()});
    Draft draft;
    draft.audience = "council";
    draft.record.type = EntryType::kAbort;
    draft.record.requester = *AgencyId::Create("council");
    if (!log->AppendOne(std::move(draft)).ok()) std::abort();
    if (!db->Read([&](storage::Snapshot& s) {
             StoreCopy copy(s, kOrigin);
             return ExportFolder(copy, folder);
           }).ok() ||
        !Holds(folder))
      std::abort();
    const std::string joined = Join(folder);
    Split(joined, Place() + "/again");
    if (!Holds(Place() + "/again")) std::abort();
    return joined;
  }();
  return seed;
}

}  // namespace

std::vector<std::string> FuzzSeeds() { return {Seed()}; }

// Whatever lies there: no crash, and nothing but the log itself holds.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::string folder = Place() + "/try";
  Split(input, folder);
  if (Holds(folder) && Join(folder) != Seed()) std::abort();
  return 0;
}
