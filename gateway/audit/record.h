// SPDX-License-Identifier: Apache-2.0
// What happened, as an information-governance officer will read it.
#ifndef KINSTILE_GATEWAY_AUDIT_RECORD_H_
#define KINSTILE_GATEWAY_AUDIT_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"

namespace kinstile::audit {

// Numbers are part of the format and never reused.
enum class EntryType : uint8_t {
  kGenesis = 1,         // first entry of a log (public)
  kKeyManifest = 2,     // who can open from here on (public)
  kKeyFrame = 3,        // an epoch's sealed chain key (public)
  kIntent = 4,          // durable before any source is asked
  kRelease = 5,         // an answer about people, to the requester's audience
  kDeny = 6,            // a refusal, to the requester's audience
  kAbort = 7,           // an intent that came to nothing
  kSearch = 8,          // an officer searched the log
  kShred = 9,           // payloads were erased, by whose order (public)
  kEpochSeal = 10,      // an epoch ended (public)
  kContinues = 11,      // this log carries on another (public)
  kClose = 12,          // nothing follows (public)
  kKeyEvaluation = 13,  // match-keys evaluated, counts only
  kEnrolment = 14,      // records enrolled, withdrawn or shielded, counts only
  // An agency was asked. Every holder's entry has this type and one size
  // whatever happened, so that the leaf does not tell; the record does.
  kAsked = 15,
  kConsent = 16,     // a consent was recorded or withdrawn
  kSuspension = 17,  // flows were suspended or resumed
  kReview = 18,      // a reviewer decided a case, or took that back
};
// "RELEASE" and so on; "UNKNOWN" for no such type.
absl::string_view EntryTypeName(EntryType type);
absl::StatusOr<EntryType> ParseEntryType(uint8_t number);

enum class LegStatus : uint8_t {
  kAnswered = 1,
  kNoMatch = 2,
  kDenied = 3,  // only for a decision taken before matching
  kUnreachable = 4,
  kPending = 5,  // in an INTENT: not asked yet
};
absl::string_view LegStatusName(LegStatus status);

struct ReleasedItem {
  std::string item;
  std::string granularity;
  // For whom: places in the record's `subjects`, ascending.
  std::vector<uint8_t> who = {};
  friend bool operator==(const ReleasedItem&, const ReleasedItem&) = default;
};

struct WithheldItem {
  std::string item;
  std::string rule;   // the agreement's rule that decided
  std::string layer;  // power, data protection, confidence, bar
  std::string reason;
  friend bool operator==(const WithheldItem&, const WithheldItem&) = default;
};

// What became of the question to one source agency.
struct Leg {
  static constexpr size_t kMaxDecision = 64 * 1024;

  AgencyId agency;
  std::vector<FlowId> flows;  // that granted something
  // The legal gateways relied on: one text a flow, in the same order.
  std::vector<std::string> basis;
  LegStatus status = LegStatus::kNoMatch;
  std::vector<std::string> items_asked;
  std::vector<ReleasedItem> released;
  std::vector<WithheldItem> withheld;
  std::vector<std::string> obligations;
  // Of a match without items: who was said to be known there, likewise.
  std::vector<uint8_t> confirmed = {};
  // The decision, with all that went into it and the ICO's form
  // (gateway/share/decision_record.h); at most kMaxDecision bytes.
  std::string decision = {};
  friend bool operator==(const Leg&, const Leg&) = default;
};

struct Refusal {
  FlowId flow;
  std::string layer;
  std::string missing;
  std::string reason;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Only ever in the holder's own entry (EntryType::kAsked).
struct HolderTruth {
  std::vector<WithheldItem> shielded;  // withheld because of a shield
  uint32_t candidates = 0;             // records that shared some match-key
  // How the matching came out, a line for each member: the names of the keys
  // and comparisons that agreed; then the version of the weights.
  std::vector<std::string> keys_agreed;
  std::string late_refusal;  // said to the asker as NO_MATCH; why in truth
  friend bool operator==(const HolderTruth&, const HolderTruth&) = default;
};

struct Count {
  std::string what;
  uint64_t number = 0;
  friend bool operator==(const Count&, const Count&) = default;
};

// What an officer looked for (SEARCH): subject, practitioner, agency, purpose,
// agreement, outcome, from, to. A subject is a handle in hex.
struct Criterion {
  std::string field;
  std::string value;
  friend bool operator==(const Criterion&, const Criterion&) = default;
};

// Holds no item value and no name of anybody in a family: `practitioner` is a
// staff id, `subjects` and `families` are the reading agency's own handles (the
// requester's in a requester's entry, the holder's in a holder's). Every string
// is at most kMaxText bytes and every list at most kMaxList long; Encode and
// Decode give INVALID_ARGUMENT, naming the field, otherwise.
struct Record {
  static constexpr size_t kMaxText = 1000;
  static constexpr size_t kMaxList = 1000;

  EntryType type = EntryType::kIntent;
  int64_t time_ms = 0;
  AgencyId requester;
  std::string practitioner;
  std::string role;
  std::string reason;
  std::string purpose;
  std::string mode;
  AgreementId agreement;
  uint32_t agreement_version = 0;
  // What the decision was taken under; zero where there was no decision. The
  // set is that of all agreements in force, the law the catalogue of gateways.
  Digest agreement_digest;
  Digest policy_set_digest;
  Digest law_digest;
  Digest manifest_digest;
  RequestId request_id;
  Digest request_digest;
  std::vector<Leg> legs;
  std::vector<Handle> subjects;
  std::vector<FamilyHandle> families;
  std::optional<Refusal> refusal;
  std::optional<HolderTruth> holder;
  std::vector<Count> counts;  // key evaluations, enrolments, entries found
  std::vector<Criterion> criteria;  // SEARCH
  friend bool operator==(const Record&, const Record&) = default;
};

// Overwrites every text, handle and number of people in it.
void WipeRecord(Record& record);

// Canonical: Encode(Decode(x)) == x for every x that Decode accepts.
absl::StatusOr<std::string> EncodeRecord(const Record& record);
absl::StatusOr<Record> DecodeRecord(absl::string_view bytes);

}  // namespace kinstile::audit

#endif  // KINSTILE_GATEWAY_AUDIT_RECORD_H_
