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

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

struct Party {
  std::string id;  // the agency's id in the consortium manifest
  AgencyType type;
  std::string name;
  bool public_authority = false;
};

// Why a flow is lawful, layer by layer, in the words of the files.
struct Basis {
  std::string id;
  std::string gateway;
  std::string gateway_title;
  std::string provision;
  std::string article6_sender;
  std::string article6_receiver;
  std::string article9;
  std::string schedule1;
  std::string confidence;
  std::vector<std::string> bars;  // "SSAA_1992_S123: how it is answered"
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
  std::string plain;
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

  const FlowItem* FindItem(absl::string_view item) const;
  bool AllowsRole(absl::string_view role) const;
};

struct Prohibition {
  std::string id;
  std::string plain;
  std::vector<std::string> to;  // this and the next two: empty means any
  std::vector<Purpose> purposes;
  std::vector<DataCategory> categories;
  std::vector<std::string> items;
  Layer layer;

  // Whether it forbids this item to this receiver for this purpose.
  // `category` is that of the item, if a flow of the agreement names it.
  bool Covers(absl::string_view receiver, Purpose purpose,
              absl::string_view item,
              std::optional<DataCategory> category) const;
};

struct Agreement {
  std::string id;
  int64_t version = 0;
  std::string title;
  std::string plain_summary;
  std::string programme;
  std::string area;
  std::vector<std::string> nations;
  std::string digest;  // lower-case hex of the exact bytes signed
  bool draft = false;
  absl::CivilDay effective_from;
  absl::CivilDay review_due;
  absl::CivilDay expires;  // last day of force
  std::vector<Party> parties;
  std::vector<Flow> flows;  // ordered by id, as are prohibitions
  std::vector<Prohibition> prohibitions;
  std::vector<std::string> signed_by;  // party ids whose signature verified

  const Flow* FindFlow(absl::string_view id) const;
  const Party* FindParty(absl::string_view id) const;
  bool InForce(absl::CivilDay day) const;
};

// Place of a flow in the set.
struct FlowRef {
  uint32_t agreement;
  uint32_t flow;
};

class ActiveSet {
 public:
  // `agreements` must have passed the loader's checks. Only the loader and
  // tests of the engine call this.
  ActiveSet(std::vector<Agreement> agreements, std::string catalogue_version,
            std::string digest);

  // Lower-case hex over the digests of catalogue, schema and agreements.
  const std::string& digest() const { return digest_; }
  const std::string& catalogue_version() const { return catalogue_version_; }
  // Ordered by id.
  const std::vector<Agreement>& agreements() const { return agreements_; }
  const Agreement* Find(absl::string_view id) const;

  // The flows of exactly this pair, purpose and mode.
  const std::vector<FlowRef>& Candidates(absl::string_view from,
                                         absl::string_view to, Purpose purpose,
                                         Mode mode) const;
  // The category under which an agreement's flows name an item, if any does.
  std::optional<DataCategory> CategoryOf(uint32_t agreement,
                                         absl::string_view item) const;

 private:
  using Key = std::pair<uint64_t, uint32_t>;  // parties, purpose and mode

  std::vector<Agreement> agreements_;
  std::string catalogue_version_;
  std::string digest_;
  absl::flat_hash_map<std::string, uint32_t> parties_;
  absl::flat_hash_map<Key, std::vector<FlowRef>> index_;
  std::vector<absl::flat_hash_map<std::string, DataCategory>> categories_;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_ACTIVE_SET_H_
