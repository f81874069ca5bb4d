// SPDX-License-Identifier: Apache-2.0
// The record's canonical bytes, and the limits that keep it a record.
#include "gateway/audit/record.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/secret.h"

namespace kinstile::audit {
namespace {

// v1 had numbers of people where v2 has places in the subjects.
constexpr absl::string_view kRecordLabel = "kinstile/v2/audit-record";

struct TypeName {
  EntryType type;
  absl::string_view name;
};
constexpr TypeName kTypeNames[] = {
    {EntryType::kGenesis, "GENESIS"},
    {EntryType::kKeyManifest, "KEYMANIFEST"},
    {EntryType::kKeyFrame, "KEYFRAME"},
    {EntryType::kIntent, "INTENT"},
    {EntryType::kRelease, "RELEASE"},
    {EntryType::kDeny, "DENY"},
    {EntryType::kAbort, "ABORT"},
    {EntryType::kSearch, "SEARCH"},
    {EntryType::kShred, "SHRED"},
    {EntryType::kEpochSeal, "EPOCH_SEAL"},
    {EntryType::kContinues, "CONTINUES"},
    {EntryType::kClose, "CLOSE"},
    {EntryType::kKeyEvaluation, "KEY_EVALUATION"},
    {EntryType::kEnrolment, "ENROLMENT"},
    {EntryType::kAsked, "ASKED"},
    {EntryType::kConsent, "CONSENT"},
    {EntryType::kSuspension, "SUSPENSION"},
    {EntryType::kReview, "REVIEW"},
};

// Writes fields and remembers the first one that is over a limit.
class Writer {
 public:
  void Text(absl::string_view field, absl::string_view v) {
    Long(field, v, Record::kMaxText);
  }
  void Long(absl::string_view field, absl::string_view v, size_t most) {
    if (v.size() > most) TooLong(field);
    e_.Bytes(v);
  }
  void Texts(absl::string_view field, const std::vector<std::string>& v) {
    Count(field, v.size());
    for (const std::string& s : v) Text(field, s);
  }
  void Count(absl::string_view field, size_t n) {
    if (n > Record::kMaxList) TooLong(field);
    e_.Count(n);
  }
  void Places(absl::string_view field, const std::vector<uint8_t>& v) {
    e_.Bytes({reinterpret_cast<const char*>(v.data()), v.size()});
    if (!std::is_sorted(v.begin(), v.end(), std::less_equal<>()))
      status_.Update(absl::InvalidArgumentError(
          absl::StrCat("audit record: ", field, ": places are not ascending")));
  }
  Encoder& raw() { return e_; }
  absl::StatusOr<std::string> Take() && {
    if (!status_.ok()) return status_;
    return std::move(e_).Take();
  }

 private:
  void TooLong(absl::string_view field) {
    status_.Update(absl::InvalidArgumentError(
        absl::StrCat("audit record: ", field, ": too long")));
  }
  Encoder e_{kRecordLabel};
  absl::Status status_;
};

// Reads fields and remembers the first one that is not well formed.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : d_(bytes, kRecordLabel) {}

  std::string Text(absl::string_view field) {
    return Long(field, Record::kMaxText);
  }
  std::string Long(absl::string_view field, size_t most) {
    std::string v = d_.Bytes();
    if (v.size() > most) Bad(field);
    return v;
  }
  std::vector<std::string> Texts(absl::string_view field) {
    std::vector<std::string> v(Count(field, 4));
    for (std::string& s : v) s = Text(field);
    return v;
  }
  size_t Count(absl::string_view field, size_t min_size) {
    size_t n = d_.Count(min_size);
    if (n > Record::kMaxList) {
      Bad(field);
      n = 0;
    }
    return n;
  }
  // Name<Tag>, where empty means none.
  template <class Id>
  Id NameOrNone(absl::string_view field) {
    std::string text = d_.Bytes();
    if (text.empty()) return Id();
    absl::StatusOr<Id> id = Id::Create(text);
    if (!id.ok()) Bad(field);
    return id.ok() ? *std::move(id) : Id();
  }
  template <class Fixed>
  Fixed Bytes(absl::string_view field) {
    absl::StatusOr<Fixed> v = Fixed::FromBytes(d_.Bytes());
    if (!v.ok()) Bad(field);
    return v.ok() ? *v : Fixed();
  }
  std::vector<uint8_t> Places(absl::string_view field) {
    const std::string v = d_.Bytes();
    std::vector<uint8_t> places(v.begin(), v.end());
    if (!std::is_sorted(places.begin(), places.end(), std::less_equal<>()))
      Bad(field);
    if (!places.empty())
      last_place_ = std::max<int>(last_place_, places.back());
    return places;
  }
  int last_place() const { return last_place_; }
  void Bad(absl::string_view field) {
    status_.Update(absl::InvalidArgumentError(
        absl::StrCat("audit record: ", field, ": malformed")));
  }
  Decoder& raw() { return d_; }
  absl::Status Finish() {
    status_.Update(d_.Finish());
    return status_;
  }

 private:
  Decoder d_;
  absl::Status status_;
  int last_place_ = -1;
};

void Put(Writer& w, absl::string_view field, const WithheldItem& v) {
  w.Text(field, v.item);
  w.Text(field, v.rule);
  w.Text(field, v.layer);
  w.Text(field, v.reason);
}

WithheldItem GetWithheld(Reader& r, absl::string_view field) {
  WithheldItem v;
  v.item = r.Text(field);
  v.rule = r.Text(field);
  v.layer = r.Text(field);
  v.reason = r.Text(field);
  return v;
}

void Put(Writer& w, const Leg& leg) {
  w.Text("leg agency", leg.agency.str());
  w.Count("leg flows", leg.flows.size());
  for (const FlowId& f : leg.flows) w.Text("leg flows", f.str());
  w.Texts("leg basis", leg.basis);
  w.raw().U8(static_cast<uint8_t>(leg.status));
  w.Texts("items asked", leg.items_asked);
  w.Count("released", leg.released.size());
  for (const ReleasedItem& v : leg.released) {
    w.Text("released", v.item);
    w.Text("released", v.granularity);
    w.Places("released", v.who);
  }
  w.Count("withheld", leg.withheld.size());
  for (const WithheldItem& v : leg.withheld) Put(w, "withheld", v);
  w.Texts("obligations", leg.obligations);
  w.Places("confirmed", leg.confirmed);
  w.Long("decision", leg.decision, Leg::kMaxDecision);
}

Leg GetLeg(Reader& r) {
  Leg leg;
  leg.agency = r.NameOrNone<AgencyId>("leg agency");
  leg.flows.resize(r.Count("leg flows", 4));
  for (FlowId& f : leg.flows) f = r.NameOrNone<FlowId>("leg flows");
  leg.basis = r.Texts("leg basis");
  uint8_t status = r.raw().U8();
  if (status < 1 || status > static_cast<uint8_t>(LegStatus::kPending))
    r.Bad("leg status");
  leg.status = static_cast<LegStatus>(status);
  leg.items_asked = r.Texts("items asked");
  leg.released.resize(r.Count("released", 12));
  for (ReleasedItem& v : leg.released) {
    v.item = r.Text("released");
    v.granularity = r.Text("released");
    v.who = r.Places("released");
  }
  leg.withheld.resize(r.Count("withheld", 16));
  for (WithheldItem& v : leg.withheld) v = GetWithheld(r, "withheld");
  leg.obligations = r.Texts("obligations");
  leg.confirmed = r.Places("confirmed");
  leg.decision = r.Long("decision", Leg::kMaxDecision);
  return leg;
}

void Put(Writer& w, const Refusal& v) {
  w.Text("refusal flow", v.flow.str());
  w.Text("refusal layer", v.layer);
  w.Text("refusal missing", v.missing);
  w.Text("refusal reason", v.reason);
}

Refusal GetRefusal(Reader& r) {
  Refusal v;
  v.flow = r.NameOrNone<FlowId>("refusal flow");
  v.layer = r.Text("refusal layer");
  v.missing = r.Text("refusal missing");
  v.reason = r.Text("refusal reason");
  return v;
}

void Put(Writer& w, const HolderTruth& v) {
  w.Count("shielded", v.shielded.size());
  for (const WithheldItem& s : v.shielded) Put(w, "shielded", s);
  w.raw().U32(v.candidates);
  w.Texts("keys agreed", v.keys_agreed);
  w.Text("late refusal", v.late_refusal);
}

HolderTruth GetHolder(Reader& r) {
  HolderTruth v;
  v.shielded.resize(r.Count("shielded", 16));
  for (WithheldItem& s : v.shielded) s = GetWithheld(r, "shielded");
  v.candidates = r.raw().U32();
  v.keys_agreed = r.Texts("keys agreed");
  v.late_refusal = r.Text("late refusal");
  return v;
}

void PutRequest(Writer& w, const Record& v) {
  w.raw().U8(static_cast<uint8_t>(v.type)).I64(v.time_ms);
  w.Text("requester", v.requester.str());
  w.Text("practitioner", v.practitioner);
  w.Text("role", v.role);
  w.Text("reason", v.reason);
  w.Text("purpose", v.purpose);
  w.Text("mode", v.mode);
  w.Text("agreement", v.agreement.str());
  w.raw()
      .U32(v.agreement_version)
      .Bytes(v.agreement_digest.view())
      .Bytes(v.policy_set_digest.view())
      .Bytes(v.law_digest.view())
      .Bytes(v.manifest_digest.view())
      .Bytes(v.request_id.view())
      .Bytes(v.request_digest.view());
}

void GetRequest(Reader& r, Record& v) {
  absl::StatusOr<EntryType> type = ParseEntryType(r.raw().U8());
  if (type.ok()) v.type = *type;
  if (!type.ok()) r.Bad("type");
  v.time_ms = r.raw().I64();
  v.requester = r.NameOrNone<AgencyId>("requester");
  v.practitioner = r.Text("practitioner");
  v.role = r.Text("role");
  v.reason = r.Text("reason");
  v.purpose = r.Text("purpose");
  v.mode = r.Text("mode");
  v.agreement = r.NameOrNone<AgreementId>("agreement");
  v.agreement_version = r.raw().U32();
  v.agreement_digest = r.Bytes<Digest>("agreement digest");
  v.policy_set_digest = r.Bytes<Digest>("policy set digest");
  v.law_digest = r.Bytes<Digest>("law digest");
  v.manifest_digest = r.Bytes<Digest>("manifest digest");
  v.request_id = r.Bytes<RequestId>("request id");
  v.request_digest = r.Bytes<Digest>("request digest");
}

}  // namespace

absl::string_view EntryTypeName(EntryType type) {
  for (const TypeName& t : kTypeNames)
    if (t.type == type) return t.name;
  return "UNKNOWN";
}

absl::StatusOr<EntryType> ParseEntryType(uint8_t number) {
  for (const TypeName& t : kTypeNames)
    if (static_cast<uint8_t>(t.type) == number) return t.type;
  return absl::InvalidArgumentError("entry type: unknown");
}

absl::string_view LegStatusName(LegStatus status) {
  switch (status) {
    case LegStatus::kAnswered:
      return "ANSWERED";
    case LegStatus::kNoMatch:
      return "NO_MATCH";
    case LegStatus::kDenied:
      return "DENIED";
    case LegStatus::kUnreachable:
      return "UNREACHABLE";
    case LegStatus::kPending:
      return "PENDING";
  }
  return "UNKNOWN";
}

absl::StatusOr<std::string> EncodeRecord(const Record& v) {
  Writer w;
  PutRequest(w, v);
  w.Count("legs", v.legs.size());
  for (const Leg& leg : v.legs) Put(w, leg);
  w.Count("subjects", v.subjects.size());
  for (const Handle& h : v.subjects) w.raw().Bytes(h.view());
  w.Count("families", v.families.size());
  for (const FamilyHandle& h : v.families) w.raw().Bytes(h.view());
  w.raw().Bool(v.refusal.has_value());
  if (v.refusal) Put(w, *v.refusal);
  w.raw().Bool(v.holder.has_value());
  if (v.holder) Put(w, *v.holder);
  w.Count("counts", v.counts.size());
  for (const Count& c : v.counts) {
    w.Text("counts", c.what);
    w.raw().U64(c.number);
  }
  w.Count("criteria", v.criteria.size());
  for (const Criterion& c : v.criteria) {
    w.Text("criteria", c.field);
    w.Text("criteria", c.value);
  }
  return std::move(w).Take();
}

void WipeRecord(Record& v) {
  auto wipe = [](auto&... texts) { (crypto::Wipe(texts), ...); };
  auto wipe_all = [](std::vector<std::string>& texts) {
    for (std::string& s : texts) crypto::Wipe(s);
  };
  auto wipe_withheld = [&wipe](std::vector<WithheldItem>& items) {
    for (WithheldItem& w : items) wipe(w.item, w.rule, w.layer, w.reason);
  };
  auto wipe_bytes = [](auto& v) {
    crypto::Wipe(v.data(), v.size() * sizeof(v[0]));
  };
  wipe(v.practitioner, v.role, v.reason, v.purpose, v.mode);
  for (Leg& leg : v.legs) {
    wipe_all(leg.basis);
    wipe_all(leg.items_asked);
    wipe_all(leg.obligations);
    for (ReleasedItem& i : leg.released) {
      wipe(i.item, i.granularity);
      wipe_bytes(i.who);
    }
    wipe_withheld(leg.withheld);
    wipe_bytes(leg.confirmed);
    wipe(leg.decision);
  }
  wipe_bytes(v.subjects);
  wipe_bytes(v.families);
  if (v.refusal) wipe(v.refusal->layer, v.refusal->missing, v.refusal->reason);
  if (v.holder) {
    wipe_withheld(v.holder->shielded);
    wipe_all(v.holder->keys_agreed);
    wipe(v.holder->late_refusal);
  }
  for (Criterion& c : v.criteria) wipe(c.field, c.value);
}

absl::StatusOr<Record> DecodeRecord(absl::string_view bytes) {
  Reader r(bytes);
  Record v;
  GetRequest(r, v);
  v.legs.resize(r.Count("legs", 33));
  for (Leg& leg : v.legs) leg = GetLeg(r);
  v.subjects.resize(r.Count("subjects", 20));
  for (Handle& h : v.subjects) h = r.Bytes<Handle>("subjects");
  if (r.last_place() >= static_cast<int>(v.subjects.size())) r.Bad("released");
  v.families.resize(r.Count("families", 20));
  for (FamilyHandle& h : v.families) h = r.Bytes<FamilyHandle>("families");
  if (r.raw().Bool()) v.refusal = GetRefusal(r);
  if (r.raw().Bool()) v.holder = GetHolder(r);
  v.counts.resize(r.Count("counts", 12));
  for (Count& c : v.counts) {
    c.what = r.Text("counts");
    c.number = r.raw().U64();
  }
  v.criteria.resize(r.Count("criteria", 8));
  for (Criterion& c : v.criteria) {
    c.field = r.Text("criteria");
    c.value = r.Text("criteria");
  }
  KS_RETURN_IF_ERROR(r.Finish());
  return v;
}

}  // namespace kinstile::audit
