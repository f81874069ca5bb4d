// SPDX-License-Identifier: Apache-2.0
// The agreements in force, checked and compiled: what every decision reads.
//
// An ActiveSet that exists has passed every check of the loader. It never
// changes, so any number of threads may read it; daemons replace the whole
// shared_ptr to reload.
#ifndef KINSTILE_POLICY_ACTIVE_SET_H_
#define KINSTILE_POLICY_ACTIVE_SET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "policy/agencies.h"
#include "policy/facts.h"
#include "policy/law.h"
#include "policy/phrasebook.h"
#include "policy/tables.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

struct Party {
  enum class Role : uint8_t { kController = 1, kJointController, kProcessor };

  std::string id;  // the agency's id in the consortium manifest
  AgencyType type;
  std::string name;
  bool public_authority = false;
  Role role = Role::kController;
  std::string signatory_post;
  std::string dpo_contact;
  std::string ico_registration;
  std::string caldicott_guardian;
  // By the register of agencies: none, until somebody says so.
  ObligationKinds carries_out;
  // Where it works, by the same register: not known, until somebody says so.
  std::vector<Jurisdiction> nations;
};

struct BarAnswer {
  StatutoryBar bar;
  std::string answered_by;
};

// Why a flow is lawful, layer by layer.
struct Basis {
  std::string id;
  std::string gateway;
  std::string gateway_title;
  std::string provision;
  Article6 article6_sender{};
  Article6 article6_receiver{};
  std::optional<RecognisedInterest> recognised_interest;
  Article9 article9{};
  Schedule1 schedule1{};
  std::optional<Schedule1> criminal_offence_data;
  Confidence confidence{};
  std::vector<BarAnswer> bars;
  std::string necessity;

  // One line with all four layers, for the audit.
  std::string Text() const;
};

struct FlowItem {
  std::string item;
  DataCategory category;
  Granularity granularity;
  std::optional<int64_t> look_back_days;
  std::string why_needed;
  Nature nature = Nature::kFact;
};

struct Condition {
  ConditionKind kind;
  std::optional<int64_t> number;
  std::string text;
  bool decided_by_source = false;
  // what fails if the condition is not shown
  Layer layer = Layer::kCondition;
};

struct Obligation {
  ObligationKind kind;
  std::optional<int64_t> number;
  std::string text;
};

struct Flow {
  std::string id;
  int line = 0;  // in the agreement's file, from 1
  int column = 0;
  std::string plain;
  std::string plain_cy;
  std::string from;
  std::string to;
  std::vector<std::string> roles;
  std::vector<Purpose> purposes;
  Mode mode;
  std::vector<FlowItem> items;
  std::string about;
  Basis basis;
  std::vector<Condition> conditions;
  std::vector<Obligation> obligations;
  int64_t keep_days = 0;
  std::vector<std::string> may_pass_on_to;
  int64_t max_people = 0;
  std::optional<int64_t> max_requests_per_day;
  // The party that has suspended it; empty: in force (suspension.h).
  std::string suspended_by;

  const FlowItem* FindItem(absl::string_view item) const;
  bool AllowsRole(absl::string_view role) const;
};

struct Prohibition {
  std::string id;
  std::string plain;
  std::string plain_cy;
  std::vector<std::string> to;  // this and the next two: empty means any
  std::vector<Purpose> purposes;
  std::vector<DataCategory> categories;
  std::vector<std::string> items;
  Layer layer;
};

// What the ICO's data sharing code expects an agreement to say; empty: unsaid.
struct Governance {
  std::string dpia_ref;
  std::optional<absl::CivilDay> dpia_reviewed;
  std::string privacy_notice_url;
  std::string rights_contact;
  std::string breach_contact;
  int64_t breach_hours = 0;
  std::string appropriate_policy_document;
  std::string public_register_ref;
  std::string dpo_advice;
  std::string security_standard;
  std::string complaints;
  std::string ending;
  std::string accuracy;
  std::string owner_post;
};

// How counts are protected before they leave. Zero: not said.
struct DisclosureControl {
  int64_t suppress_below = 0;
  int64_t round_to = 0;
  bool secondary_suppression = false;
  bool show_zero = false;
};

struct Change {
  int64_t version = 0;
  std::string on;
  std::string who;
  std::string what;
};

struct Agreement {
  enum class Kind : uint8_t {
    kReciprocalProtocol = 1,
    kOneWayDisclosure,
    kJointControllers
  };

  std::string id;
  int64_t version = 0;
  std::string title;
  std::string title_cy;
  std::string plain_summary;
  std::string plain_summary_cy;
  std::string programme;
  Kind kind = Kind::kReciprocalProtocol;
  std::string area;
  std::vector<Jurisdiction> nations;
  std::string catalogue_version;
  std::string supersedes;  // digest of the version before; empty in the first
  std::string digest;      // lower-case hex of the exact bytes signed
  std::string file;        // where it was read, for messages
  bool draft = false;
  absl::CivilDay effective_from;
  absl::CivilDay review_due;
  absl::CivilDay expires;  // last day of force
  std::vector<Party> parties;
  std::vector<Flow> flows;  // ordered by id, as are prohibitions
  std::vector<Prohibition> prohibitions;
  std::vector<Basis> bases;  // in file order; each flow has its own copy
  Governance governance;
  DisclosureControl disclosure;
  std::vector<Change> changes;
  std::vector<std::string> signed_by;  // party ids whose signature verified

  const Flow* FindFlow(absl::string_view id) const;
  const Party* FindParty(absl::string_view id) const;
  bool InForce(absl::CivilDay day) const;
  bool CoversNation(Jurisdiction nation) const;
};

class ActiveSet {
 public:
  // `agreements` must have passed the loader's checks. Only the loader and
  // tests of the engine call this. The order given does not matter.
  ActiveSet(std::vector<Agreement> agreements, Catalogue catalogue,
            std::string digest, Agencies agencies = {});

  // Lower-case hex over the digests of catalogue, schema, register of agencies
  // and agreements.
  const std::string& digest() const { return digest_; }
  const Catalogue& catalogue() const { return catalogue_; }
  const std::string& catalogue_version() const { return catalogue_.version; }
  const Agencies& agencies() const { return agencies_; }
  // Ordered by id.
  const std::vector<Agreement>& agreements() const { return agreements_; }
  const Agreement* Find(absl::string_view id) const;

  // What decisions look up.
  const Tables& tables() const { return tables_; }
  const Phrasebook& phrases() const { return phrases_; }
  const Flow& FlowOf(const FlowRow& row) const {
    return agreements_[row.agreement].flows[row.flow];
  }

 private:
  std::vector<Agreement> agreements_;
  Catalogue catalogue_;
  Agencies agencies_;
  std::string digest_;
  Tables tables_;
  Phrasebook phrases_;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_ACTIVE_SET_H_
