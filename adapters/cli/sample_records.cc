// SPDX-License-Identifier: Apache-2.0
// Six agencies with their own columns, habits and mistakes.
#include "adapters/cli/sample_records.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace kinstile::cli {
namespace {

const std::vector<SampleAgency>& Agencies() {
  static const auto* const kAll = new std::vector<SampleAgency>{
      {"jcp",
       "C",
       75,
       true,
       true,
       true,
       true,
       0,
       {{"out_of_work_benefit", {"yes", "no", "no"}, 100},
        {"benefit_type", {"Universal Credit", "Carer's Allowance", "ESA"}, 60},
        {"claim_start_date", {}, 60},
        {"work_coach_contact", {}, 70}}},
      {"council",
       "LA",
       80,
       true,
       true,
       true,
       true,
       1,
       {{"key_worker_name", {}, 55},
        {"early_help_case_open", {"yes", "no", "no"}, 100},
        {"housing_tenure",
         {"council tenant", "private rent", "owner", "temporary"},
         90},
        {"council_tax_arrears_band", {"none", "1-2", "3-5"}, 80}}},
      {"health",
       "H",
       90,
       true,
       true,
       false,
       false,
       2,
       {{"health_visitor_contact", {}, 60},
        {"immunisations_up_to_date", {"yes", "yes", "yes", "no"}, 95},
        {"last_contact_date", {}, 85},
        {"gp_practice",
         {"Weaver Road Surgery", "Canal Side Practice", "Mill Lane Surgery"},
         95}}},
      {"school",
       "S",
       85,
       false,
       true,
       true,
       false,
       0,
       {{"attendance_percent", {}, 100},
        {"free_school_meals", {"yes", "no", "no"}, 100}}},
      {"housing",
       "T",
       40,
       true,
       true,
       true,
       false,
       0,
       {{"rent_arrears_band", {"none", "1-2", "3-5"}, 90},
        {"tenancy_type", {"assured", "secure", "introductory"}, 95}}},
      {"charity",
       "V",
       25,
       true,
       true,
       true,
       false,
       0,
       {{"support_offered",
         {"food parcel", "debt advice", "parenting group", "befriending"},
         90}}}};
  return *kAll;
}

constexpr const char* kWorkers[] = {"Asha Bell",   "Tom Reddy", "Ngozi Hart",
                                    "Piotr Evans", "Sal Quinn", "Mo Larkin"};

std::string ItemValue(const SampleItem& item, bool child,
                      SampleRandom& random) {
  const absl::string_view name = item.item;
  if (!random.Chance(item.filled)) return "";
  // A child claims nothing.
  if (child && (name == "out_of_work_benefit" || name == "benefit_type" ||
                name == "claim_start_date" || name == "work_coach_contact"))
    return name == "out_of_work_benefit" ? "no" : "";
  if (!item.words.empty()) return random.Pick(item.words);
  if (name == "attendance_percent")
    return absl::StrCat(random.Between(71, 100));
  if (name == "claim_start_date" || name == "last_contact_date") {
    // Some were last seen longer ago than any agreement looks back.
    const bool seen = name == "last_contact_date";
    const int year = random.Between(seen ? 23 : 22, seen ? 26 : 25);
    const int month = random.Between(1, year == 26 ? 9 : 12);
    return absl::StrFormat("20%02d-%02d-%02d", year, month,
                           random.Between(1, 28));
  }
  const std::string worker = random.Pick(kWorkers);
  if (name == "key_worker_name") return worker;
  return absl::StrFormat("%s, 01632 960%03d", worker, random.Below(1000));
}

std::string Date(const SampleAgency& agency, absl::CivilDay day, int percent,
                 SampleRandom& random) {
  if (random.Chance(percent)) {
    if (random.Chance(40)) return "";
    // Day and month exchanged, or a digit wrong.
    if (day.day() <= 12 && random.Chance(40))
      day = absl::CivilDay(day.year(), day.day(), day.month());
    else
      day = day + (random.Chance(50) ? 1 : 10);
  }
  const int y = static_cast<int>(day.year());
  return agency.uk_dates
             ? absl::StrFormat("%02d/%02d/%04d", day.day(), day.month(), y)
             : absl::StrFormat("%04d-%02d-%02d", y, day.month(), day.day());
}

// Forename as this agency heard it.
std::string Forename(const SamplePerson& p, int percent, SampleRandom& random) {
  if (!random.Chance(percent)) return p.forename;
  if (random.Chance(15) && absl::ascii_isalpha(p.forename[0]))
    return p.forename.substr(0, 1);
  return Slip(p.forename, random);
}

std::string Surname(const SamplePerson& p, int percent, SampleRandom& random) {
  if (!p.previous_surname.empty() && random.Chance(percent * 2))
    return p.previous_surname;
  return random.Chance(percent) ? Slip(p.surname, random) : p.surname;
}

}  // namespace

const SampleAgency* FindSampleAgency(absl::string_view name) {
  for (const SampleAgency& agency : Agencies())
    if (agency.name == name) return &agency;
  return nullptr;
}

std::string CsvField(absl::string_view value) {
  if (value.find_first_of(",\"\r\n") == absl::string_view::npos)
    return std::string(value);
  std::string out = "\"";
  for (char c : value) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string Slip(absl::string_view word, SampleRandom& random) {
  std::string out(word);
  if (out.size() < 4) return out;
  // Within the word, and never inside a character of several bytes.
  const size_t at = 1 + random.Below(out.size() - 2);
  for (const char c : out.substr(at - 1, 3))
    if (static_cast<unsigned char>(c) >= 0x80) return out;
  switch (random.Below(3)) {
    case 0:
      out.erase(at, 1);
      break;
    case 1:
      out.insert(at, 1, out[at]);
      break;
    default:
      std::swap(out[at], out[at + 1]);
  }
  return out;
}

std::string SampleHeader(const SampleAgency& agency) {
  std::vector<std::string> columns = {
      "record_id",        "case_ref", "forename",      "middle_name", "surname",
      "previous_surname", "sex",      "date_of_birth", "house",       "street",
      "postcode",         "role",     "shielded"};
  if (agency.nino) columns.push_back("nino");
  if (agency.nhs > 0) columns.push_back("nhs_number");
  if (agency.nhs > 0) columns.push_back("nhs_number_status");
  for (const SampleItem& item : agency.items) columns.push_back(item.item);
  return absl::StrJoin(columns, ",");
}

std::string SampleMapping(const SampleAgency& agency) {
  std::string out =
      absl::StrCat("# SPDX-License-Identifier: Apache-2.0\n# Columns of ",
                   agency.name, ".csv (invented people).\n",
                   R"(id: "record_id"
family { column: "case_ref" }
person {
  forename: "forename"
  middle: "middle_name"
  surname: "surname"
  previous_surname: "previous_surname"
  sex { column: "sex" male: "M" female: "F" }
  birth { date: "date_of_birth" }
  house: "house"
  street: "street"
  postcode: "postcode"
  role: "role"
)");
  if (agency.nino) absl::StrAppend(&out, "  nino: \"nino\"\n");
  if (agency.nhs > 0)
    absl::StrAppend(&out, R"(  nhs_number {
    column: "nhs_number"
    verified { column: "nhs_number_status" values: "verified" }
  }
)");
  absl::StrAppend(&out,
                  "}\nshielded { column: \"shielded\" values: \"yes\" }\n");
  for (const SampleItem& item : agency.items)
    absl::StrAppend(&out, "items { item: \"", item.item, "\" column: \"",
                    item.item, "\" }\n");
  return out;
}

std::string SampleLine(const SampleAgency& agency, const SamplePerson& p,
                       absl::string_view id, absl::string_view family,
                       bool shielded, int percent, SampleRandom& random) {
  const bool elsewhere = !p.previous.house.empty() && random.Chance(35);
  const SampleAddress& home = elsewhere ? p.previous : p.address;
  std::string street = home.street;
  if (random.Chance(percent)) street = Slip(street, random);
  std::string postcode = random.Chance(percent) ? "" : home.postcode;
  std::vector<std::string> fields = {
      std::string(id),
      std::string(family),
      Forename(p, percent, random),
      random.Chance(60) ? p.middle : "",
      Surname(p, percent, random),
      random.Chance(50) ? p.previous_surname : "",
      random.Chance(percent) ? "" : (p.male ? "M" : "F"),
      Date(agency, p.birth, percent, random),
      random.Chance(percent) ? "" : home.house,
      std::move(street),
      std::move(postcode),
      p.child ? "child" : "parent",
      shielded ? "yes" : "no"};
  if (agency.nino)
    fields.push_back(!p.child && random.Chance(90) ? p.nino : "");
  if (agency.nhs > 0) {
    const bool held = agency.nhs == 2 || random.Chance(40);
    fields.push_back(held ? p.nhs_number : "");
    const bool verified = held && (agency.nhs == 2 || random.Chance(70));
    fields.push_back(!held ? "" : verified ? "verified" : "as stated");
  }
  for (const SampleItem& item : agency.items)
    fields.push_back(ItemValue(item, p.child, random));
  for (std::string& f : fields) f = CsvField(f);
  return absl::StrJoin(fields, ",");
}

}  // namespace kinstile::cli
