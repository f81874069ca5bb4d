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

// One party's signature over what it says in words.
struct DetachedSignature {
  std::string party;      // by the files' name
  NamedBytes statement;   // sig/<party>.textproto, a v1.SignatureStatement
  std::string signature;  // sig/<party>.sig
};

struct AgreementFiles {
  std::string id;        // the folder's name; must equal the id inside
  NamedBytes agreement;  // agreement.textproto
  std::vector<DetachedSignature> signatures;
};

struct PolicyFiles {
  std::vector<NamedBytes> law;  // gateway catalogues, all of one version
  std::vector<AgreementFiles> agreements;
  // The register of agencies, a v1.AgencyRegister; no name: there is none.
  NamedBytes agencies = {};
  // By agency: the name is its id, the bytes the signature.
  std::vector<NamedBytes> agencies_signatures = {};
};

struct LoadOptions {
  // SHA-256 of the argument, 32 raw bytes. Required.
  std::function<std::string(absl::string_view)> sha256;
  // True if `signature` is the party's over exactly `message`. Without it
  // every signature fails.
  std::function<bool(absl::string_view party, absl::string_view message,
                     absl::string_view signature)>
      verify;
  // The key by which `verify` knows a party: 64 characters of lower-case hex,
  // or "".
  std::function<std::string(absl::string_view party)> key_of;
  // Loads DRAFT agreements without signatures and catalogue entries that no
  // lawyer has signed. For demonstrations and tests only.
  bool demo_mode = false;
  // Looks at no signature, of agreements or register: for who is about to sign,
  // and for questions. Never for a set that decides.
  bool signatures_aside = false;
  absl::CivilDay today;
};

struct LoadResult {
  std::shared_ptr<const ActiveSet> set;  // null if any issue is an error
  std::vector<Issue> issues;             // errors and warnings, in file order
};

LoadResult Load(const PolicyFiles& files, const LoadOptions& options);

// The statement that a party of an agreement would sign today, as Load would
// hold it against the files. Empty, with issues, if anything but a signature is
// wrong: nobody can sign what would not load.
std::string StatementFor(const PolicyFiles& files, absl::string_view agreement,
                         absl::string_view party, const LoadOptions& options,
                         std::vector<Issue>* issues);

// The parties of an agreement whose signatures hold, ordered; issues say what
// is wrong with the others'.
std::vector<std::string> SignersOf(const PolicyFiles& files,
                                   absl::string_view agreement,
                                   const LoadOptions& options,
                                   std::vector<Issue>* issues);

// What is given to sign and to `verify`: the exact bytes behind a label of
// their own. Of an agreement's statement, and of the register of agencies.
std::string StatementToSign(absl::string_view statement);
std::string RegisterToSign(absl::string_view agencies);

// The party ids of an agreement, in file order; none if it does not parse.
std::vector<std::string> PartiesOf(const AgreementFiles& files);

// 32 raw bytes over the schema that reads agreements and law.
std::string SchemaDigest(
    const std::function<std::string(absl::string_view)>& sha256);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_LOADER_H_
