// SPDX-License-Identifier: Apache-2.0
// The law catalogue as loaded: gateways, and the words of the vocabularies.
#ifndef KINSTILE_POLICY_LAW_H_
#define KINSTILE_POLICY_LAW_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

// First and last day in force in one nation; no last day: still in force.
struct InForce {
  Jurisdiction where;
  absl::CivilDay from;
  std::optional<absl::CivilDay> to;
  std::string note;
};

// What became of a gateway in a nation where it cannot be used.
struct Fate {
  Jurisdiction where;
  std::string now;
  std::vector<std::string> instead;  // gateway ids
};

// A legal gateway. An empty list of bodies means any body.
struct Gateway {
  std::string id;
  std::string title;
  std::string citation_url;
  std::string plain;
  GatewayStrength strength;
  std::vector<InForce> in_force;
  std::vector<AgencyType> may_disclose;
  std::vector<AgencyType> may_receive;
  std::vector<Purpose> purposes;
  std::vector<DataCategory> never_covers;
  std::vector<StatutoryBar> satisfies_bar;
  std::vector<ConditionKind> always_requires;
  bool overrides_confidence = false;
  std::string offence_for_misuse;
  std::vector<Fate> became;
  absl::CivilDay verified_on;
  std::string verified_by;
  Certainty certainty;
  std::string source;

  bool MayDisclose(AgencyType type) const;
  bool MayReceive(AgencyType type) const;
  // Whether it is in force in a nation on every day of the span.
  bool InForceThroughout(Jurisdiction nation, absl::CivilDay first,
                         absl::CivilDay last) const;
};

// What the law says of one answer to layers 2 to 4.
struct Provision {
  std::string answer;  // the word that a basis gives, such as A6_1_A_CONSENT
  std::string title;
  std::string citation_url;
  std::string plain;
  std::vector<InForce> in_force;
  bool not_for_public_authority = false;
  bool needs_policy_document = false;
  std::vector<AgencyType> binds;  // of a bar
  bool kept_by_not_passing_on = false;
  std::vector<ConditionKind> always_requires;
  std::string offence;
  absl::CivilDay verified_on;
  Certainty certainty;
};

// An item that agreements may name.
struct ItemTerm {
  std::string item;
  DataCategory category;
  std::string label;
  std::string plain;
  bool free_text = false;
  std::vector<Granularity> grains;  // empty: any
  std::optional<absl::CivilDay> retired;
};

// A word of a vocabulary for people: a heading, and a phrase.
template <class T>
struct Term {
  T value;
  std::string label;
  std::string plain;
};

struct CategoryTerm {
  DataCategory value;
  std::string label;
  std::string plain;
  Sensitivity sensitivity;
};

struct Catalogue {
  std::string version;
  std::string digest;                 // lower-case hex over all its files
  std::vector<Gateway> gateways;      // ordered by id
  std::vector<Provision> provisions;  // in file order
  std::vector<ItemTerm> items;        // ordered by name
  std::vector<CategoryTerm> categories;
  std::vector<Term<Purpose>> purposes;
  std::vector<Term<AgencyType>> agencies;

  const Gateway* FindGateway(absl::string_view id) const;
  const ItemTerm* FindItem(absl::string_view item) const;
  // By the word of the answer; no word stands in two vocabularies.
  const Provision* FindProvision(absl::string_view answer) const;
  const CategoryTerm* FindCategory(DataCategory category) const;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_LAW_H_
