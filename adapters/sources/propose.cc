// SPDX-License-Identifier: Apache-2.0
// Names that agencies give their columns, and shapes of values.
#include "adapters/sources/propose.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/identity/dates.h"
#include "adapters/identity/numbers.h"
#include "adapters/identity/places.h"

namespace kinstile::sources {
namespace {

using identity::PiiAccess;

enum class Shape {
  kAny,
  kUnique,
  kName,
  kDate,
  kPostcode,
  kNhs,
  kNino,
  kUprn,
  kSex,
  kYesNo
};

// A field, the names that columns for it have (letters and digits only, lower
// case), and what its values have to look like.
struct Known {
  const char* field;
  Shape shape;
  std::initializer_list<absl::string_view> names;
};

// In the order of the mapping; the first column that fits a name, in the order
// of the names, is taken.
const Known kKnown[] = {
    {"id",
     Shape::kUnique,
     {"id",           "recordid",      "recid",     "personid",   "clientid",
      "patientid",    "pupilid",       "tenantid",  "customerid", "claimantid",
      "memberid",     "reference",     "personref", "clientref",  "uniqueid",
      "personnumber", "liquidlogicid", "mosaicid",  "systmid",    "upn"}},
    {"family",
     Shape::kAny,
     {"familyid", "familyref", "family", "familyreference", "familynumber",
      "caseref", "caseid", "casereference", "casenumber", "householdid",
      "householdref", "household", "claimid", "claimref", "tenancyref"}},
    {"person.forename",
     Shape::kName,
     {"forename", "firstname", "givenname", "given", "forenames", "forenames",
      "firstnames", "first", "fname", "forename1", "pername1",
      "christianname"}},
    {"person.middle",
     Shape::kName,
     {"middlename", "middle", "middlenames", "secondname", "forename2"}},
    {"person.surname",
     Shape::kName,
     {"surname", "lastname", "familyname", "last", "lname", "pername2"}},
    {"person.previous_surname",
     Shape::kName,
     {"previoussurname", "maidenname", "birthsurname", "formersurname",
      "previouslastname", "previousname", "alsoknownassurname"}},
    {"person.sex.column",
     Shape::kSex,
     {"sex", "gender", "legalsex", "sexatbirth", "personstatedgender"}},
    {"person.birth.date",
     Shape::kDate,
     {"dateofbirth", "dob", "birthdate", "birthdt", "born", "persondob"}},
    {"person.postcode",
     Shape::kPostcode,
     {"postcode", "pcode", "postalcode", "addresspostcode", "homepostcode",
      "currentpostcode", "zip"}},
    {"person.previous_postcode",
     Shape::kPostcode,
     {"previouspostcode", "oldpostcode", "formerpostcode"}},
    {"person.house",
     Shape::kAny,
     {"house", "housenumber", "houseno", "housenameornumber", "paon",
      "buildingnumber", "streetnumber"}},
    {"person.street",
     Shape::kAny,
     {"street", "streetname", "road", "streetdescriptor", "thoroughfare"}},
    {"person.address_line",
     Shape::kAny,
     {"addressline1", "address1", "address", "addressline", "homeaddress"}},
    {"person.uprn", Shape::kUprn, {"uprn", "addressuprn"}},
    {"person.nhs_number.column",
     Shape::kNhs,
     {"nhsnumber", "nhsno", "nhs", "nhsnum"}},
    {"person.nhs_number.verified.column",
     Shape::kAny,
     {"nhsnumberstatus", "nhsnumberverificationstatus", "nhsstatus",
      "nhsverified", "nhsnumberverified", "nhsnumberstatusindicatorcode"}},
    {"person.nino",
     Shape::kNino,
     {"nino", "nationalinsurancenumber", "ninumber", "nationalinsuranceno",
      "nationalinsurance", "nin"}},
    {"person.role",
     Shape::kAny,
     {"role", "relationship", "relationshiptochild", "roleinfamily",
      "personrole"}},
    {"shielded.column",
     Shape::kYesNo,
     {"shielded", "sensitive", "restricted", "protected", "isrestricted",
      "sensitiverecord", "restrictedaccess", "safeaddress", "confidential",
      "witnessprotection", "donotdisclose"}},
};

const absl::string_view kYes[] = {"y", "yes", "true", "t", "1"};
const absl::string_view kNo[] = {"n", "no", "false", "f", "0", ""};
const absl::string_view kMale[] = {"m", "male", "1"};
const absl::string_view kFemale[] = {"f", "female", "2"};

std::string Plain(absl::string_view name) {
  std::string out;
  for (const char c : name)
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)))
      out.push_back(absl::ascii_tolower(c));
  return out;
}

bool IsDate(const std::string& text, bool month_first, absl::CivilDay today) {
  const identity::BirthDate date =
      identity::ParseBirthDate(CanonicalDate(text, month_first), today);
  return date.problem.empty() && !date.year.empty();
}

template <size_t N>
bool IsOneOf(const absl::string_view (&words)[N], const std::string& text) {
  return absl::c_linear_search(words, absl::AsciiStrToLower(text));
}

class Guesser {
 public:
  Guesser(const TableSample& sample, absl::CivilDay today)
      : s_(sample), today_(today) {}

  Proposal Run() && {
    for (const Known& known : kKnown) Look(known);
    Settle();
    Write();
    return std::move(out_);
  }

 private:
  const std::string& Value(const Fields& row, size_t column) const {
    return row[column].Reveal(PiiAccess{});
  }

  bool Fits(Shape shape, const std::string& v) const {
    switch (shape) {
      case Shape::kName:
        return absl::c_none_of(v, absl::ascii_isdigit);
      case Shape::kDate:
        return IsDate(v, false, today_) || IsDate(v, true, today_);
      case Shape::kPostcode:
        return !identity::ParsePostcode(v, identity::PostcodeSystem::kUk)
                    .malformed;
      case Shape::kNhs:
        return identity::CheckNhsNumber(v).problem.empty();
      case Shape::kNino:
        return identity::CheckNino(v).problem.empty();
      case Shape::kUprn:
        return identity::CheckUprn(v).problem.empty();
      case Shape::kSex:
        return v.size() <= 20;
      case Shape::kYesNo:
        return IsOneOf(kYes, v) || IsOneOf(kNo, v);
      case Shape::kUnique:
      case Shape::kAny:
        return true;
    }
    return true;
  }

  // Percent of the filled values that fit; 100 when none is filled.
  int Percent(Shape shape, size_t column) const {
    size_t filled = 0, fit = 0;
    std::set<absl::string_view> seen;
    for (const Fields& row : s_.rows) {
      const std::string& v = Value(row, column);
      if (v.empty()) continue;
      ++filled;
      fit += shape == Shape::kUnique ? seen.insert(v).second : Fits(shape, v);
    }
    return filled == 0 ? 100 : static_cast<int>(100 * fit / filled);
  }

  // An id is unique; of anything else some values may be wrong.
  static int Least(Shape shape) {
    return shape == Shape::kUnique ? 100 : shape == Shape::kYesNo ? 100 : 60;
  }

  void Look(const Known& known) {
    for (absl::string_view name : known.names)
      for (size_t k = 0; k < s_.header.size(); ++k) {
        if (Plain(s_.header[k]) != name || taken_.contains(k)) continue;
        const int percent = Percent(known.shape, k);
        if (percent < Least(known.shape)) continue;
        const bool looked = known.shape != Shape::kAny && !s_.rows.empty();
        Take(known.field, k,
             !looked
                 ? "its name"
                 : absl::StrCat("its name and ", percent, " % of its values"));
        return;
      }
  }

  void Take(const std::string& field, size_t column, const std::string& why) {
    taken_.insert(column);
    column_[field] = column;
    out_.guesses.push_back({field, s_.header[column], why});
  }

  void Drop(const std::string& field) {
    const auto found = column_.find(field);
    if (found == column_.end()) return;
    taken_.erase(found->second);
    column_.erase(found);
    out_.guesses.erase(absl::c_find_if(
        out_.guesses, [&](const Guess& g) { return g.field == field; }));
  }

  bool Has(const std::string& field) const { return column_.contains(field); }

  // What the mapping does not take together.
  void Settle() {
    if (Has("person.house") || Has("person.street"))
      Drop("person.address_line");
    if (!Has("person.nhs_number.column"))
      Drop("person.nhs_number.verified.column");
    bool person = false;
    for (const auto& [field, column] : column_)
      person = person || absl::string_view(field).substr(0, 7) == "person.";
    out_.complete = Has("id") && person;
    for (size_t k = 0; k < s_.header.size(); ++k)
      if (!taken_.contains(k)) out_.unmapped.push_back(s_.header[k]);
  }

  static std::string Quoted(absl::string_view text) {
    return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
  }

  const Guess& GuessOf(const std::string& field) const {
    return *absl::c_find_if(out_.guesses,
                            [&](const Guess& g) { return g.field == field; });
  }
  std::string ColumnOf(const std::string& field) const {
    return Quoted(GuessOf(field).column);
  }
  std::string Mark(const std::string& field) const {
    return absl::StrCat("  ", kGuessMark, GuessOf(field).why, "\n");
  }

  // The words of the list that the column holds, as the mapping writes them.
  template <size_t N>
  std::string Held(const std::string& field, const char* key,
                   const absl::string_view (&words)[N]) const {
    std::set<std::string> held;
    for (const Fields& row : s_.rows) {
      const std::string v =
          absl::AsciiStrToLower(Value(row, column_.at(field)));
      if (absl::c_linear_search(words, v)) held.insert(v);
    }
    std::string out;
    for (const std::string& v : held)
      absl::StrAppend(&out, " ", key, ": ", Quoted(v));
    return out;
  }

  void Line(const std::string& field, const std::string& text) {
    if (Has(field)) absl::StrAppend(&out_.text, text, Mark(field));
  }

  void WritePerson() {
    std::string& t = out_.text;
    absl::StrAppend(&t, "person {\n");
    for (const char* name :
         {"forename", "middle", "surname", "previous_surname"})
      WriteText(name);
    if (const std::string sex = "person.sex.column"; Has(sex)) {
      const std::string male = Held(sex, "male", kMale);
      const std::string female = Held(sex, "female", kFemale);
      const bool both = !male.empty() && !female.empty();
      Line(sex, absl::StrCat("  sex { column: ", ColumnOf(sex),
                             both ? male + female : "", " }"));
    }
    if (const std::string birth = "person.birth.date"; Has(birth)) {
      const bool us = MonthFirst(column_.at(birth));
      Line(birth, absl::StrCat("  birth { date: ", ColumnOf(birth),
                               us ? " month_first: true" : "", " }"));
    }
    for (const char* name : {"postcode", "previous_postcode", "house", "street",
                             "address_line", "uprn"})
      WriteText(name);
    WriteNhsNumber();
    for (const char* name : {"nino", "role"}) WriteText(name);
    absl::StrAppend(&t, "}\n");
  }

  void WriteText(const std::string& name) {
    const std::string field = "person." + name;
    if (Has(field))
      Line(field, absl::StrCat("  ", name, ": ", ColumnOf(field)));
  }

  void WriteNhsNumber() {
    const std::string nhs = "person.nhs_number.column";
    const std::string status = "person.nhs_number.verified.column";
    if (!Has(nhs)) return;
    absl::StrAppend(&out_.text, "  nhs_number {\n");
    Line(nhs, absl::StrCat("    column: ", ColumnOf(nhs)));
    if (Has(status))
      Line(status, absl::StrCat("    verified { column: ", ColumnOf(status),
                                " values: \"verified\" values: \"01\" values: "
                                "\"number-present-and-verified\" }"));
    else
      absl::StrAppend(&out_.text,
                      "    # No column says which numbers were traced; true "
                      "only if all were.\n    all_verified: false\n");
    absl::StrAppend(&out_.text, "  }\n");
  }

  // Days over 12 come first or second; without any, this is the UK.
  bool MonthFirst(size_t column) const {
    size_t uk = 0, us = 0;
    for (const Fields& row : s_.rows) {
      const std::string& v = Value(row, column);
      if (v.empty()) continue;
      uk += IsDate(v, false, today_);
      us += IsDate(v, true, today_);
    }
    return us > uk;
  }

  void Write() {
    std::string& t = out_.text;
    absl::StrAppend(
        &t, "# Proposed by kinstile adapter map from ", s_.header.size(),
        " columns and ", s_.rows.size(),
        " rows.\n# Look at each guess, and delete its mark when it is "
        "right.\n");
    if (!s_.sql_table && s_.encoding != "utf-8")
      absl::StrAppend(&t, "encoding: ", Quoted(s_.encoding), "  ", kGuessMark,
                      "it is not UTF-8\n");
    if (!s_.sql_table && s_.delimiter != ',')
      absl::StrAppend(&t, "delimiter: ", Quoted(std::string(1, s_.delimiter)),
                      "  ", kGuessMark, "the header\n");
    if (Has("id"))
      Line("id", absl::StrCat("id: ", ColumnOf("id")));
    else
      absl::StrAppend(&t,
                      "# MISSING: id: \"the column of your own record "
                      "id\"\n");
    if (Has("family"))
      Line("family",
           absl::StrCat("family { column: ", ColumnOf("family"), " }"));
    else
      absl::StrAppend(&t, "# No family: everybody is on their own.\n");
    WritePerson();
    WriteShielded();
    WriteItems();
    WriteSql();
  }

  void WriteShielded() {
    const std::string field = "shielded.column";
    if (!Has(field)) {
      absl::StrAppend(
          &out_.text,
          "# NOBODY IS SHIELDED by this mapping: no column was found that says "
          "who is.\n# shielded { column: \"...\" values: \"yes\" no: \"no\" "
          "}\n");
      return;
    }
    std::string yes = Held(field, "values", kYes);
    if (yes.empty()) yes = " values: \"yes\"";
    std::string no = Held(field, "no", kNo);
    if (no.empty()) no = " no: \"no\"";
    Line(field,
         absl::StrCat("shielded { column: ", ColumnOf(field), yes, no, " }"));
  }

  void WriteItems() {
    if (out_.unmapped.empty()) return;
    absl::StrAppend(&out_.text,
                    "# Not mapped. Take away the # of what an agreement names, "
                    "with its name there:\n");
    for (const std::string& column : out_.unmapped) {
      std::string item;
      for (const char c : column)
        if (absl::ascii_isalnum(static_cast<unsigned char>(c)))
          item.push_back(absl::ascii_tolower(c));
        else if (!item.empty() && item.back() != '_')
          item.push_back('_');
      absl::StrAppend(&out_.text,
                      "# items { item: ", Quoted(item.substr(0, 64)),
                      " column: ", Quoted(column), " }\n");
    }
  }

  // Names that need it are quoted as the standard has it.
  static std::string SqlName(const std::string& name) {
    const bool plain =
        !name.empty() && !absl::ascii_isdigit(name[0]) &&
        absl::c_all_of(name, [](char c) {
          return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
        });
    return plain ? name : absl::StrCat("\"", name, "\"");
  }

  void WriteSql() {
    if (!s_.sql_table || !Has("id")) return;
    std::vector<std::string> columns;
    for (const std::string& c : s_.header) columns.push_back(SqlName(c));
    const std::string select = absl::StrCat(
        "SELECT ", absl::StrJoin(columns, ", "), " FROM ", *s_.sql_table);
    const std::string id = SqlName(GuessOf("id").column);
    absl::StrAppend(
        &out_.text,
        "sql {\n  people: ", Quoted(absl::StrCat(select, " ORDER BY ", id)),
        "\n  record: ", Quoted(absl::StrCat(select, " WHERE ", id, " = ?")),
        "\n}\n");
  }

  const TableSample& s_;
  const absl::CivilDay today_;
  Proposal out_;
  std::map<std::string, size_t> column_;
  std::set<size_t> taken_;
};

}  // namespace

Proposal ProposeMapping(const TableSample& sample, absl::CivilDay today) {
  return Guesser(sample, today).Run();
}

}  // namespace kinstile::sources
