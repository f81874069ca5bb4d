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
#include "policy/loader_agencies.h"
#include "policy/loader_agreement.h"
#include "policy/loader_law.h"
#include "policy/loader_signatures.h"
#include "policy/loader_text.h"
#include "policy/render.h"

namespace kinstile::policy {
namespace {

using internal::AgencyFile;
using internal::Canonical;
using internal::Law;
using internal::Node;
using internal::Report;
using internal::SignedParts;

// What is signed covers what people read: the rendering of what will decide.
SignedParts PartsOf(const Agreement& agreement, const AgreementFiles& files,
                    const Law& law, const Catalogue& catalogue,
                    const std::string& schema_digest,
                    const LoadOptions& options) {
  auto hex = [&](absl::string_view bytes) {
    return absl::BytesToHexString(options.sha256(bytes));
  };
  return {agreement, hex(files.agreement.bytes),
          absl::BytesToHexString(law.digest),
          absl::BytesToHexString(schema_digest),
          hex(SignedRendering(agreement, catalogue))};
}

struct Context {
  const Law& law;
  const Catalogue& catalogue;
  const AgencyFile& agencies;
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
  internal::CheckAgainstRegister(*agreement, node, context.agencies, report);
  if (!context.options.signatures_aside) {
    internal::CheckAllSigned(*agreement, node, files, report);
  }
  if (report->has_errors() || !context.law.usable) return std::nullopt;
  return internal::Compile(
      *agreement, context.law,
      context.agencies.usable ? &context.agencies.agencies : nullptr,
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
  Locate(agreement, Node(&agreement, tree.get(), {1, 1}), files, &*out);
  if (context.options.signatures_aside) return out;
  out->signed_by = internal::CheckSignatures(
      PartsOf(*out, files, context.law, context.catalogue,
              context.schema_digest, context.options),
      context.agencies.agencies, files, context.options, issues);
  // Any signature present must hold.
  if (out->signed_by.size() != files.signatures.size()) return std::nullopt;
  return out;
}

// Hands what the parties of an agreement sign to `use`, or nothing, with
// issues, if anything but a signature is wrong.
template <class Use>
void AsSigned(const PolicyFiles& files, absl::string_view agreement,
              const LoadOptions& options, std::vector<Issue>* issues, Use use) {
  const Law law = internal::ReadLaw(files.law, options, issues);
  if (!law.usable) return;
  const Catalogue catalogue = internal::CompileCatalogue(law);
  for (const AgreementFiles& each : files.agreements) {
    if (each.id != agreement) continue;
    // Whoever signs is one of those whose signatures are still missing.
    Report report(each.agreement.name, issues);
    v1::Agreement parsed;
    std::unique_ptr<Node::Tree> tree =
        internal::ParseText(each.agreement.bytes, &parsed, &report);
    if (tree == nullptr) return;
    const Node node(&parsed, tree.get(), {1, 1});
    internal::CheckForm(parsed, node, law, options, &report);
    internal::CheckFlows(parsed, node, law, options, &report);
    if (report.has_errors()) return;
    const Agreement compiled = internal::Compile(parsed, law, nullptr, "");
    use(PartsOf(compiled, each, law, catalogue, SchemaDigest(options.sha256),
                options),
        each);
    return;
  }
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
  AgencyFile agencies = internal::ReadAgencies(files, options, &result.issues);
  std::vector<Agreement> agreements;
  std::set<std::string> ids;
  const Context context = {law, catalogue, agencies,
                           SchemaDigest(options.sha256), options};
  std::vector<std::string> digests = {law.digest, context.schema_digest,
                                      agencies.agencies.digest};
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
      std::move(agreements), std::move(catalogue), std::move(digest),
      std::move(agencies.agencies));
  return result;
}

std::string StatementFor(const PolicyFiles& files, absl::string_view agreement,
                         absl::string_view party, const LoadOptions& options,
                         std::vector<Issue>* issues) {
  std::string statement;
  AsSigned(files, agreement, options, issues,
           [&](const SignedParts& parts, const AgreementFiles&) {
             const Party* signs = parts.agreement.FindParty(party);
             if (signs == nullptr) return;
             statement = internal::WriteStatement(parts, *signs, options.today);
           });
  if (statement.empty() && !HasErrors(*issues)) {
    issues->push_back(
        {"", 0, 0, Severity::kError, "LP100",
         absl::StrCat("no agreement ", agreement, " with party ", party)});
  }
  return statement;
}

std::vector<std::string> SignersOf(const PolicyFiles& files,
                                   absl::string_view agreement,
                                   const LoadOptions& options,
                                   std::vector<Issue>* issues) {
  std::vector<Issue> none;
  const AgencyFile agencies = internal::ReadAgencies(files, options, &none);
  std::vector<std::string> signers;
  AsSigned(files, agreement, options, issues,
           [&](const SignedParts& parts, const AgreementFiles& each) {
             signers = internal::CheckSignatures(parts, agencies.agencies, each,
                                                 options, issues);
           });
  return signers;
}

std::string StatementToSign(absl::string_view statement) {
  return Canonical("kinstile/policy/signature-statement/v1",
                   {std::string(statement)});
}

std::string RegisterToSign(absl::string_view agencies) {
  return Canonical("kinstile/policy/agency-register/v1",
                   {std::string(agencies)});
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
