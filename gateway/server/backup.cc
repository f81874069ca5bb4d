// SPDX-License-Identifier: Apache-2.0
// Copies in, copies out; checked before they are put in place.
#include "gateway/server/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/cleanup/cleanup.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/audit/note.h"
#include "gateway/audit/rows.h"
#include "gateway/base/clock.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/sign.h"
#include "gateway/server/sealed_file.h"
#include "gateway/storage/database.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"

namespace kinstile::server {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kInfoLabel = "kinstile/v1/backup";
constexpr absl::string_view kSignatureLabel = "kinstile/v1/backup-signature";
constexpr size_t kMaxInfo = 64 * 1024;

// What is not there is removed.
void Remove(const std::string& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

struct StoreAt {
  std::string name;
  std::string path;
};

// The index first: see Backup.
absl::StatusOr<std::vector<StoreAt>> StoresOf(const Config& config) {
  std::vector<StoreAt> out;
  auto add = [&](const std::string& name, const std::string& url) {
    const std::string full = config.StoreUrl(url);
    absl::string_view path = full;
    if (!absl::ConsumePrefix(&path, "sqlite:"))
      return absl::UnimplementedError(absl::StrCat(
          name,
          ": only sqlite stores are backed up here; use the database's "
          "own tools"));
    out.push_back({name, std::string(path)});
    return absl::OkStatus();
  };
  const std::string& index = config.values.gateway().index_store();
  if (!index.empty()) KS_RETURN_IF_ERROR(add("index_store", index));
  KS_RETURN_IF_ERROR(add("store", config.values.store()));
  return out;
}

absl::StatusOr<share::Daemon> SelfOf(const Config& config) {
  KS_ASSIGN_OR_RETURN(
      const auto consortium,
      wire::LoadManifest(config.file, config.values.manifest()));
  const std::string& party = config.values.party();
  if (const share::Daemon* g = consortium->FindGateway(party)) return *g;
  if (const share::KeyHolder* k = consortium->FindKeyHolder(party))
    return k->daemon;
  return absl::FailedPreconditionError("party: is not in the manifest");
}

std::string EncodeInfo(const BackupInfo& info) {
  Encoder e(kInfoLabel);
  e.Bytes(info.party).Bytes(info.origin).I64(info.made_ms);
  e.Bytes(info.checkpoint).Count(info.stores.size());
  for (const BackupInfo::Store& s : info.stores)
    e.Bytes(s.name).U64(s.size).Bytes(s.digest.view());
  return std::move(e).Take();
}

absl::StatusOr<BackupInfo> DecodeInfo(absl::string_view bytes) {
  Decoder d(bytes, kInfoLabel);
  BackupInfo info;
  info.party = d.Bytes();
  info.origin = d.Bytes();
  info.made_ms = d.I64();
  info.checkpoint = d.Bytes();
  const size_t n = d.Count(48);
  for (size_t i = 0; i < n && d.ok(); ++i) {
    BackupInfo::Store store;
    store.name = d.Bytes();
    store.size = d.U64();
    const auto digest = Digest::FromBytes(d.Bytes());
    if (d.ok()) KS_RETURN_IF_ERROR(digest.status());
    if (digest.ok()) store.digest = *digest;
    info.stores.push_back(std::move(store));
  }
  KS_RETURN_IF_ERROR(d.Finish());
  return info;
}

absl::StatusOr<std::string> HeadOf(const std::string& path,
                                   absl::string_view origin) {
  storage::OpenOptions read_only;
  read_only.read_only = true;
  KS_ASSIGN_OR_RETURN(const auto db,
                      storage::Open("sqlite:" + path, read_only));
  std::string note;
  KS_RETURN_IF_ERROR(db->Read([&](storage::Snapshot& s) -> absl::Status {
    KS_ASSIGN_OR_RETURN(note,
                        audit::LatestCheckpoint(s, audit::LogNumber(origin)));
    return absl::OkStatus();
  }));
  if (note.empty())
    return absl::FailedPreconditionError(
        "backup: the store holds no trail of this party");
  return note;
}

// The file's bytes, a part at a time.
absl::Status ReadParts(const std::string& path,
                       absl::FunctionRef<absl::Status(absl::string_view)> f) {
  std::ifstream in(path, std::ios::binary);
  std::string part(SealedWriter::kPiece, '\0');
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) ||
         in.gcount() > 0)
    KS_RETURN_IF_ERROR(
        f(absl::string_view(part).substr(0, static_cast<size_t>(in.gcount()))));
  return in.eof() ? absl::OkStatus()
                  : absl::UnavailableError("backup: a copy cannot be read");
}

absl::StatusOr<Digest> DigestOfFile(const std::string& path) {
  crypto::Sha256Stream hash;
  KS_RETURN_IF_ERROR(ReadParts(path, [&](absl::string_view part) {
    hash.Update(part);
    return absl::OkStatus();
  }));
  return hash.Finish();
}

absl::StatusOr<crypto::SigningKey> LogKey(const Config& config,
                                          const share::Daemon& self) {
  KS_ASSIGN_OR_RETURN(
      crypto::SigningKey key,
      wire::ReadSigningKey(config.Path(config.values.log_key_file())));
  if (key.verify_key() != self.log_key)
    return absl::FailedPreconditionError(absl::StrCat(
        config.file, ": log_key_file is not the manifest's log_key"));
  return key;
}

// The plaintext of a sealed file as a run of bytes.
class Plaintext {
 public:
  explicit Plaintext(SealedReader& in) : in_(in) {}

  // Up to `most` bytes; empty at the end.
  absl::StatusOr<absl::string_view> Take(uint64_t most) {
    while (at_ == piece_.size() && !in_.complete()) {
      KS_ASSIGN_OR_RETURN(piece_, in_.Next());
      at_ = 0;
    }
    const absl::string_view out =
        absl::string_view(piece_).substr(at_, std::min<uint64_t>(most, 65536));
    at_ += out.size();
    return out;
  }
  absl::StatusOr<std::string> Exactly(size_t size) {
    std::string out;
    while (out.size() < size) {
      KS_ASSIGN_OR_RETURN(const absl::string_view part,
                          Take(size - out.size()));
      if (part.empty())
        return absl::InvalidArgumentError("backup: is cut short");
      out.append(part.data(), part.size());
    }
    return out;
  }
  absl::Status ExpectEnd() {
    KS_ASSIGN_OR_RETURN(const absl::string_view more, Take(1));
    return more.empty()
               ? absl::OkStatus()
               : absl::InvalidArgumentError("backup: holds more than it says");
  }

 private:
  SealedReader& in_;
  std::string piece_;
  size_t at_ = 0;
};

absl::Status ReceiveFile(Plaintext& in, const BackupInfo::Store& store,
                         const std::string& path,
                         const std::function<void(size_t)>& received) {
  crypto::Sha256Stream hash;
  uint64_t size = store.size;
  const int fd =
      ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  const absl::Cleanup close = [fd] { ::close(fd); };
  while (size > 0) {
    KS_ASSIGN_OR_RETURN(const absl::string_view part, in.Take(size));
    if (part.empty()) return absl::InvalidArgumentError("backup: is cut short");
    for (size_t at = 0; at < part.size();) {
      const ssize_t n = ::write(fd, part.data() + at, part.size() - at);
      if (n <= 0)
        return absl::ResourceExhaustedError(
            absl::StrCat(path, ": cannot be written"));
      at += static_cast<size_t>(n);
    }
    size -= part.size();
    hash.Update(part);
    received(part.size());
  }
  if (hash.Finish() != store.digest)
    return absl::InvalidArgumentError(
        absl::StrCat("backup: ", store.name, " is not what was signed"));
  return ::fsync(fd) == 0
             ? absl::OkStatus()
             : absl::DataLossError(absl::StrCat(path, ": cannot be synced"));
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(),
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int rc = fd < 0 ? -1 : ::fsync(fd);
  if (fd >= 0) ::close(fd);
  return rc == 0 ? absl::OkStatus()
                 : absl::DataLossError("restore: the folder cannot be synced");
}

std::string Beside(const std::string& path) { return path + ".restoring"; }

// Verifies the trail against the head the backup names, and witnesses' heads.
absl::StatusOr<audit::VerifyReport> CheckTrail(
    const std::string& path, const share::Daemon& self, const BackupInfo& info,
    const std::vector<std::string>& heads) {
  // Opened for writing once: a backup of an older program is brought up.
  KS_ASSIGN_OR_RETURN(const auto db, storage::Open("sqlite:" + path));
  audit::VerifyOptions options;
  options.evidence.checkpoints = heads;
  options.evidence.checkpoints.push_back(info.checkpoint);
  KS_ASSIGN_OR_RETURN(audit::VerifyReport report,
                      audit::VerifyStore(*db, self.log_origin, self.log_key,
                                         std::move(options)));
  if (report.ok()) return report;
  return absl::FailedPreconditionError(absl::StrCat(
      "restore: the trail in the backup does not hold: ", report.failures[0],
      heads.empty() ? ""
                    : ". If it is older than a witness's head, take a newer "
                      "backup"));
}

absl::Status PutInPlace(const std::vector<StoreAt>& stores, bool replace,
                        absl::Time now) {
  const std::string suffix = absl::StrCat(
      ".replaced-",
      absl::FormatTime("%Y%m%dT%H%M%SZ", now, absl::UTCTimeZone()));
  std::error_code error;
  for (const StoreAt& s : stores) {
    for (const char* end : {"", "-wal", "-shm"}) {
      const std::string there = s.path + end;
      if (!fs::exists(there)) continue;
      if (!replace)
        return absl::FailedPreconditionError(absl::StrCat(
            there, ": is there; with --replace it is moved aside"));
      fs::rename(there, s.path + suffix + end, error);
      if (error)
        return absl::UnavailableError(
            absl::StrCat(there, ": ", error.message()));
    }
  }
  for (const StoreAt& s : stores) {
    // What verifying may have left beside it is in the file by now.
    for (const char* end : {"-wal", "-shm"}) Remove(Beside(s.path) + end);
    fs::rename(Beside(s.path), s.path, error);
    if (error)
      return absl::UnavailableError(
          absl::StrCat(s.path, ": ", error.message()));
    KS_RETURN_IF_ERROR(SyncFolderOf(s.path));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BackupInfo> Backup(const Config& config,
                                  const crypto::BoxPublicKey& recipient,
                                  const std::string& out, absl::Time now,
                                  const BackupProgress& progress) {
  KS_ASSIGN_OR_RETURN(const share::Daemon self, SelfOf(config));
  KS_ASSIGN_OR_RETURN(const std::vector<StoreAt> stores, StoresOf(config));
  KS_ASSIGN_OR_RETURN(const crypto::SigningKey log_key, LogKey(config, self));
  KS_ASSIGN_OR_RETURN(SealedWriter writer,
                      SealedWriter::Create(out, recipient));
  absl::Cleanup undo = [&out] { Remove(out); };
  BackupInfo info{self.id, self.log_origin, ToMillis(now), {}, {}};
  std::vector<std::string> copies;
  const absl::Cleanup remove_copies = [&copies] {
    for (const std::string& c : copies) Remove(c);
  };
  uint64_t total = 0;
  for (const StoreAt& s : stores) {
    const std::string copy = s.path + ".backing-up";
    Remove(copy);
    copies.push_back(copy);
    KS_RETURN_IF_ERROR(storage::CopyTo("sqlite:" + s.path, copy));
    KS_ASSIGN_OR_RETURN(const Digest digest, DigestOfFile(copy));
    info.stores.push_back({s.name, fs::file_size(copy), digest});
    total += info.stores.back().size;
  }
  KS_ASSIGN_OR_RETURN(info.checkpoint, HeadOf(copies.back(), self.log_origin));
  const std::string header = EncodeInfo(info);
  std::string size;
  for (int shift = 24; shift >= 0; shift -= 8)
    size.push_back(static_cast<char>(header.size() >> shift));
  KS_RETURN_IF_ERROR(writer.Write(size));
  KS_RETURN_IF_ERROR(writer.Write(header));
  KS_RETURN_IF_ERROR(
      writer.Write(log_key.Sign(kSignatureLabel, header).view()));
  uint64_t done = 0;
  for (const std::string& copy : copies)
    KS_RETURN_IF_ERROR(
        ReadParts(copy, [&](absl::string_view part) -> absl::Status {
          KS_RETURN_IF_ERROR(writer.Write(part));
          done += part.size();
          if (progress) progress(done, total);
          return absl::OkStatus();
        }));
  KS_RETURN_IF_ERROR(writer.Finish());
  KS_RETURN_IF_ERROR(SyncFolderOf(out));
  std::move(undo).Cancel();
  return info;
}

absl::StatusOr<Restored> Restore(const Config& config,
                                 const crypto::BoxSecretKey& key,
                                 const std::string& file, absl::Time now,
                                 const RestoreOptions& options) {
  KS_ASSIGN_OR_RETURN(const share::Daemon self, SelfOf(config));
  KS_ASSIGN_OR_RETURN(const std::vector<StoreAt> stores, StoresOf(config));
  KS_ASSIGN_OR_RETURN(SealedReader reader, SealedReader::Open(file, key));
  Plaintext plain(reader);
  KS_ASSIGN_OR_RETURN(const std::string raw, plain.Exactly(4));
  size_t size = 0;
  for (char c : raw) size = size << 8 | static_cast<uint8_t>(c);
  if (size > kMaxInfo) return absl::InvalidArgumentError("backup: malformed");
  KS_ASSIGN_OR_RETURN(const std::string header, plain.Exactly(size));
  KS_ASSIGN_OR_RETURN(const std::string signature,
                      plain.Exactly(crypto::Signature::kSize));
  Restored out;
  KS_ASSIGN_OR_RETURN(out.info, DecodeInfo(header));
  if (out.info.party != self.id || out.info.origin != self.log_origin)
    return absl::FailedPreconditionError(
        "restore: the backup is of another party or trail than the "
        "configuration's");
  if (!crypto::Verify(self.log_key, kSignatureLabel, header,
                      *crypto::Signature::FromBytes(signature))
           .ok())
    return absl::UnauthenticatedError(
        "restore: the backup is not signed by this party's log key: somebody "
        "else made it");
  bool same = out.info.stores.size() == stores.size();
  uint64_t total = 0;
  for (size_t i = 0; same && i < stores.size(); ++i) {
    same = out.info.stores[i].name == stores[i].name;
    total += out.info.stores[i].size;
  }
  if (!same)
    return absl::FailedPreconditionError(
        "restore: the configuration has other stores than the backup");
  const absl::Cleanup remove_rest = [&stores] {
    for (const StoreAt& s : stores)
      for (const char* end : {"", "-wal", "-shm"}) Remove(Beside(s.path) + end);
  };
  uint64_t done = 0;
  for (size_t i = 0; i < stores.size(); ++i)
    KS_RETURN_IF_ERROR(ReceiveFile(plain, out.info.stores[i],
                                   Beside(stores[i].path), [&](size_t n) {
                                     done += n;
                                     if (options.progress)
                                       options.progress(done, total);
                                   }));
  KS_RETURN_IF_ERROR(plain.ExpectEnd());
  KS_ASSIGN_OR_RETURN(out.report, CheckTrail(Beside(stores.back().path), self,
                                             out.info, options.heads));
  KS_RETURN_IF_ERROR(PutInPlace(stores, options.replace, now));
  return out;
}

}  // namespace kinstile::server
