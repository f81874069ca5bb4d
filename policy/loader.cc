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
#include "policy/render.h"

namespace kinstile::policy {
namespace {

using internal::Canonical;
using internal::Law;
using internal::Node;
using internal::Report;

constexpr absl::string_view kStatementLabel =
    "kinstile/policy/agreement-signature/v1";

// A signed agreement needs the signature of every party.
void CheckAllSigned(const v1::Agreement& agreement, const Node& node,
                    const AgreementFiles& files, Report* report) {
  if (agreement.lifecycle().status() != v1::Agreement::Lifecycle::SIGNED) {
    return;
  }
  for (int i = 0; i < agreement.party_size(); ++i) {
    const std::string& party = agreement.party(i).id();
    const bool present = std::any_of(
        files.signatures.begin(), files.signatures.end(),
        [&](const NamedBytes& signature) { return signature.name == party; });
    if (present) continue;
    report->Error("LP182", node.Child("party", i).here(),
                  absl::StrCat("the signature of ", party, " is missing"));
  }
}

// Any signature present must verify.
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
  return {good.begin(), good.end()};
}

// What is signed covers what people read: the rendering of what will decide.
std::string Statement(const Agreement& agreement, const AgreementFiles& files,
                      const Law& law, const Catalogue& catalogue,
                      const std::string& schema_digest,
                      const LoadOptions& options) {
  SignedParts parts;
  parts.agreement = agreement.id;
  parts.version = agreement.version;
  parts.agreement_digest = options.sha256(files.agreement.bytes);
  parts.catalogue_digest = law.digest;
  parts.schema_digest = schema_digest;
  parts.rendering_digest =
      options.sha256(SignedRendering(agreement, catalogue));
  return SignatureStatement(parts);
}

struct Context {
  const Law& law;
  const Catalogue& catalogue;
  const std::string schema_digest;
  const LoadOptions& options;
};

// Checked and compiled, but for its signatures; none if anything is wrong.
std::optional<Agreement> ReadUnsigned(const AgreementFiles& files,
                                      const Context& context, Report* report,
                                      v1::Agreement* agreement,
                                      std::unique_ptr<Node::Tree>* tree) {
  *tree = internal::ParseText(files.agreement.bytes, agreement, report);
  if (*tree == nullptr) return std::nullopt;
  const Node node(agreement, tree->get(), {1, 1});
  if (agreement->id() != files.id) {
    report->Error("LP008", node.At("id"),
                  absl::StrCat("`id` differs from its folder ", files.id));
  }
  internal::CheckForm(*agreement, node, context.law, context.options, report);
  if (context.law.usable) {
    internal::CheckFlows(*agreement, node, context.law, context.options,
                         report);
  }
  CheckAllSigned(*agreement, node, files, report);
  if (report->has_errors() || !context.law.usable) return std::nullopt;
  return internal::Compile(
      *agreement, context.law,
      absl::BytesToHexString(context.options.sha256(files.agreement.bytes)));
}

// Where each rule stands in its file, for what is found later.
void Locate(const v1::Agreement& agreement, const Node& node,
            const AgreementFiles& files, Agreement* out) {
  out->file = files.agreement.name;
  for (int i = 0; i < agreement.share_size(); ++i) {
    const internal::Place at = node.Child("share", i).here();
    for (Flow& flow : out->flows) {
      if (flow.id != agreement.share(i).id()) continue;
      flow.line = at.line;
      flow.column = at.column;
    }
  }
}

std::optional<Agreement> ReadAgreement(const AgreementFiles& files,
                                       const Context& context,
                                       std::vector<Issue>* issues) {
  Report report(files.agreement.name, issues);
  v1::Agreement agreement;
  std::unique_ptr<Node::Tree> tree;
  std::optional<Agreement> out =
      ReadUnsigned(files, context, &report, &agreement, &tree);
  if (!out) return std::nullopt;
  out->signed_by =
      CheckSignatures(agreement, Node(&agreement, tree.get(), {1, 1}), files,
                      Statement(*out, files, context.law, context.catalogue,
                                context.schema_digest, context.options),
                      context.options, &report);
  if (report.has_errors()) return std::nullopt;
  Locate(agreement, Node(&agreement, tree.get(), {1, 1}), files, &*out);
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
  Catalogue catalogue;
  if (law.usable) catalogue = internal::CompileCatalogue(law);
  catalogue.digest = absl::BytesToHexString(law.digest);
  std::vector<Agreement> agreements;
  std::set<std::string> ids;
  const Context context = {law, catalogue, SchemaDigest(options.sha256),
                           options};
  std::vector<std::string> digests = {law.digest, context.schema_digest};
  for (const AgreementFiles& each : files.agreements) {
    if (!ids.insert(each.id).second) {
      result.issues.push_back(
          {each.agreement.name, 0, 0, Severity::kError, "LP007",
           absl::StrCat("agreement ", each.id, " given twice")});
      continue;
    }
    std::optional<Agreement> agreement =
        ReadAgreement(each, context, &result.issues);
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
  if (!law.usable) return "";
  const Catalogue catalogue = internal::CompileCatalogue(law);
  const Context context = {law, catalogue, SchemaDigest(options.sha256),
                           options};
  for (const AgreementFiles& each : files.agreements) {
    if (each.id != agreement) continue;
    // Whoever signs is one of those whose signatures are still missing.
    std::vector<Issue> found;
    Report report(each.agreement.name, &found);
    v1::Agreement parsed;
    std::unique_ptr<Node::Tree> tree =
        internal::ParseText(each.agreement.bytes, &parsed, &report);
    if (tree != nullptr) {
      const Node node(&parsed, tree.get(), {1, 1});
      internal::CheckForm(parsed, node, law, options, &report);
      internal::CheckFlows(parsed, node, law, options, &report);
    }
    issues->insert(issues->end(), found.begin(), found.end());
    if (report.has_errors()) return "";
    return Statement(internal::Compile(parsed, law, ""), each, law, catalogue,
                     context.schema_digest, options);
  }
  issues->push_back({"", 0, 0, Severity::kError, "LP100",
                     absl::StrCat("no agreement ", agreement)});
  return "";
}

std::vector<std::string> PartiesOf(const AgreementFiles& files) {
  std::vector<Issue> issues;
  Report report(files.agreement.name, &issues);
  v1::Agreement parsed;
  std::vector<std::string> parties;
  if (internal::ParseText(files.agreement.bytes, &parsed, &report) == nullptr) {
    return parties;
  }
  for (const auto& party : parsed.party()) parties.push_back(party.id());
  return parties;
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
