// SPDX-License-Identifier: Apache-2.0
// The load: law, agreements, signatures, and the digest of it all.

#include "policy/loader.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kinstile/v1/agreement.pb.h"
#include "kinstile/v1/law.pb.h"
#include "policy/loader_agreement.h"
#include "policy/loader_law.h"
#include "policy/loader_text.h"

namespace kinstile::policy {
namespace {

using internal::Canonical;
using internal::Law;
using internal::Node;
using internal::Report;

constexpr absl::string_view kStatementLabel =
    "kinstile/policy/agreement-signature/v1";

// Any signature present must verify; a signed agreement needs all of them.
std::vector<std::string> CheckSignatures(const v1::Agreement& agreement,
                                         const Node& node,
                                         const AgreementFiles& files,
                                         const std::string& statement,
                                         const LoadOptions& options,
                                         Report* report) {
  std::set<std::string> good;
  for (const NamedBytes& signature : files.signatures) {
    const bool party =
        std::any_of(agreement.party().begin(), agreement.party().end(),
                    [&](const auto& p) { return p.id() == signature.name; });
    if (!party) {
      report->Error(
          "LP182", node.here(),
          absl::StrCat("signature of ", signature.name, ", which is no party"));
    } else if (!options.verify ||
               !options.verify(signature.name, statement, signature.bytes)) {
      report->Error("LP182", node.here(),
                    absl::StrCat("the signature of ", signature.name,
                                 " does not verify"));
    } else {
      good.insert(signature.name);
    }
  }
  if (agreement.lifecycle().status() == v1::Agreement::Lifecycle::SIGNED) {
    for (int i = 0; i < agreement.party_size(); ++i) {
      if (good.count(agreement.party(i).id())) continue;
      report->Error("LP182", node.Child("party", i).here(),
                    absl::StrCat("the signature of ", agreement.party(i).id(),
                                 " is missing"));
    }
  }
  return {good.begin(), good.end()};
}

std::string Statement(const v1::Agreement& agreement,
                      const AgreementFiles& files, const Law& law,
                      const std::string& schema_digest,
                      const LoadOptions& options) {
  SignedParts parts;
  parts.agreement = agreement.id();
  parts.version = agreement.version();
  parts.agreement_digest = options.sha256(files.agreement.bytes);
  parts.catalogue_digest = law.digest;
  parts.schema_digest = schema_digest;
  return SignatureStatement(parts);
}

std::optional<Agreement> ReadAgreement(const AgreementFiles& files,
                                       const Law& law,
                                       const std::string& schema_digest,
                                       const LoadOptions& options,
                                       std::vector<Issue>* issues) {
  Report report(files.agreement.name, issues);
  v1::Agreement agreement;
  const std::unique_ptr<Node::Tree> tree =
      internal::ParseText(files.agreement.bytes, &agreement, &report);
  if (tree == nullptr) return std::nullopt;
  const Node node(&agreement, tree.get(), {1, 1});
  if (agreement.id() != files.id) {
    report.Error("LP008", node.At("id"),
                 absl::StrCat("`id` differs from its folder ", files.id));
  }
  internal::CheckForm(agreement, node, law, options, &report);
  if (law.usable) {
    internal::CheckFlows(agreement, node, law, options, &report);
  }
  std::vector<std::string> signed_by =
      CheckSignatures(agreement, node, files,
                      Statement(agreement, files, law, schema_digest, options),
                      options, &report);
  if (report.has_errors() || !law.usable) return std::nullopt;
  Agreement out = internal::Compile(
      agreement, law,
      absl::BytesToHexString(options.sha256(files.agreement.bytes)));
  out.signed_by = std::move(signed_by);
  return out;
}

}  // namespace

LoadResult Load(const PolicyFiles& files, const LoadOptions& options) {
  LoadResult result;
  if (!options.sha256) {
    result.issues.push_back(
        {"", 0, 0, Severity::kError, "LP001", "no hash function was given"});
    return result;
  }
  const Law law = internal::ReadLaw(files.law, options, &result.issues);
  std::vector<Agreement> agreements;
  std::set<std::string> ids;
  const std::string schema_digest = SchemaDigest(options.sha256);
  std::vector<std::string> digests = {law.digest, schema_digest};
  for (const AgreementFiles& each : files.agreements) {
    if (!ids.insert(each.id).second) {
      result.issues.push_back(
          {each.agreement.name, 0, 0, Severity::kError, "LP007",
           absl::StrCat("agreement ", each.id, " given twice")});
      continue;
    }
    std::optional<Agreement> agreement =
        ReadAgreement(each, law, schema_digest, options, &result.issues);
    if (agreement) agreements.push_back(*std::move(agreement));
  }
  // One bad file refuses the whole set: nothing is half in force.
  if (HasErrors(result.issues)) return result;
  std::sort(agreements.begin(), agreements.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  for (const Agreement& agreement : agreements) {
    digests.push_back(agreement.digest);
  }
  std::string digest = absl::BytesToHexString(
      options.sha256(Canonical("kinstile/policy/active-set/v1", digests)));
  Catalogue catalogue = internal::CompileCatalogue(law);
  catalogue.digest = absl::BytesToHexString(law.digest);
  result.set = std::make_shared<const ActiveSet>(
      std::move(agreements), std::move(catalogue), std::move(digest));
  return result;
}

std::string SignatureStatement(const SignedParts& parts) {
  return Canonical(
      kStatementLabel,
      {parts.agreement, absl::StrCat(parts.version), parts.agreement_digest,
       parts.catalogue_digest, parts.schema_digest, parts.rendering_digest});
}

std::string StatementFor(const PolicyFiles& files, absl::string_view agreement,
                         const LoadOptions& options,
                         std::vector<Issue>* issues) {
  const Law law = internal::ReadLaw(files.law, options, issues);
  for (const AgreementFiles& each : files.agreements) {
    if (each.id != agreement) continue;
    Report report(each.agreement.name, issues);
    v1::Agreement parsed;
    if (!law.usable || internal::ParseText(each.agreement.bytes, &parsed,
                                           &report) == nullptr) {
      return "";
    }
    return Statement(parsed, each, law, SchemaDigest(options.sha256), options);
  }
  issues->push_back({"", 0, 0, Severity::kError, "LP100",
                     absl::StrCat("no agreement ", agreement)});
  return "";
}

std::string SchemaDigest(
    const std::function<std::string(absl::string_view)>& sha256) {
  // Names, numbers and types of every field and value, not the comments.
  return sha256(
      Canonical("kinstile/policy/schema/v1",
                {v1::Agreement::descriptor()->file()->DebugString(),
                 v1::GatewayCatalogue::descriptor()->file()->DebugString()}));
}

}  // namespace kinstile::policy
