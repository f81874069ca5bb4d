// SPDX-License-Identifier: Apache-2.0
// From the manifest's signed text to a checked Consortium.
#include "gateway/wire/manifest.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/audit/audience.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/crypto/shares.h"
#include "gateway/wire/text.h"
#include "kinstile/v1/manifest.pb.h"

namespace kinstile::wire {
namespace {

using share::Consortium;

const OptionalFields& Optional() {
  static const OptionalFields fields = {"Agency.holds_nhs_number",
                                        "Agency.holds_nino",
                                        "ConsortiumManifest.demonstration",
                                        "ConsortiumManifest.oversight",
                                        "ConsortiumManifest.retention",
                                        "Officer.agreements",
                                        "Officer.bucket",
                                        "RetentionClass.agreements",
                                        "WitnessPolicy.sensitive_seconds",
                                        "WitnessPolicy.ordinary_seconds"};
  return fields;
}

absl::StatusOr<std::string> Unhex(absl::string_view field,
                                  absl::string_view hex, size_t size) {
  bool good = hex.size() == 2 * size;
  for (char c : hex) good = good && absl::ascii_isxdigit(c);
  if (!good)
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": must be ", size, " bytes in hex"));
  return absl::HexStringToBytes(hex);
}

template <class Id>
absl::StatusOr<Id> HexId(absl::string_view field, absl::string_view hex) {
  KS_ASSIGN_OR_RETURN(const std::string raw, Unhex(field, hex, Id::kSize));
  return Id::FromBytes(raw);
}

// Collects what may occur only once in a manifest.
class Uniqueness {
 public:
  absl::Status Add(absl::string_view field, absl::string_view value) {
    if (!seen_.insert(std::string(value)).second)
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": occurs twice in the manifest"));
    return absl::OkStatus();
  }

 private:
  std::set<std::string> seen_;
};

template <class Pins>
absl::Status ReadPins(const Pins& hexes, std::vector<Digest>& out,
                      Uniqueness& once) {
  for (const std::string& hex : hexes) {
    KS_ASSIGN_OR_RETURN(Digest pin, HexId<Digest>("tls_spki_sha256", hex));
    KS_RETURN_IF_ERROR(once.Add("tls_spki_sha256", pin.view()));
    out.push_back(pin);
  }
  return absl::OkStatus();
}

template <class Officers>
absl::Status ReadOfficers(const Officers& in, std::vector<share::Officer>& out,
                          Uniqueness& once) {
  for (const v1::ConsortiumManifest::Officer& o : in) {
    share::Officer officer{o.key_id(), {}, o.bucket(), {}};
    if (o.key_id().empty())
      return absl::InvalidArgumentError("officers.key_id: is empty");
    KS_RETURN_IF_ERROR(once.Add("officers.key_id", "officer " + o.key_id()));
    KS_ASSIGN_OR_RETURN(officer.audit_key, HexId<crypto::BoxPublicKey>(
                                               "audit_key", o.audit_key()));
    KS_RETURN_IF_ERROR(once.Add("audit_key", officer.audit_key.view()));
    if (!o.bucket().empty() && !audit::IsBucket(o.bucket()))
      return absl::InvalidArgumentError(
          "officers.bucket: must be a class and a month, as general/2026-11");
    officer.agreements.assign(o.agreements().begin(), o.agreements().end());
    out.push_back(std::move(officer));
  }
  return absl::OkStatus();
}

absl::StatusOr<share::Agency> ReadAgency(
    const v1::ConsortiumManifest::Agency& in, Uniqueness& once) {
  share::Agency a;
  KS_ASSIGN_OR_RETURN(a.id, AgencyId::Create(in.id()));
  KS_RETURN_IF_ERROR(once.Add("agencies.id", in.id()));
  a.name = in.name();
  KS_RETURN_IF_ERROR(ReadPins(in.tls_spki_sha256(), a.tls_pins, once));
  KS_ASSIGN_OR_RETURN(
      a.signing_key, HexId<crypto::VerifyKey>("signing_key", in.signing_key()));
  KS_RETURN_IF_ERROR(once.Add("signing_key", a.signing_key.view()));
  KS_ASSIGN_OR_RETURN(
      a.comparison_key,
      HexId<crypto::BoxPublicKey>("comparison_key", in.comparison_key()));
  KS_RETURN_IF_ERROR(once.Add("comparison_key", a.comparison_key.view()));
  KS_RETURN_IF_ERROR(ReadOfficers(in.officers(), a.officers, once));
  a.register_size = in.register_size();
  auto witness = audit::ParseNoteVerifier(in.witness());
  if (!witness.ok() ||
      witness->algorithm != audit::NoteAlgorithm::kCosignatureV1)
    return absl::InvalidArgumentError(
        "witness: must be a C2SP verifier key of type 4 (cosignature/v1)");
  a.witness = *std::move(witness);
  KS_RETURN_IF_ERROR(once.Add("witness", a.witness.key.view()));
  KS_RETURN_IF_ERROR(once.Add("witness", a.witness.name));
  return a;
}

template <class Party>
absl::StatusOr<share::Daemon> ReadDaemon(const Party& in, Uniqueness& once) {
  share::Daemon d;
  KS_RETURN_IF_ERROR(CheckName("party id", in.id()));
  d.id = in.id();
  KS_RETURN_IF_ERROR(once.Add("party id", in.id()));
  KS_RETURN_IF_ERROR(ReadPins(in.tls_spki_sha256(), d.tls_pins, once));
  KS_ASSIGN_OR_RETURN(d.log_key,
                      HexId<crypto::VerifyKey>("log_key", in.log_key()));
  KS_RETURN_IF_ERROR(once.Add("log_key", d.log_key.view()));
  d.log_origin = in.log_origin();
  KS_RETURN_IF_ERROR(once.Add("log_origin", in.log_origin()));
  return d;
}

absl::StatusOr<share::KeyHolder> ReadHolder(
    const v1::ConsortiumManifest::KeyHolderParty& in, const Consortium& c,
    Uniqueness& once) {
  KS_ASSIGN_OR_RETURN(share::Daemon daemon, ReadDaemon(in, once));
  KS_ASSIGN_OR_RETURN(const std::string raw,
                      Unhex("share_public_key", in.share_public_key(), 32));
  KS_ASSIGN_OR_RETURN(crypto::Element key, crypto::Element::Parse(raw));
  KS_ASSIGN_OR_RETURN(AgencyId organisation,
                      AgencyId::Create(in.organisation()));
  if (c.FindAgency(organisation) == nullptr)
    return absl::InvalidArgumentError(
        "key_holders.organisation: is no agency of the manifest");
  if (in.share_index() < 1 || in.share_index() > 16)
    return absl::InvalidArgumentError(
        "key_holders.share_index: must be 1 to 16");
  KS_RETURN_IF_ERROR(
      once.Add("share_index", absl::StrCat("share ", in.share_index())));
  return share::KeyHolder{std::move(daemon),
                          static_cast<uint8_t>(in.share_index()),
                          std::move(key), std::move(organisation)};
}

absl::Status ReadRetention(const v1::ConsortiumManifest& in, Consortium& c,
                           Uniqueness& once) {
  for (const auto& r : in.retention()) {
    KS_RETURN_IF_ERROR(CheckName("retention.name", r.name()));
    KS_RETURN_IF_ERROR(once.Add("retention.name", "class " + r.name()));
    for (const std::string& agreement : r.agreements())
      KS_RETURN_IF_ERROR(
          once.Add("retention.agreements", "agreement " + agreement));
    c.retention.push_back({r.name(),
                           {r.agreements().begin(), r.agreements().end()},
                           r.keep_months()});
  }
  return absl::OkStatus();
}

// Any `threshold` shares interpolate to the whole key's public key. Checking
// every run of that many neighbours is enough: two runs that overlap in all but
// one share, and agree at zero, lie on one polynomial.
absl::Status CheckShares(const Consortium& c, absl::string_view whole_hex) {
  const size_t t = c.key_threshold;
  if (t < 1 || t > c.key_holders.size())
    return absl::InvalidArgumentError(
        "matching_key.threshold: cannot be met by the key holders");
  KS_ASSIGN_OR_RETURN(const std::string raw,
                      Unhex("matching_key.public_key", whole_hex, 32));
  KS_ASSIGN_OR_RETURN(const crypto::Element whole, crypto::Element::Parse(raw));
  for (size_t first = 0; first + t <= c.key_holders.size(); ++first) {
    std::vector<std::pair<uint8_t, crypto::OprfPublicKey>> subset;
    for (size_t i = first; i < first + t; ++i)
      subset.emplace_back(c.key_holders[i].share_index,
                          c.key_holders[i].share_key);
    KS_ASSIGN_OR_RETURN(const crypto::Element key,
                        crypto::CombinePublicKeys(subset));
    if (!(key == whole))
      return absl::InvalidArgumentError(
          "key_holders.share_public_key: the shares do not make up "
          "matching_key.public_key");
  }
  return absl::OkStatus();
}

// The manifest's lines after the ones that follow from the rest of it.
absl::StatusOr<share::WitnessRules> ReadWitnesses(
    const v1::ConsortiumManifest::WitnessPolicy& in, const Consortium& c) {
  share::WitnessRules rules;
  KS_ASSIGN_OR_RETURN(rules.policy, audit::TlogPolicy::Parse(absl::StrCat(
                                        WitnessLines(c), in.policy())));
  if (rules.policy.witnesses().size() != c.agencies.size() ||
      !rules.policy.logs().empty())
    return absl::InvalidArgumentError(
        "witnesses.policy: only group and quorum lines; logs and witnesses "
        "follow from the manifest");
  if (rules.policy.none() && !c.demonstration)
    return absl::InvalidArgumentError(
        "witnesses.policy: \"quorum none\" is for demonstrations only");
  if (rules.policy.MetByOne())
    return absl::InvalidArgumentError(
        "witnesses.policy: one agency alone makes a quorum; who asks must "
        "never be its own witness");
  if (in.has_sensitive_seconds())
    rules.sensitive = absl::Seconds(in.sensitive_seconds());
  if (in.has_ordinary_seconds())
    rules.ordinary = absl::Seconds(in.ordinary_seconds());
  if (rules.sensitive < absl::Seconds(1) || rules.ordinary < rules.sensitive ||
      rules.ordinary > absl::Hours(24 * 7))
    return absl::InvalidArgumentError(
        "witnesses.sensitive_seconds, ordinary_seconds: must be at least 1, "
        "the second not below the first, and at most a week");
  return rules;
}

// Those that hold, of pinned agencies.
absl::StatusOr<std::vector<std::pair<std::string, crypto::Signature>>>
CheckSignatures(absl::string_view bytes, const ManifestSignatures& signatures,
                const PinnedKeys& pinned) {
  std::set<crypto::VerifyKey> signers;
  std::vector<std::pair<std::string, crypto::Signature>> good;
  for (const auto& [agency, hex] : signatures) {
    const auto key = pinned.find(agency);
    if (key == pinned.end()) continue;
    KS_ASSIGN_OR_RETURN(
        const crypto::Signature signature,
        HexId<crypto::Signature>("manifest signature",
                                 absl::StripAsciiWhitespace(hex)));
    if (!crypto::Verify(key->second, kManifestLabel, bytes, signature).ok())
      continue;
    signers.insert(key->second);
    good.emplace_back(agency, signature);
  }
  if (signers.size() < kManifestSigners)
    return absl::UnauthenticatedError(absl::StrCat(
        "manifest: ", signers.size(), " pinned agencies signed it, ",
        kManifestSigners, " are needed"));
  return good;
}

}  // namespace

std::string WitnessLines(const Consortium& consortium) {
  std::string text;
  for (const share::Agency& a : consortium.agencies)
    absl::StrAppend(&text, "witness ", a.id.str(), " ",
                    audit::FormatNoteVerifier(a.witness), "\n");
  return text;
}

absl::StatusOr<std::shared_ptr<const Consortium>> ParseManifest(
    absl::string_view bytes, absl::string_view file,
    const ManifestSignatures& signatures, const PinnedKeys& pinned) {
  auto c = std::make_shared<Consortium>();
  KS_ASSIGN_OR_RETURN(c->signatures,
                      CheckSignatures(bytes, signatures, pinned));
  c->signed_bytes = std::string(bytes);
  v1::ConsortiumManifest in;
  KS_RETURN_IF_ERROR(ParseStrictText(bytes, file, Optional(), &in));
  c->name = in.consortium();
  c->version = in.version();
  c->digest = crypto::Sha256(bytes);
  c->demonstration = in.demonstration();
  Uniqueness once;
  for (const auto& a : in.agencies()) {
    KS_ASSIGN_OR_RETURN(share::Agency agency, ReadAgency(a, once));
    c->agencies.push_back(std::move(agency));
  }
  for (const auto& o : in.oversight()) {
    share::OversightTeam team{o.id(), o.name(), {}};
    KS_RETURN_IF_ERROR(CheckName("oversight.id", o.id()));
    KS_RETURN_IF_ERROR(once.Add("oversight.id", "oversight " + o.id()));
    KS_RETURN_IF_ERROR(ReadOfficers(o.officers(), team.officers, once));
    c->oversight.push_back(std::move(team));
  }
  KS_RETURN_IF_ERROR(ReadRetention(in, *c, once));
  for (const auto& g : in.gateways()) {
    KS_ASSIGN_OR_RETURN(share::Daemon gateway, ReadDaemon(g, once));
    c->gateways.push_back(std::move(gateway));
  }
  for (const auto& h : in.key_holders()) {
    KS_ASSIGN_OR_RETURN(share::KeyHolder holder, ReadHolder(h, *c, once));
    c->key_holders.push_back(std::move(holder));
  }
  c->key_epoch = in.matching_key().epoch();
  c->key_threshold = in.matching_key().threshold();
  KS_RETURN_IF_ERROR(CheckShares(*c, in.matching_key().public_key()));
  KS_ASSIGN_OR_RETURN(c->witnesses, ReadWitnesses(in.witnesses(), *c));
  return c;
}

absl::StatusOr<PinnedKeys> ReadPinned(const std::string& config_file,
                                      const v1::ManifestConfig& config) {
  PinnedKeys pinned;
  std::set<crypto::VerifyKey> keys;
  for (const v1::PinnedSigner& p : config.pinned()) {
    KS_ASSIGN_OR_RETURN(const crypto::VerifyKey key,
                        HexId<crypto::VerifyKey>("manifest.pinned.signing_key",
                                                 p.signing_key()));
    pinned[p.agency()] = key;
    keys.insert(key);
  }
  if (pinned.size() < kManifestSigners || keys.size() != pinned.size())
    return absl::InvalidArgumentError(
        absl::StrCat(config_file, ":1:1: manifest.pinned must name at least ",
                     kManifestSigners, " agencies with different keys"));
  return pinned;
}

absl::StatusOr<std::shared_ptr<const Consortium>> LoadManifest(
    const std::string& config_file, const v1::ManifestConfig& config) {
  KS_ASSIGN_OR_RETURN(const PinnedKeys pinned, ReadPinned(config_file, config));
  const std::string path = ResolvePath(config_file, config.file());
  KS_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  ManifestSignatures signatures;
  for (const auto& [agency, key] : pinned) {
    auto hex = ReadFile(absl::StrCat(path, ".", agency, ".sig"), 1024);
    if (hex.ok()) signatures[agency] = *std::move(hex);
  }
  return ParseManifest(bytes, path, signatures, pinned);
}

}  // namespace kinstile::wire
