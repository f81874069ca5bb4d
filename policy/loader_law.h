// SPDX-License-Identifier: Apache-2.0
// The catalogue of gateways, read and checked.
#ifndef KINSTILE_POLICY_LOADER_LAW_H_
#define KINSTILE_POLICY_LOADER_LAW_H_

#include <google/protobuf/repeated_field.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "policy/law.h"
#include "policy/loader.h"
#include "policy/loader_report.h"

namespace kinstile::v1 {
class CategoryTerm;
class Gateway;
class GatewayCatalogue;
class InForce;
class ItemTerm;
class Provision;
class Verified;
}  // namespace kinstile::v1

namespace kinstile::policy::internal {

struct Law {
  std::string version;
  std::string digest;  // 32 raw bytes over all catalogue files
  std::map<std::string, const v1::Gateway*> gateways;
  // by the answer that they are about: its field number, then its value
  std::map<std::pair<int, int>, const v1::Provision*> provisions;
  std::map<int, const v1::CategoryTerm*> categories;  // by v1::DataCategory
  std::map<std::string, const v1::ItemTerm*> items;
  std::vector<std::shared_ptr<const v1::GatewayCatalogue>> files;
  bool usable = false;  // false: agreements cannot be held against it
};

Law ReadLaw(const std::vector<NamedBytes>& files, const LoadOptions& options,
            std::vector<Issue>* issues);

// One file's provisions and words, into `law`.
void ReadProvisions(const v1::GatewayCatalogue& file, const Node& node,
                    const LoadOptions& options, Law* law, Report* report);
void ReadTerms(const v1::GatewayCatalogue& file, const Node& node, Law* law,
               Report* report);

// The parts that gateways and provisions share. `what` names the entry.
void CheckSpans(const google::protobuf::RepeatedPtrField<v1::InForce>& spans,
                const Node& entry, Report* report);
void CheckVerified(const std::string& what, const v1::Verified* verified,
                   const Node& entry, const LoadOptions& options,
                   Report* report);

// Whether spans cover every day from `first` to `last` in a nation, alone.
// `ever` is set if the law was in force there at any time.
bool InForceThroughout(
    const google::protobuf::RepeatedPtrField<v1::InForce>& spans, int nation,
    absl::CivilDay first, absl::CivilDay last, bool* ever);

// The word of the answer that a provision is about, or "".
std::string AnswerName(const v1::Provision& provision);

// For a law that was read without errors; the digest is left to the caller.
Catalogue CompileCatalogue(const Law& law);

// YYYY-MM-DD and nothing else.
bool ParseDay(absl::string_view text, absl::CivilDay* day);

// As names of agencies: 1 to 64 of letters, digits, '-' and '.', starting with
// a letter or digit.
bool IsId(absl::string_view text);

// Length-prefixed fields after a label: the only thing that is hashed or
// signed here.
std::string Canonical(absl::string_view label,
                      const std::vector<std::string>& fields);

}  // namespace kinstile::policy::internal

#endif  // KINSTILE_POLICY_LOADER_LAW_H_
