// SPDX-License-Identifier: Apache-2.0
// AuditEvents in the shape of IHE BALP's privacy disclosure patterns.
#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "adapters/cli/audit/export.h"

namespace kinstile::cli {
namespace {

constexpr char kDicom[] = "http://dicom.nema.org/resources/ontology/DCM";
constexpr char kLifecycle[] =
    "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";
constexpr char kProfile[] =
    "https://profiles.ihe.net/ITI/BALP/StructureDefinition/"
    "IHE.BasicAudit.PrivacyDisclosure.";
constexpr char kEntityType[] =
    "http://terminology.hl7.org/CodeSystem/audit-entity-type";
constexpr char kObjectRole[] =
    "http://terminology.hl7.org/CodeSystem/object-role";
constexpr char kParticipation[] =
    "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

Json Coding(absl::string_view system, absl::string_view code,
            absl::string_view display) {
  return {{"system", std::string(system)},
          {"code", std::string(code)},
          {"display", std::string(display)}};
}

Json Concept(const Json& coding) { return {{"coding", Json::array({coding})}}; }

// An agency, or a member of its staff by the agency's own staff id.
Json AgencyRef(const std::string& agency) {
  return {
      {"type", "Organization"},
      {"identifier", {{"system", "urn:kinstile:agency"}, {"value", agency}}},
      {"display", agency}};
}

Json Network(const std::string& agency) {
  return {{"address", "urn:kinstile:agency:" + agency}, {"type", "5"}};
}

Json Agent(const Json& type, const std::string& agency) {
  return {{"type", Concept(type)},
          {"who", AgencyRef(agency)},
          {"requestor", false},
          {"network", Network(agency)}};
}

Json Person(const audit::Record& r) {
  Json agent = {{"type", Concept(Coding(kParticipation, "IRCP",
                                        "information recipient"))},
                {"who",
                 {{"type", "Practitioner"},
                  {"identifier",
                   {{"system", "urn:kinstile:staff:" + r.requester.str()},
                    {"value", r.practitioner}}}}},
                {"requestor", true}};
  if (!r.role.empty()) agent["role"] = Json::array({{{"text", r.role}}});
  Json policy = Json::array();
  if (!r.agreement.empty())
    policy.push_back("urn:kinstile:agreement:" + r.agreement.str());
  if (!policy.empty()) agent["policy"] = policy;
  return agent;
}

Json Subject(const Handle& handle, absl::string_view audience) {
  return {{"what",
           {{"type", "Patient"},
            {"identifier",
             {{"system", absl::StrCat("urn:kinstile:handle:", audience)},
              {"value", absl::BytesToHexString(handle.view())}}}}},
          {"type", Coding(kEntityType, "1", "Person")},
          {"role", Coding(kObjectRole, "1", "Patient")}};
}

// The request, with what was asked and passed on; no value of any item.
Json Request(const audit::Record& r, const audit::Leg* leg, uint64_t index) {
  Json detail = Json::array();
  auto add = [&detail](const char* type, const std::string& value) {
    if (!value.empty())
      detail.push_back({{"type", type}, {"valueString", value}});
  };
  add("entry", absl::StrCat(index));
  add("entry type", std::string(audit::EntryTypeName(r.type)));
  add("reason", r.reason);
  if (leg != nullptr) {
    add("status", std::string(audit::LegStatusName(leg->status)));
    add("basis", absl::StrJoin(leg->basis, "; "));
    for (const FlowId& f : leg->flows) add("flow", f.str());
    for (const std::string& i : leg->items_asked) add("item asked", i);
    for (const audit::ReleasedItem& i : leg->released)
      add("item released", absl::StrCat(i.item, " (", i.granularity, ")"));
    for (const audit::WithheldItem& w : leg->withheld)
      add("item withheld", absl::StrCat(w.item, ": ", w.reason));
  }
  for (const audit::Count& c : r.counts)
    add(c.what.c_str(), absl::StrCat(c.number));
  for (const audit::Criterion& c : r.criteria)
    add(("search by " + c.field).c_str(), c.value);
  // What is no request (an enrolment, a consent) is known by its number.
  const bool request = r.request_id != RequestId{};
  return {
      {"what",
       {{"identifier",
         {{"system", request ? "urn:kinstile:request" : "urn:kinstile:entry"},
          {"value", request ? absl::BytesToHexString(r.request_id.view())
                            : absl::StrCat(index)}}}}},
      {"type", Coding(kEntityType, "2", "System Object")},
      {"role", Coding(kObjectRole, "24", "Query")},
      {"detail", detail}};
}

Json Base(const Found& found, absl::string_view audience) {
  const audit::Record& r = found.record;
  Json event = {{"resourceType", "AuditEvent"}};
  event["recorded"] =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(r.time_ms),
                       absl::UTCTimeZone());
  if (!r.purpose.empty())
    event["purposeOfEvent"] = Json::array({{{"text", r.purpose}}});
  event["source"] = {
      {"observer", AgencyRef(std::string(audience))},
      {"type", Json::array({Coding(
                   "http://terminology.hl7.org/CodeSystem/security-source-type",
                   "4", "Application Server")})}};
  return event;
}

// BALP: exactly one patient in an event, so one event a subject.
Json Disclosure(const Found& found, const audit::Leg& leg,
                const Handle& subject, absl::string_view audience) {
  const audit::Record& r = found.record;
  const bool source = r.type == audit::EntryType::kAsked;
  Json event = Base(found, audience);
  event["meta"] = {
      {"profile",
       Json::array({absl::StrCat(kProfile, source ? "Source" : "Recipient")})}};
  event["type"] = source ? Coding(kDicom, "110106", "Export")
                         : Coding(kDicom, "110107", "Import");
  event["subtype"] = Json::array(
      {Coding(kLifecycle, "disclose", "Disclose Record Lifecycle Event")});
  event["action"] = source ? "R" : "C";
  event["outcome"] = "0";
  event["agent"] = Json::array(
      {Agent(Coding(kDicom, "110153", "Source Role ID"), leg.agency.str()),
       Agent(Coding(kDicom, "110152", "Destination Role ID"),
             r.requester.str()),
       Person(r)});
  event["entity"] =
      Json::array({Subject(subject, audience), Request(r, &leg, found.index)});
  return event;
}

Json Plain(const Found& found, const audit::Leg* leg,
           const std::vector<Handle>& subjects, absl::string_view audience) {
  const audit::Record& r = found.record;
  Json event = Base(found, audience);
  event["type"] =
      Coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest",
             "RESTful Operation");
  event["action"] = "E";
  // 4: "minor failure": it was asked, and nothing came of it.
  event["outcome"] = leg != nullptr || r.refusal ? "4" : "0";
  event["outcomeDesc"] =
      r.refusal ? r.refusal->layer + ": " + r.refusal->reason
                : std::string(leg != nullptr ? audit::LegStatusName(leg->status)
                                             : audit::EntryTypeName(r.type));
  Json agents = Json::array();
  if (!r.practitioner.empty()) agents.push_back(Person(r));
  agents.push_back(Agent(Coding(kDicom, "110152", "Destination Role ID"),
                         r.requester.str()));
  event["agent"] = agents;
  Json entities = Json::array();
  for (const Handle& h : subjects) entities.push_back(Subject(h, audience));
  entities.push_back(Request(r, leg, found.index));
  event["entity"] = entities;
  return event;
}

// What of the leg was about the subject at `place`; nothing if none of it was.
std::optional<audit::Leg> LegAbout(const audit::Leg& leg, uint8_t place) {
  const auto has = [place](const std::vector<uint8_t>& who) {
    return std::find(who.begin(), who.end(), place) != who.end();
  };
  if (leg.status != audit::LegStatus::kAnswered) return std::nullopt;
  audit::Leg out = leg;
  std::erase_if(out.released,
                [&has](const audit::ReleasedItem& i) { return !has(i.who); });
  if (out.released.empty() && !has(leg.confirmed)) return std::nullopt;
  return out;
}

}  // namespace

std::vector<Json> ToFhir(const Found& found, absl::string_view audience) {
  const audit::Record& r = found.record;
  std::vector<Json> out;
  if (r.legs.empty() || r.type == audit::EntryType::kIntent)
    return {Plain(found, nullptr, r.subjects, audience)};
  for (const audit::Leg& leg : r.legs) {
    std::vector<Handle> others;
    for (size_t i = 0; i < r.subjects.size(); ++i) {
      if (const auto theirs = LegAbout(leg, static_cast<uint8_t>(i)))
        out.push_back(Disclosure(found, *theirs, r.subjects[i], audience));
      else
        others.push_back(r.subjects[i]);
    }
    if (others.empty() && !r.subjects.empty()) continue;
    // Somebody else was answered about: not these.
    audit::Leg nothing = leg;
    nothing.released.clear();
    nothing.confirmed.clear();
    if (others.size() < r.subjects.size())
      nothing.status = audit::LegStatus::kNoMatch;
    out.push_back(Plain(found, &nothing, others, audience));
  }
  return out;
}

}  // namespace kinstile::cli
