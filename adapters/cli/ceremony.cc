// SPDX-License-Identifier: Apache-2.0
// Making a consortium's keys and manifest.
#include "adapters/cli/ceremony.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "adapters/cli/tls_authority.h"
#include "gateway/audit/audience.h"
#include "gateway/audit/note.h"
#include "gateway/base/ids.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/hpke.h"
#include "gateway/crypto/random.h"
#include "gateway/crypto/shares.h"
#include "gateway/crypto/sign.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"
#include "gateway/wire/tls.h"
#include "google/protobuf/text_format.h"
#include "kinstile/v1/manifest.pb.h"

namespace kinstile::cli {
namespace {

namespace fs = std::filesystem;
using crypto::SecretAccess;

constexpr char kSharingClass[] = "sharing";

// Its parents too are the owner's alone.
absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  const mode_t before = ::umask(077);
  fs::create_directories(path, error);
  ::umask(before);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (error)
    return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  return absl::OkStatus();
}

// Public or PEM: never over a file that is there; mode 0600 as all here.
absl::Status WriteText(const std::string& path, absl::string_view text) {
  if (fs::exists(path))
    return absl::AlreadyExistsError(absl::StrCat(path, ": exists"));
  const mode_t before = ::umask(077);
  std::ofstream out(path, std::ios::binary);
  ::umask(before);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

absl::Status CheckPlan(const ConsortiumPlan& plan) {
  if (plan.agencies.size() < wire::kManifestSigners)
    return absl::InvalidArgumentError("a consortium has at least two agencies");
  if (plan.audit_months < 0 || plan.audit_months > 120 || plan.keep_months < 1)
    return absl::InvalidArgumentError(
        "the audit has keys for 0 to 120 months and is kept for one at least");
  if (plan.key_holders.empty())
    return absl::InvalidArgumentError(
        "a consortium has at least one key holder");
  if (plan.threshold < 1 ||
      plan.threshold > static_cast<int>(plan.key_holders.size()))
    return absl::InvalidArgumentError(
        "the threshold must be 1 to the number of key holders");
  if (plan.witness_quorum != 0 &&
      (plan.witness_quorum < 2 ||
       plan.witness_quorum > static_cast<int>(plan.agencies.size())))
    return absl::InvalidArgumentError(
        "the witness quorum must be 2 to the number of agencies");
  std::set<std::string> ids = {plan.gateway, plan.oversight};
  KS_RETURN_IF_ERROR(CheckName("gateway", plan.gateway));
  KS_RETURN_IF_ERROR(CheckName("oversight", plan.oversight));
  for (const AgencyPlan& a : plan.agencies) {
    KS_RETURN_IF_ERROR(CheckName("agency", a.id));
    if (!ids.insert(a.id).second)
      return absl::InvalidArgumentError("two parties have the same id");
  }
  for (const KeyHolderPlan& h : plan.key_holders) {
    KS_RETURN_IF_ERROR(CheckName("key holder", h.id));
    if (!ids.insert(h.id).second)
      return absl::InvalidArgumentError("two parties have the same id");
  }
  return absl::OkStatus();
}

class Ceremony {
 public:
  Ceremony(const ConsortiumPlan& plan, std::string folder, absl::Time now)
      : plan_(plan), folder_(std::move(folder)), now_(now) {}

  absl::Status Hold() {
    KS_RETURN_IF_ERROR(MakeFolder(folder_));
    KS_ASSIGN_OR_RETURN(authority_, TlsAuthority::Create(plan_.name, now_));
    KS_RETURN_IF_ERROR(MakeFolder(Path("ca")));
    KS_RETURN_IF_ERROR(WriteText(Path("ca/ca.pem"), authority_->certificate()));
    KS_RETURN_IF_ERROR(WriteText(Path("ca/ca-key.pem"), authority_->key()));
    manifest_.set_consortium(plan_.name);
    manifest_.set_version(1);
    manifest_.set_demonstration(plan_.demonstration);
    for (const AgencyPlan& agency : plan_.agencies)
      KS_RETURN_IF_ERROR(AddAgency(agency));
    KS_RETURN_IF_ERROR(AddOversight());
    KS_RETURN_IF_ERROR(AddGateway());
    KS_RETURN_IF_ERROR(AddKeyHolders());
    AddWitnessPolicy();
    return WriteManifest();
  }

 private:
  std::string Path(absl::string_view name) const {
    return absl::StrCat(folder_, "/", name);
  }

  // A random key, written to a file.
  template <class Key>
  absl::StatusOr<Key> NewKey(absl::string_view name) {
    Key key = crypto::RandomKey<Key>();
    KS_RETURN_IF_ERROR(
        wire::WriteKeyBytes(Path(name), key.view(SecretAccess())));
    return key;
  }

  absl::StatusOr<crypto::SigningKey> NewSigningKey(absl::string_view name) {
    KS_ASSIGN_OR_RETURN(const auto seed, NewKey<crypto::SigningSeed>(name));
    return crypto::SigningKey::FromSeed(seed);
  }

  // The pin of the new TLS key, hex.
  absl::StatusOr<std::string> NewTls(const std::string& party) {
    const std::string tls = absl::StrCat(party, "/tls");
    KS_RETURN_IF_ERROR(MakeFolder(Path(tls)));
    KS_ASSIGN_OR_RETURN(IssuedCertificate issued,
                        authority_->Issue(party, now_ - absl::Hours(1),
                                          now_ + plan_.certificate_life));
    KS_RETURN_IF_ERROR(WriteText(Path(tls + "/cert.pem"), issued.certificate));
    KS_RETURN_IF_ERROR(WriteText(Path(tls + "/key.pem"), issued.key));
    crypto::Wipe(issued.key);
    KS_RETURN_IF_ERROR(
        WriteText(Path(tls + "/ca.pem"), authority_->certificate()));
    KS_ASSIGN_OR_RETURN(const Digest pin, wire::SpkiPin(issued.certificate));
    return absl::BytesToHexString(pin.view());
  }

  absl::Status AddAgency(const AgencyPlan& plan) {
    auto* agency = manifest_.add_agencies();
    agency->set_id(plan.id);
    agency->set_name(plan.name.empty() ? plan.id : plan.name);
    agency->set_register_size(plan.register_size);
    KS_ASSIGN_OR_RETURN(*agency->add_tls_spki_sha256(), NewTls(plan.id));
    KS_ASSIGN_OR_RETURN(crypto::SigningKey signing,
                        NewSigningKey(absl::StrCat(plan.id, "/signing.key")));
    agency->set_signing_key(
        absl::BytesToHexString(signing.verify_key().view()));
    if (signers_.size() < wire::kManifestSigners)
      signers_.emplace_back(plan.id, std::move(signing));
    KS_ASSIGN_OR_RETURN(
        const auto comparison,
        NewKey<crypto::BoxSecretKey>(absl::StrCat(plan.id, "/comparison.key")));
    agency->set_comparison_key(
        absl::BytesToHexString(crypto::PublicKeyOf(comparison).view()));
    KS_RETURN_IF_ERROR(
        NewKey<crypto::MacKey>(absl::StrCat(plan.id, "/handle.key")).status());
    KS_ASSIGN_OR_RETURN(const crypto::SigningKey witness,
                        NewSigningKey(absl::StrCat(plan.id, "/witness.key")));
    agency->set_witness(audit::FormatNoteVerifier(
        {absl::StrCat(plan.id, ".", plan_.name, ".kinstile.example/witness"),
         audit::NoteAlgorithm::kCosignatureV1, witness.verify_key()}));
    return AddOfficers(plan.id, *agency->mutable_officers());
  }

  using Officers =
      google::protobuf::RepeatedPtrField<v1::ConsortiumManifest::Officer>;

  // One key of a team, in <team>/officer/<file>.key.
  absl::Status AddOfficer(const std::string& team, const std::string& file,
                          const std::string& bucket, Officers& officers) {
    KS_ASSIGN_OR_RETURN(const auto audit,
                        NewKey<crypto::BoxSecretKey>(
                            absl::StrCat(team, "/officer/", file, ".key")));
    auto* officer = officers.Add();
    officer->set_key_id(bucket.empty() ? absl::StrCat(team, "-ig")
                                       : absl::StrCat(team, "-ig-", file));
    officer->set_audit_key(
        absl::BytesToHexString(crypto::PublicKeyOf(audit).view()));
    officer->set_bucket(bucket);
    return absl::OkStatus();
  }

  absl::Status AddOfficers(const std::string& team, Officers& officers) {
    KS_RETURN_IF_ERROR(MakeFolder(Path(team + "/officer")));
    if (plan_.audit_months == 0) return AddOfficer(team, "audit", "", officers);
    const absl::CivilMonth first =
        absl::ToCivilMonth(now_, absl::UTCTimeZone());
    for (const char* retention_class : {audit::kGeneralClass, kSharingClass}) {
      for (int m = 0; m < plan_.audit_months; ++m) {
        const std::string month = absl::FormatCivilTime(first + m);
        KS_RETURN_IF_ERROR(
            AddOfficer(team, absl::StrCat(retention_class, "-", month),
                       absl::StrCat(retention_class, "/", month), officers));
      }
    }
    return absl::OkStatus();
  }

  void AddRetention() {
    auto* general = manifest_.add_retention();
    general->set_name(audit::kGeneralClass);
    general->set_keep_months(plan_.keep_months);
    if (plan_.agreements.empty()) return;
    auto* sharing = manifest_.add_retention();
    sharing->set_name(kSharingClass);
    sharing->set_keep_months(plan_.keep_months);
    for (const std::string& a : plan_.agreements) sharing->add_agreements(a);
  }

  absl::Status AddOversight() {
    auto* team = manifest_.add_oversight();
    team->set_id(plan_.oversight);
    team->set_name("oversight of the consortium");
    AddRetention();
    return AddOfficers(plan_.oversight, *team->mutable_officers());
  }

  template <class Party>
  absl::Status AddDaemon(const std::string& id, Party* party) {
    party->set_id(id);
    KS_ASSIGN_OR_RETURN(*party->add_tls_spki_sha256(), NewTls(id));
    KS_ASSIGN_OR_RETURN(const crypto::SigningKey log,
                        NewSigningKey(absl::StrCat(id, "/log.key")));
    party->set_log_key(absl::BytesToHexString(log.verify_key().view()));
    party->set_log_origin(
        absl::StrCat(id, ".", plan_.name, ".kinstile.example/audit/",
                     absl::FormatTime("%Y", now_, absl::UTCTimeZone())));
    return absl::OkStatus();
  }

  absl::Status AddGateway() {
    KS_RETURN_IF_ERROR(AddDaemon(plan_.gateway, manifest_.add_gateways()));
    KS_RETURN_IF_ERROR(
        NewKey<crypto::MacKey>(absl::StrCat(plan_.gateway, "/index.key"))
            .status());
    return AddBackupKey(plan_.gateway);
  }

  // Backups open with a key that the daemon's machine never has.
  absl::Status AddBackupKey(const std::string& daemon) {
    KS_RETURN_IF_ERROR(MakeFolder(Path("backup")));
    KS_ASSIGN_OR_RETURN(
        const auto key,
        NewKey<crypto::BoxSecretKey>(absl::StrCat("backup/", daemon, ".key")));
    return WriteText(
        Path(daemon + "/backup.pub"),
        absl::BytesToHexString(crypto::PublicKeyOf(key).view()) + "\n");
  }

  absl::Status AddKeyHolders() {
    const crypto::OprfKey whole = crypto::OprfKey::Random();
    KS_ASSIGN_OR_RETURN(
        const auto shares,
        crypto::DealShares(whole, plan_.threshold,
                           static_cast<int>(plan_.key_holders.size())));
    for (size_t i = 0; i < shares.size(); ++i) {
      const KeyHolderPlan& plan = plan_.key_holders[i];
      auto* holder = manifest_.add_key_holders();
      KS_RETURN_IF_ERROR(AddDaemon(plan.id, holder));
      KS_RETURN_IF_ERROR(
          wire::WriteKeyBytes(Path(plan.id + "/share.key"),
                              shares[i].key.scalar().bytes(SecretAccess())));
      holder->set_share_index(shares[i].index);
      holder->set_share_public_key(
          absl::BytesToHexString(shares[i].key.public_key().bytes()));
      holder->set_organisation(plan.organisation);
      KS_RETURN_IF_ERROR(AddBackupKey(plan.id));
    }
    auto* key = manifest_.mutable_matching_key();
    key->set_epoch(1);
    key->set_threshold(static_cast<uint32_t>(plan_.threshold));
    key->set_public_key(absl::BytesToHexString(whole.public_key().bytes()));
    // The whole key ends here; only its shares were written.
    return absl::OkStatus();
  }

  void AddWitnessPolicy() {
    const int majority = static_cast<int>(plan_.agencies.size()) / 2 + 1;
    std::string policy = absl::StrCat(
        "group partners ", plan_.witness_quorum != 0 ? plan_.witness_quorum
                                                     : std::max(2, majority));
    for (const AgencyPlan& a : plan_.agencies)
      absl::StrAppend(&policy, " ", a.id);
    auto* witnesses = manifest_.mutable_witnesses();
    witnesses->set_policy(policy + "\nquorum partners\n");
    if (plan_.witness_sensitive_seconds != 0)
      witnesses->set_sensitive_seconds(plan_.witness_sensitive_seconds);
    if (plan_.witness_ordinary_seconds != 0)
      witnesses->set_ordinary_seconds(plan_.witness_ordinary_seconds);
  }

  absl::Status WriteManifest() {
    std::string body;
    google::protobuf::TextFormat::PrintToString(manifest_, &body);
    const std::string text = absl::StrCat(
        "# Consortium manifest. Signed over these exact bytes: do not edit, "
        "issue a new version.\n",
        body);
    KS_RETURN_IF_ERROR(WriteText(Path("manifest.textproto"), text));
    for (const auto& [agency, key] : signers_) {
      const crypto::Signature signature = key.Sign(wire::kManifestLabel, text);
      KS_RETURN_IF_ERROR(
          WriteText(Path(absl::StrCat("manifest.textproto.", agency, ".sig")),
                    absl::BytesToHexString(signature.view()) + "\n"));
    }
    return absl::OkStatus();
  }

  const ConsortiumPlan& plan_;
  const std::string folder_;
  const absl::Time now_;
  std::unique_ptr<TlsAuthority> authority_;
  v1::ConsortiumManifest manifest_;
  std::vector<std::pair<std::string, crypto::SigningKey>> signers_;
};

}  // namespace

absl::Status HoldCeremony(const ConsortiumPlan& plan, const std::string& folder,
                          absl::Time now) {
  KS_RETURN_IF_ERROR(crypto::Init());
  KS_RETURN_IF_ERROR(CheckPlan(plan));
  std::error_code error;
  if (fs::exists(folder) && !fs::is_empty(folder, error))
    return absl::AlreadyExistsError(
        absl::StrCat(folder, ": is not empty; keys are never overwritten"));
  return Ceremony(plan, folder, now).Hold();
}

absl::Status SignManifest(const std::string& manifest,
                          const std::string& agency,
                          const std::string& key_file) {
  KS_RETURN_IF_ERROR(AgencyId::Create(agency).status());
  KS_ASSIGN_OR_RETURN(const std::string bytes, wire::ReadFile(manifest));
  KS_ASSIGN_OR_RETURN(const crypto::SigningKey key,
                      wire::ReadSigningKey(key_file));
  const std::string path = absl::StrCat(manifest, ".", agency, ".sig");
  const crypto::Signature signature = key.Sign(wire::kManifestLabel, bytes);
  std::ofstream out(path);
  out << absl::BytesToHexString(signature.view()) << "\n";
  out.close();
  if (!out)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ManifestConfigText(const std::string& folder,
                                               const ConsortiumPlan& plan) {
  std::string text =
      absl::StrCat("manifest {\n  file: \"", folder, "/manifest.textproto\"\n");
  for (size_t i = 0; i < wire::kManifestSigners; ++i) {
    const std::string& id = plan.agencies[i].id;
    KS_ASSIGN_OR_RETURN(
        const crypto::SigningKey key,
        wire::ReadSigningKey(absl::StrCat(folder, "/", id, "/signing.key")));
    absl::StrAppend(&text, "  pinned { agency: \"", id, "\" signing_key: \"",
                    absl::BytesToHexString(key.verify_key().view()), "\" }\n");
  }
  return absl::StrCat(text, "}\n");
}

}  // namespace kinstile::cli
