// SPDX-License-Identifier: Apache-2.0
// The agreements compiled to arrays of small numbers.
//
// Everything that answers from the agreements reads these tables: the
// decision, who can see what, what a party can see, and the comparison of two
// policies. Built once at load, never changed, and looked up without
// allocating. Names are compared byte for byte.
#ifndef KINSTILE_POLICY_TABLES_H_
#define KINSTILE_POLICY_TABLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

struct Agreement;
struct Catalogue;

// Number of a name: a party, role, item or agreement id.
using NameId = uint32_t;
inline constexpr NameId kNoName = ~NameId{0};

// Days since 1970-01-01.
int32_t DayNumber(absl::CivilDay day);

// One flow, without its words. `agreement` and `flow` are its place in
// ActiveSet::agreements().
struct FlowRow {
  uint32_t place;  // in Tables::flows()
  uint32_t agreement;
  uint32_t flow;
  NameId from;
  NameId to;
  uint32_t purposes;  // bit n: Purpose n
  Mode mode;
  int32_t first_day;  // of the agreement, both inclusive
  int32_t last_day;
  int64_t max_people;
  int64_t max_per_day;
  uint32_t obligations;  // bit n: ObligationKind n
  uint32_t cannot;       // those of them that an end cannot carry out
  uint8_t nations;       // bit n: Jurisdiction n
  bool everywhere;       // that the receiver works, by the register
  bool suspended;

  bool HasPurpose(Purpose purpose) const {
    return purposes >> static_cast<unsigned>(purpose) & 1;
  }
  // Not stated (zero): it is somewhere that the receiver works, and unknown
  // where; and where that is not known, it is not covered.
  bool InNation(Jurisdiction nation) const {
    return nation == Jurisdiction{}
               ? everywhere
               : nations >> static_cast<unsigned>(nation) & 1;
  }
  bool InForce(int32_t day) const {
    return first_day <= day && day <= last_day;
  }
  // Gives nothing, whatever is shown.
  bool Closed() const { return suspended || cannot != 0; }

 private:
  friend class Tables;
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  Range roles_, items_, conditions_;
};

struct ItemCell {
  NameId item;
  Granularity granularity;
};

struct ConditionRow {
  ConditionKind kind;
  bool by_source;
  bool has_number;
  // what fails if it is not shown
  Layer layer;
  int64_t number;
};

// A prohibition of an agreement, by its place in Agreement::prohibitions.
struct NeverRow {
  uint32_t agreement;
  uint32_t never;
  uint32_t purposes;  // as in FlowRow; 0: any
};

class Tables {
 public:
  // `agreements`, their flows and their prohibitions are ordered by id.
  Tables(const std::vector<Agreement>& agreements, const Catalogue& catalogue);

  // kNoName for a name that no agreement uses.
  NameId Find(absl::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? kNoName : found->second;
  }
  // For each name here its number there, or kNoName.
  std::vector<NameId> NumbersIn(const Tables& there) const;
  // Place of the agreement of that id, or kNoName.
  uint32_t FindAgreement(absl::string_view id) const;

  // All flows, by agreement and id.
  absl::Span<const FlowRow> flows() const { return flows_; }
  absl::Span<const NameId> Roles(const FlowRow& flow) const {
    return Slice(roles_, flow.roles_);
  }
  absl::Span<const ItemCell> Items(const FlowRow& flow) const {
    return Slice(items_, flow.items_);
  }
  absl::Span<const ConditionRow> Conditions(const FlowRow& flow) const {
    return Slice(conditions_, flow.conditions_);
  }
  bool AllowsRole(const FlowRow& flow, NameId role) const;
  std::optional<Granularity> GrainOf(const FlowRow& flow, NameId item) const;

  // Rows of flows() of exactly this pair, purpose and mode.
  absl::Span<const uint32_t> Candidates(NameId from, NameId to, Purpose purpose,
                                        Mode mode) const;
  // Rows of the pair; of the receiver or the sender for a purpose.
  absl::Span<const uint32_t> OfPair(NameId from, NameId to) const;
  absl::Span<const uint32_t> OfReceiver(NameId to, Purpose purpose) const;
  absl::Span<const uint32_t> OfSender(NameId from, Purpose purpose) const;

  // Place of the agreement's first prohibition of this item to this receiver
  // for this purpose, or kNoName. An item is covered by its name, or by its
  // category: as the agreement's flows name it, else as the catalogue does.
  uint32_t FindNever(uint32_t agreement, NameId to, Purpose purpose,
                     NameId item) const;
  // The same over all agreements (or only one) of which both are parties.
  std::optional<NeverRow> FindNeverOfPair(NameId from, NameId to,
                                          Purpose purpose, NameId item,
                                          uint32_t only_agreement) const;
  bool HasParty(uint32_t agreement, NameId party) const;

 private:
  using Range = FlowRow::Range;
  using Rows = std::vector<uint32_t>;
  using Key = std::pair<uint64_t, uint32_t>;

  template <class T>
  static absl::Span<const T> Slice(const std::vector<T>& all, Range range) {
    return absl::MakeConstSpan(all).subspan(range.begin,
                                            range.end - range.begin);
  }
  NameId Intern(absl::string_view name);
  void AddFlow(const Agreement& agreement, uint32_t a, uint32_t f);
  void AddNevers(const Agreement& agreement, uint32_t a,
                 const Catalogue& catalogue);

  absl::flat_hash_map<std::string, NameId> names_;
  absl::flat_hash_map<std::string, uint32_t> agreements_;
  std::vector<FlowRow> flows_;
  std::vector<NameId> roles_;
  std::vector<ItemCell> items_;
  std::vector<ConditionRow> conditions_;
  std::vector<std::vector<NameId>> parties_;  // of each agreement, sorted
  absl::flat_hash_map<Key, Rows> cells_;
  absl::flat_hash_map<uint64_t, Rows> pairs_;
  absl::flat_hash_map<Key, Rows> receivers_;
  absl::flat_hash_map<Key, Rows> senders_;
  // by receiver and item (kNoName: every item), in the order of agreements
  absl::flat_hash_map<uint64_t, std::vector<NeverRow>> nevers_;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_TABLES_H_
