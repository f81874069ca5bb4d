// SPDX-License-Identifier: Apache-2.0
// Statement by statement, field by field.

#include "policy/loader_signatures.h"

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kinstile/v1/agreement.pb.h"
#include "policy/loader_law.h"
#include "policy/loader_text.h"

namespace kinstile::policy::internal {
namespace {

class Check {
 public:
  Check(const SignedParts& parts, const Agencies& agencies,
        const DetachedSignature& signature, const LoadOptions& options,
        Report* report)
      : parts_(parts),
        agencies_(agencies),
        signature_(signature),
        options_(options),
        report_(report) {}

  bool Run() {
    const std::string& name = signature_.party;
    const Party* party = parts_.agreement.FindParty(name);
    if (party == nullptr) {
      return Wrong({},
                   absl::StrCat("signature of ", name, ", which is no party"));
    }
    v1::SignatureStatement statement;
    const auto tree =
        ParseText(signature_.statement.bytes, &statement, report_);
    if (tree == nullptr || report_->has_errors()) return false;
    Compare(statement, Node(&statement, tree.get(), {1, 1}), *party);
    if (!options_.verify ||
        !options_.verify(name, StatementToSign(signature_.statement.bytes),
                         signature_.signature)) {
      Wrong({}, absl::StrCat("the signature of ", name, " does not verify"));
    }
    return !report_->has_errors();
  }

 private:
  bool Wrong(Place at, std::string message) {
    report_->Error("LP182", at, std::move(message));
    return false;
  }

  void Same(const std::string& said, const std::string& is, const Node& node,
            const char* field, absl::string_view what) {
    if (said == is) return;
    Wrong(node.At(field), absl::StrCat("`", field, "` of ", signature_.party,
                                       "'s statement is not ", what));
  }

  void Compare(const v1::SignatureStatement& s, const Node& node,
               const Party& party) {
    const Agreement& a = parts_.agreement;
    Same(s.agreement(), a.id, node, "agreement", "this agreement");
    Same(absl::StrCat(s.version()), absl::StrCat(a.version), node, "version",
         "this version");
    Same(s.agreement_sha256(), parts_.agreement_digest, node,
         "agreement_sha256", "of these bytes: the agreement has changed");
    Same(s.catalogue_sha256(), parts_.catalogue_digest, node,
         "catalogue_sha256", "of this law: the catalogue has changed");
    Same(s.schema_sha256(), parts_.schema_digest, node, "schema_sha256",
         "of this schema");
    Same(s.rendering_sha256(), parts_.rendering_digest, node,
         "rendering_sha256", "of this plain-English document");
    Same(s.supersedes_sha256(), a.supersedes, node, "supersedes_sha256",
         "of the version that the agreement follows");
    Same(s.party(), party.id, node, "party", "the party of the file's name");
    Same(s.signatory_post(), party.signatory_post, node, "signatory_post",
         "the post that signs by the agreement");
    Day(s, node);
  }

  void Day(const v1::SignatureStatement& s, const Node& node) {
    absl::CivilDay on;
    if (!ParseDay(s.on(), &on)) {
      Wrong(node.At("on"), "`on` is not a day YYYY-MM-DD");
    } else if (on > options_.today) {
      Wrong(node.At("on"), "`on` is a day to come");
    } else {
      Key(on, node);
    }
  }

  void Key(absl::CivilDay on, const Node& node) {
    const Agency* agency = agencies_.Find(signature_.party);
    if (agency == nullptr || agency->keys.empty()) return;
    const std::string used =
        options_.key_of ? options_.key_of(signature_.party) : "";
    for (const KeySpan& key : agency->keys) {
      if (key.ed25519 == used && key.GoodOn(on)) return;
    }
    report_->Error("LP183", node.At("on"),
                   absl::StrCat("the key of ", signature_.party,
                                " was not in use on that day, says the "
                                "register of agencies"));
  }

  const SignedParts& parts_;
  const Agencies& agencies_;
  const DetachedSignature& signature_;
  const LoadOptions& options_;
  Report* report_;
};

}  // namespace

std::string WriteStatement(const SignedParts& parts, const Party& party,
                           absl::CivilDay on) {
  const Agreement& a = parts.agreement;
  std::string out = "# What is signed. The signature covers these bytes.\n";
  auto line = [&out](absl::string_view field, absl::string_view value) {
    absl::StrAppend(&out, field, ": \"", absl::Utf8SafeCEscape(value), "\"\n");
  };
  line("agreement", a.id);
  absl::StrAppend(&out, "version: ", a.version, "\n");
  line("agreement_sha256", parts.agreement_digest);
  line("catalogue_sha256", parts.catalogue_digest);
  line("schema_sha256", parts.schema_digest);
  line("rendering_sha256", parts.rendering_digest);
  if (!a.supersedes.empty()) line("supersedes_sha256", a.supersedes);
  line("party", party.id);
  line("signatory_post", party.signatory_post);
  line("on", absl::FormatCivilTime(on));
  return out;
}

void CheckAllSigned(const v1::Agreement& agreement, const Node& node,
                    const AgreementFiles& files, Report* report) {
  if (agreement.lifecycle().status() != v1::Agreement::Lifecycle::SIGNED) {
    return;
  }
  for (int i = 0; i < agreement.party_size(); ++i) {
    const std::string& party = agreement.party(i).id();
    const bool present = std::any_of(
        files.signatures.begin(), files.signatures.end(),
        [&](const DetachedSignature& each) { return each.party == party; });
    if (present) continue;
    report->Error("LP182", node.Child("party", i).here(),
                  absl::StrCat("the signature of ", party, " is missing"));
  }
}

std::vector<std::string> CheckSignatures(const SignedParts& parts,
                                         const Agencies& agencies,
                                         const AgreementFiles& files,
                                         const LoadOptions& options,
                                         std::vector<Issue>* issues) {
  std::set<std::string> good;
  for (const DetachedSignature& each : files.signatures) {
    Report report(each.statement.name, issues);
    if (Check(parts, agencies, each, options, &report).Run()) {
      good.insert(each.party);
    }
  }
  return {good.begin(), good.end()};
}

}  // namespace kinstile::policy::internal
