// SPDX-License-Identifier: Apache-2.0
// From numbers to prepared sentences.

#include "policy/words.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "policy/conditions.h"

namespace kinstile::policy {
namespace {

bool HasKind(uint64_t mask, ConditionKind kind) {
  return mask >> static_cast<unsigned>(kind) & 1;
}

// Sentence after sentence, "; " in between.
void Add(absl::string_view sentence, Pieces* out) {
  if (!out->empty()) out->push_back("; ");
  out->push_back(sentence);
}

template <class... Parts>
void Append(Pieces* out, const Parts&... parts) {
  (out->push_back(parts), ...);
}

void AppendLimits(const Phrasebook::FlowPhrases& phrases, const Flow& flow,
                  const FlowRuling& tried, Pieces* out) {
  if (tried.over_people) Add(phrases.over_people, out);
  if (tried.over_day) Add(phrases.over_day, out);
  for (size_t i = 0; i < flow.obligations.size(); ++i) {
    const auto kind = static_cast<unsigned>(flow.obligations[i].kind);
    if (tried.cannot >> kind & 1) Add(phrases.cannot[i], out);
  }
}

// The whole truth, for the record only.
void RecordReason(const ActiveSet& set, const FlowRuling& tried, Pieces* out) {
  const Flow& flow = set.FlowOf(*tried.row);
  const auto& phrases = set.phrases().Of(*tried.row);
  for (size_t i = 0; i < flow.conditions.size(); ++i) {
    if (HasKind(tried.not_met, flow.conditions[i].kind)) {
      Add(phrases.conditions[i].not_met, out);
    }
  }
  for (size_t i = 0; i < flow.conditions.size(); ++i) {
    if (HasKind(tried.not_known, flow.conditions[i].kind)) {
      Add(phrases.conditions[i].not_known, out);
    }
  }
  AppendLimits(phrases, flow, tried, out);
}

// For the asker: the same text whether a fact is false or not known, and no
// word on which personal fact or on anything that the source decides.
void AskerReason(const ActiveSet& set, const FlowRuling& tried, Pieces* out) {
  const Flow& flow = set.FlowOf(*tried.row);
  const auto& phrases = set.phrases().Of(*tried.row);
  bool personal = false;
  for (size_t i = 0; i < flow.conditions.size(); ++i) {
    if (!HasKind(tried.not_met | tried.not_known, flow.conditions[i].kind)) {
      continue;
    }
    const std::string& words = phrases.conditions[i].not_shown;
    if (words.empty()) {
      personal = true;
    } else {
      Add(words, out);
    }
  }
  if (personal) Add(phrases.personal, out);
  AppendLimits(phrases, flow, tried, out);
}

// The most fundamental layer that failed.
Layer FailedLayer(const ActiveSet& set, const FlowRuling& tried) {
  Layer layer = tried.over_people || tried.over_day || tried.cannot != 0
                    ? Layer::kAgreement
                    : Layer::kCondition;
  for (const ConditionRow& each : set.tables().Conditions(*tried.row)) {
    if (HasKind(tried.not_met | tried.not_known, each.kind)) {
      layer = std::min(layer, each.layer);
    }
  }
  return layer;
}

Layer MissLayer(const ActiveSet& set, const Ruling& miss) {
  switch (miss.fit) {
    case Fit::kForbidden:
      return set.agreements()[miss.agreement].prohibitions[miss.never].layer;
    case Fit::kNoPair:
    case Fit::kNoPurpose:
    case Fit::kNoNation:
      return Layer::kPower;
    default:
      return Layer::kAgreement;
  }
}

void FromTo(const Ask& ask, Pieces* out) {
  Append(out, " from ", ask.from, " to ", ask.to);
}

void MissWords(const ActiveSet& set, const Ask& ask, const Ruling& miss,
               Pieces* out) {
  const Flow* flow = miss.nearest ? &set.FlowOf(*miss.nearest) : nullptr;
  const Agreement* agreement =
      miss.agreement == kNoName ? nullptr : &set.agreements()[miss.agreement];
  switch (miss.fit) {
    case Fit::kFits:
      return;
    case Fit::kNobodyOrNothing:
      return Append(out, "the ask names no people or no items");
    case Fit::kSeveralAgreements:
      return Append(out, "several agreements could apply: name one");
    case Fit::kUnknownAgreement:
      return Append(out, "no such agreement is in force");
    case Fit::kUnknownRule:
      Append(out, "no such rule");
      return FromTo(ask, out);
    case Fit::kNoPair:
      Append(out, "no rule allows anything");
      FromTo(ask, out);
      Append(out, ": no signed agreement cites a legal gateway for it");
      if (flow == nullptr) return;
      return Append(out, "; the nearest is rule ", flow->id, " from ",
                    flow->from, " to ", flow->to, " for ", Name(ask.purpose));
    case Fit::kForbidden:
      Append(out, set.phrases().Of(miss.agreement).nevers[miss.never],
             "; and no rule allows purpose ", Name(ask.purpose));
      return FromTo(ask, out);
    case Fit::kNoPurpose:
      Append(out, "no rule allows purpose ", Name(ask.purpose));
      FromTo(ask, out);
      return Append(out, "; the nearest is rule ", flow->id, " for ",
                    Name(flow->purposes[0]));
    case Fit::kNoMode:
      Append(out, "no rule allows mode ", Name(ask.mode), " for purpose ",
             Name(ask.purpose));
      FromTo(ask, out);
      return Append(out, "; the nearest is rule ", flow->id, " in mode ",
                    Name(flow->mode));
    case Fit::kNoRole:
      Append(out, "rule ", flow->id, " is for role ");
      for (size_t i = 0; i < flow->roles.size(); ++i) {
        if (i > 0) out->push_back(" or ");
        out->push_back(flow->roles[i]);
      }
      return Append(out, ", not for the role given");
    case Fit::kNoNation:
      if (!ask.nation) {
        return Append(out, "not known: nation; agreement ", agreement->id,
                      " does not extend to every one that it could be");
      }
      return Append(out, "agreement ", agreement->id, " does not extend to ",
                    Name(*ask.nation));
    case Fit::kNotYet:
      return Append(out,
                    absl::string_view(set.phrases().Of(miss.agreement).starts));
    case Fit::kSuspended:
      return Append(out, "rule ", flow->id, " is suspended by ",
                    flow->suspended_by);
    case Fit::kEnded:
      return Append(out,
                    absl::string_view(set.phrases().Of(miss.agreement).ended));
  }
}

}  // namespace

std::string Joined(const Pieces& pieces) { return absl::StrJoin(pieces, ""); }

void TellMiss(const ActiveSet& set, const Ask& ask, const Ruling& miss,
              Told* told) {
  if (miss.nearest != nullptr && miss.fit != Fit::kNoPair) {
    told->rule = set.FlowOf(*miss.nearest).id;
  }
  if (miss.fit == Fit::kForbidden) {
    told->rule = set.agreements()[miss.agreement].prohibitions[miss.never].id;
  }
  told->layer = MissLayer(set, miss);
  MissWords(set, ask, miss, &told->for_record);
  told->for_asker = told->for_record;
}

void Tell(const ActiveSet& set, const Ask& ask, const Ruling& ruling,
          const ItemRuling& item, Told* told) {
  const Agreement& agreement = set.agreements()[ruling.agreement];
  switch (item.why) {
    case ItemRuling::Why::kGranted: {
      const FlowRow& row = *ruling.flows[item.flow].row;
      told->rule = set.FlowOf(row).id;
      told->for_record.push_back(set.phrases().Of(row).basis);
      break;
    }
    case ItemRuling::Why::kForbidden: {
      const Prohibition& never = agreement.prohibitions[item.never];
      told->rule = never.id;
      told->layer = never.layer;
      told->for_record.push_back(
          set.phrases().Of(ruling.agreement).nevers[item.never]);
      told->for_asker = told->for_record;
      return;
    }
    case ItemRuling::Why::kNotShown: {
      const FlowRuling& tried = ruling.flows[item.flow];
      told->rule = set.FlowOf(*tried.row).id;
      told->layer = FailedLayer(set, tried);
      RecordReason(set, tried, &told->for_record);
      AskerReason(set, tried, &told->for_asker);
      return;
    }
    case ItemRuling::Why::kTooCoarse: {
      const Flow& flow = set.FlowOf(*ruling.flows[item.flow].row);
      told->rule = flow.id;
      told->layer = Layer::kDataProtection;
      Append(&told->for_record, "rule ", flow.id, " gives it as ",
             Name(item.granularity), " only, not as ",
             Name(ask.GrainOf(item.asked)));
      break;
    }
    case ItemRuling::Why::kNotCovered:
      Append(&told->for_record, "item not in any rule of agreement ",
             agreement.id);
      FromTo(ask, &told->for_record);
      Append(&told->for_record, " for ", Name(ask.purpose));
      break;
  }
  told->for_asker = told->for_record;
}

void ListMissing(const ActiveSet& set, const FlowRuling& tried,
                 std::vector<ConditionKind>* all,
                 std::vector<ConditionKind>* for_asker) {
  const Flow& flow = set.FlowOf(*tried.row);
  const auto& phrases = set.phrases().Of(*tried.row);
  for (size_t i = 0; i < flow.conditions.size(); ++i) {
    const ConditionKind kind = flow.conditions[i].kind;
    if (!HasKind(tried.not_met | tried.not_known, kind)) continue;
    all->push_back(kind);
    if (!phrases.conditions[i].not_shown.empty()) for_asker->push_back(kind);
  }
}

}  // namespace kinstile::policy
