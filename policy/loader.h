// SPDX-License-Identifier: Apache-2.0
// From bytes to an ActiveSet, or to every mistake that was found.
//
// Any error refuses the whole load: there is no half-loaded policy. All
// mistakes of all files come in one pass, each as file:line:column. Beyond
// protobuf's own text parser, four guards hold: an unknown field or name, a
// number in place of a name, a zero value and a control, bidirectional or
// combining character are errors; files above 256 KiB or nested deeper than 20
// are refused; a signed file is never rewritten.
//
// Pure: reads no file and no clock. Hash, signature check and today are passed
// in. A clean load checks form and catalogue, not necessity: that is for
// people.
#ifndef KINSTILE_POLICY_LOADER_H_
#define KINSTILE_POLICY_LOADER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "policy/active_set.h"
#include "policy/issue.h"

namespace kinstile::policy {

// A file's name (for messages) and its exact bytes.
struct NamedBytes {
  std::string name;
  std::string bytes;
};

struct AgreementFiles {
  std::string id;        // the folder's name; must equal the id inside
  NamedBytes agreement;  // agreement.textproto
  // Detached signatures: the name is the party's id, the bytes the signature.
  std::vector<NamedBytes> signatures;
};

struct PolicyFiles {
  std::vector<NamedBytes> law;  // gateway catalogues, all of one version
  std::vector<AgreementFiles> agreements;
};

struct LoadOptions {
  // SHA-256 of the argument, 32 raw bytes. Required.
  std::function<std::string(absl::string_view)> sha256;
  // True if `signature` is the party's over exactly `message`. Without it
  // every signature fails.
  std::function<bool(absl::string_view party, absl::string_view message,
                     absl::string_view signature)>
      verify;
  // Loads DRAFT agreements without signatures and catalogue entries that no
  // lawyer has signed. For demonstrations and tests only.
  bool demo_mode = false;
  absl::CivilDay today;
};

struct LoadResult {
  std::shared_ptr<const ActiveSet> set;  // null if any issue is an error
  std::vector<Issue> issues;             // errors and warnings, in file order
};

LoadResult Load(const PolicyFiles& files, const LoadOptions& options);

// What a party signs: domain-labelled canonical bytes over the agreement's id,
// version and exact bytes, the catalogue, the schema and the plain-English
// rendering. Digests are 32 raw bytes.
struct SignedParts {
  std::string agreement;
  int64_t version = 0;
  std::string agreement_digest;
  std::string catalogue_digest;
  std::string schema_digest;
  std::string rendering_digest;
};
std::string SignatureStatement(const SignedParts& parts);

// The statement for an agreement as Load would verify it, so that a signatory
// signs the same bytes. Empty, with issues, if anything but a signature is
// wrong: nobody can sign what would not load.
std::string StatementFor(const PolicyFiles& files, absl::string_view agreement,
                         const LoadOptions& options,
                         std::vector<Issue>* issues);

// The party ids of an agreement, in file order; none if it does not parse.
std::vector<std::string> PartiesOf(const AgreementFiles& files);

// 32 raw bytes over the schema that reads agreements and law.
std::string SchemaDigest(
    const std::function<std::string(absl::string_view)>& sha256);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_LOADER_H_
