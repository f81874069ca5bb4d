// SPDX-License-Identifier: Apache-2.0
// OCSF events for a security team's own tools.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/cli/audit/export.h"

namespace kinstile::cli {
namespace {

constexpr int kApplicationActivity = 6;
constexpr int kApiActivity = 6003;

// Create 1, Read 2, Update 3, Delete 4, Other 99.
int ActivityOf(audit::EntryType type) {
  switch (type) {
    case audit::EntryType::kIntent:
    case audit::EntryType::kRelease:
    case audit::EntryType::kDeny:
    case audit::EntryType::kAbort:
    case audit::EntryType::kAsked:
    case audit::EntryType::kSearch:
      return 2;
    case audit::EntryType::kEnrolment:
      return 3;
    default:
      return 99;
  }
}

constexpr const char* ActivityName(int id) {
  return id == 2 ? "Read" : id == 3 ? "Update" : "Other";
}

bool Answered(const audit::Record& r) {
  for (const audit::Leg& leg : r.legs)
    if (leg.status == audit::LegStatus::kAnswered) return true;
  return r.legs.empty() && !r.refusal;
}

}  // namespace

Json ToOcsf(const Found& found, absl::string_view audience) {
  const audit::Record& r = found.record;
  const int activity = ActivityOf(r.type);
  const bool pending = r.type == audit::EntryType::kIntent;
  const bool success = Answered(r);
  Json resources = Json::array();
  for (const Handle& h : r.subjects)
    resources.push_back({{"type", "person"},
                         {"uid", absl::BytesToHexString(h.view())},
                         {"owner", {{"name", std::string(audience)}}}});
  Json legs = Json::array();
  for (const audit::Leg& leg : r.legs) {
    Json released = Json::array();
    for (const audit::ReleasedItem& i : leg.released)
      released.push_back(i.item);
    legs.push_back({{"agency", leg.agency.str()},
                    {"status", std::string(audit::LegStatusName(leg.status))},
                    {"basis", leg.basis},
                    {"items_asked", leg.items_asked},
                    {"items_released", released}});
  }
  // What the trail does not say is left out.
  Json user = {
      {"type", "User"}, {"type_id", 1}, {"org", {{"name", r.requester.str()}}}};
  if (!r.practitioner.empty()) user["uid"] = r.practitioner;
  Json api = {{"operation", std::string(audit::EntryTypeName(r.type))},
              {"service", {{"name", "kinstile.v1.ShareService"}}}};
  if (r.request_id != RequestId{})
    api["request"] = {{"uid", absl::BytesToHexString(r.request_id.view())}};
  Json out = {
      {"activity_id", activity},
      {"activity_name", ActivityName(activity)},
      {"category_uid", kApplicationActivity},
      {"category_name", "Application Activity"},
      {"class_uid", kApiActivity},
      {"class_name", "API Activity"},
      {"type_uid", kApiActivity * 100 + activity},
      {"type_name", absl::StrCat("API Activity: ", ActivityName(activity))},
      {"severity_id", 1},
      {"severity", "Informational"},
      {"time", r.time_ms},
      {"status_id", pending   ? 0
                    : success ? 1
                              : 2},
      {"status", pending   ? "Unknown"
                 : success ? "Success"
                           : "Failure"},
      {"metadata",
       {{"version", "1.1.0"},
        {"product", {{"name", "Kinstile"}, {"vendor_name", "Kinstile"}}},
        {"uid", absl::StrCat(found.index)},
        {"log_name", "audit"}}},
      {"actor", {{"user", user}}},
      {"api", api},
      // Required by the class; addresses are not in the trail.
      {"src_endpoint", {{"name", r.requester.str()}}},
      {"resources", resources},
      {"unmapped",
       {{"role", r.role},
        {"purpose", r.purpose},
        {"reason", r.reason},
        {"agreement", r.agreement.str()},
        {"legs", legs}}}};
  if (r.refusal)
    out["status_detail"] =
        absl::StrCat(r.refusal->layer, ": ", r.refusal->reason);
  return out;
}

}  // namespace kinstile::cli
