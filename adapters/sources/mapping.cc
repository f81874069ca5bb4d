// SPDX-License-Identifier: Apache-2.0
// Strict protobuf text to SourceMapping; every refusal says where.
#include "adapters/sources/mapping.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <fstream>
#include <set>
#include <sstream>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "kinstile/v1/mapping.pb.h"
#include "policy/vocabulary.h"

namespace kinstile::sources {
namespace {

namespace pb = google::protobuf;
using identity::RawPerson;

constexpr size_t kMaxMappingBytes = 1 << 20;

std::string At(absl::string_view name, int line, int column) {
  return absl::StrCat(name, ":", line + 1, ":", column + 1, ": ");
}

// Keeps the first error: what follows is mostly a consequence of it.
class FirstError : public pb::io::ErrorCollector {
 public:
  explicit FirstError(absl::string_view name) : name_(name) {}
  void AddError(int line, pb::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat(At(name_, line, column), message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string name_, text_;
};

// Converts one message; the parse tree gives the place of what it refuses.
class Converter {
 public:
  Converter(const v1::SourceMapping& in,
            const pb::TextFormat::ParseInfoTree& tree, absl::string_view name)
      : in_(in), tree_(tree), name_(name) {}

  absl::StatusOr<SourceMapping> Run() && {
    KS_RETURN_IF_ERROR(FileForm());
    KS_RETURN_IF_ERROR(Kind());
    KS_RETURN_IF_ERROR(Ids());
    KS_RETURN_IF_ERROR(Texts());
    KS_RETURN_IF_ERROR(Sex());
    KS_RETURN_IF_ERROR(Birth());
    KS_RETURN_IF_ERROR(NhsNumber());
    KS_RETURN_IF_ERROR(Identifier());
    KS_RETURN_IF_ERROR(Items());
    KS_RETURN_IF_ERROR(Facts());
    if (out_.person.empty() && !out_.fhir)
      return Bad("person", "no column of a person is mapped");
    return std::move(out_);
  }

 private:
  // An error at the top-level field `field`, or at the start when unset.
  absl::Status Bad(const std::string& field, absl::string_view problem,
                   int index = -1) const {
    const pb::FieldDescriptor* d = in_.GetDescriptor()->FindFieldByName(field);
    pb::TextFormat::ParseLocation where;
    if (d != nullptr) {
      if (d->is_repeated() && index < 0) index = 0;
      where = tree_.GetLocation(d, index);
    }
    return absl::InvalidArgumentError(absl::StrCat(
        At(name_, std::max(where.line, 0), std::max(where.column, 0)), field,
        ": ", problem));
  }

  absl::Status FileForm() {
    if (in_.encoding() == "windows-1252")
      out_.encoding = CsvEncoding::kWindows1252;
    else if (!in_.encoding().empty() && in_.encoding() != "utf-8")
      return Bad("encoding", "must be \"utf-8\" or \"windows-1252\"");
    if (in_.delimiter().size() > 1)
      return Bad("delimiter", "must be one character");
    if (!in_.delimiter().empty()) out_.delimiter = in_.delimiter()[0];
    if (absl::ascii_isalnum(out_.delimiter) ||
        absl::string_view("\"\r\n").find(out_.delimiter) !=
            absl::string_view::npos ||
        static_cast<unsigned char>(out_.delimiter) >= 0x80)
      return Bad("delimiter", "must not be a letter, digit, quote or line end");
    if (in_.has_trim()) out_.trim = in_.trim();
    return absl::OkStatus();
  }

  absl::Status Kind() {
    if (in_.has_sql() + in_.has_fhir() + (in_.joined_size() > 0) > 1)
      return Bad(in_.has_sql() ? "sql" : "fhir", "is one kind of source");
    KS_RETURN_IF_ERROR(Joined());
    if (in_.has_sql()) {
      KS_RETURN_IF_ERROR(Query("people", in_.sql().people(), 0));
      KS_RETURN_IF_ERROR(Query("record", in_.sql().record(), 1));
      out_.sql = SqlQueries{in_.sql().people(), in_.sql().record()};
    }
    if (!in_.has_fhir()) return absl::OkStatus();
    for (const char* set : {"id", "family", "person", "shielded"})
      if (Has(set)) return Bad(set, "FHIR says where it is: leave it unset");
    out_.fhir.emplace();
    const auto& codes = in_.fhir().shielded_codes();
    out_.fhir->shielded_codes.assign(codes.begin(), codes.end());
    if (codes.empty()) out_.fhir->shielded_codes = {"R", "V"};
    if (in_.fhir().has_related_people())
      out_.fhir->related_people = in_.fhir().related_people();
    return absl::OkStatus();
  }

  bool Has(const std::string& field) const {
    const pb::FieldDescriptor* d = in_.GetDescriptor()->FindFieldByName(field);
    return tree_.GetLocation(d, -1).line >= 0;
  }

  absl::Status Joined() {
    std::set<std::string> seen;
    for (int k = 0; k < in_.joined_size(); ++k) {
      const v1::JoinedFile& j = in_.joined(k);
      if (!IsName(j.name(), 32, '_'))
        return Bad("joined", "name: must be 1 to 32 of a-z, 0-9, _", k);
      if (!seen.insert(j.name()).second)
        return Bad("joined", "name: appears twice", k);
      if (j.key().empty() || j.on().empty())
        return Bad("joined", "key and on are both needed", k);
      out_.joined.push_back({j.name(), j.key(), j.on()});
    }
    return absl::OkStatus();
  }

  // A first net only: what keeps the system unharmed is that the connection is
  // read-only, and the login should be.
  absl::Status Query(const char* name, const std::string& text, int marks) {
    const std::string first = absl::AsciiStrToUpper(
        absl::StripLeadingAsciiWhitespace(text).substr(0, 6));
    if (first != "SELECT" && first.substr(0, 4) != "WITH")
      return Bad("sql", absl::StrCat(name, ": must be one SELECT"));
    if (absl::c_count(text, ';') > 0)
      return Bad("sql", absl::StrCat(name, ": must have no semicolon"));
    if (absl::c_count(text, '?') != marks)
      return Bad("sql",
                 absl::StrCat(name, marks == 0 ? ": must have no ?"
                                               : ": must have one ?, the id"));
    return absl::OkStatus();
  }

  absl::Status Ids() {
    if (out_.fhir) return absl::OkStatus();
    if (in_.id().empty()) return Bad("id", "is missing");
    out_.id = in_.id();
    if (in_.has_family() && in_.family().column().empty())
      return Bad("family", "column is missing");
    out_.family = in_.family().column();
    out_.family_drop_last = in_.family().drop_last();
    if (out_.family_drop_last > 64)
      return Bad("family", "drop_last: must be at most 64");
    // A person's further families are compared as they are written.
    if (out_.family_drop_last > 0 && !out_.joined.empty())
      return Bad("family", "drop_last: not beside joined files");
    if (in_.has_shielded()) {
      KS_ASSIGN_OR_RETURN(out_.shielded, ToFlag("shielded", in_.shielded()));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Flag> ToFlag(const std::string& field,
                              const v1::FlagColumn& in) const {
    if (in.column().empty()) return Bad(field, "column is missing");
    if (in.values().empty()) return Bad(field, "values are missing");
    Flag flag{in.column(), {}, {}};
    for (const std::string& v : in.values())
      flag.values.push_back(absl::AsciiStrToLower(v));
    for (const std::string& v : in.no()) {
      flag.no.push_back(absl::AsciiStrToLower(v));
      if (absl::c_linear_search(flag.values, flag.no.back()))
        return Bad(field, "a value stands for both");
    }
    return flag;
  }

  void Text(const char* field, identity::Pii<> RawPerson::*member,
            const std::string& column) {
    if (!column.empty()) out_.person.push_back({field, member, column});
  }

  absl::Status Texts() {
    const v1::PersonColumns& p = in_.person();
    Text("forename", &RawPerson::forename, p.forename());
    Text("middle", &RawPerson::middle, p.middle());
    Text("surname", &RawPerson::surname, p.surname());
    Text("previous_surname", &RawPerson::previous_surname,
         p.previous_surname());
    Text("postcode", &RawPerson::postcode, p.postcode());
    Text("previous_postcode", &RawPerson::previous_postcode,
         p.previous_postcode());
    Text("house", &RawPerson::house, p.house());
    Text("street", &RawPerson::street, p.street());
    Text("address_line", &RawPerson::address_line, p.address_line());
    Text("uprn", &RawPerson::uprn, p.uprn());
    Text("nino", &RawPerson::nino, p.nino());
    Text("birthplace", &RawPerson::birthplace, p.birthplace());
    Text("role", &RawPerson::role, p.role());
    if (!p.address_line().empty() && !(p.house().empty() && p.street().empty()))
      return Bad("person", "address_line: not beside house or street");
    if (p.postcode_system() == "other")
      out_.postcode_system = identity::PostcodeSystem::kOther;
    else if (!p.postcode_system().empty() && p.postcode_system() != "uk")
      return Bad("person", "postcode_system: must be \"uk\" or \"other\"");
    return absl::OkStatus();
  }

  absl::Status Sex() {
    if (!in_.person().has_sex()) return absl::OkStatus();
    const v1::SexColumn& sex = in_.person().sex();
    if (sex.column().empty()) return Bad("person", "sex: column is missing");
    if (sex.male().empty() != sex.female().empty())
      return Bad("person", "sex: values of both or of neither");
    Text("sex", &RawPerson::sex, sex.column());
    for (const std::string& v : sex.male())
      out_.male.push_back(absl::AsciiStrToLower(v));
    for (const std::string& v : sex.female()) {
      out_.female.push_back(absl::AsciiStrToLower(v));
      if (absl::c_linear_search(out_.male, out_.female.back()))
        return Bad("person", "sex: a value stands for both");
    }
    return absl::OkStatus();
  }

  absl::Status Birth() {
    const v1::BirthColumns& b = in_.person().birth();
    const bool parts =
        !(b.year().empty() && b.month().empty() && b.day().empty());
    if (in_.person().has_birth() && b.date().empty() != parts)
      return Bad("person", "birth: either date, or year, month and day");
    if (b.month_first() && b.date().empty())
      return Bad("person", "birth: month_first is about a date column");
    out_.month_first = b.month_first();
    Text("birth_date", &RawPerson::birth_date, b.date());
    Text("birth_year", &RawPerson::birth_year, b.year());
    Text("birth_month", &RawPerson::birth_month, b.month());
    Text("birth_day", &RawPerson::birth_day, b.day());
    return absl::OkStatus();
  }

  // Verified or not decides whether the number may match alone, so the mapping
  // has to say it: there is no default.
  absl::Status NhsNumber() {
    if (!in_.person().has_nhs_number()) return absl::OkStatus();
    const v1::NhsColumns& n = in_.person().nhs_number();
    if (n.column().empty())
      return Bad("person", "nhs_number: column is missing");
    if (n.has_verified() == n.has_all_verified())
      return Bad("person", "nhs_number: either verified or all_verified");
    Text("nhs_number", &RawPerson::nhs_number, n.column());
    out_.nhs_all_verified = n.all_verified();
    if (n.has_verified()) {
      KS_ASSIGN_OR_RETURN(out_.nhs_verified, ToFlag("person", n.verified()));
    }
    return absl::OkStatus();
  }

  absl::Status Identifier() {
    if (!in_.person().has_identifier()) return absl::OkStatus();
    const v1::IdentifierColumn& i = in_.person().identifier();
    if (i.column().empty())
      return Bad("person", "identifier: column is missing");
    if (!IsName(i.kind(), 32, '-'))
      return Bad("person", "identifier: kind: must be 1 to 32 of a-z, 0-9, -");
    Text("identifier", &RawPerson::identifier, i.column());
    out_.identifier_kind = i.kind();
    return absl::OkStatus();
  }

  static bool IsName(absl::string_view text, size_t longest, char also) {
    return !text.empty() && text.size() <= longest &&
           absl::c_all_of(text, [also](char c) {
             return absl::ascii_islower(c) || absl::ascii_isdigit(c) ||
                    c == also;
           });
  }

  absl::Status Items() {
    std::set<std::string> seen;
    for (int k = 0; k < in_.items_size(); ++k) {
      const v1::ItemColumn& item = in_.items(k);
      if (!IsName(item.item(), 64, '_'))
        return Bad("items", "item: must be 1 to 64 of a-z, 0-9, _", k);
      if (item.column().empty()) return Bad("items", "column is missing", k);
      if (!seen.insert(item.item()).second)
        return Bad("items", "item: appears twice", k);
      out_.items.push_back(
          {item.item(), item.column(), item.day(), item.count_by()});
    }
    return absl::OkStatus();
  }

  absl::Status Facts() {
    std::set<std::string> seen;
    for (int k = 0; k < in_.facts_size(); ++k) {
      const v1::FactColumn& fact = in_.facts(k);
      if (!policy::ConditionKindFromName(fact.condition()))
        return Bad("facts", "condition: is no condition of the schema", k);
      if (fact.column().empty()) return Bad("facts", "column is missing", k);
      if (!seen.insert(fact.condition()).second)
        return Bad("facts", "condition: appears twice", k);
      FactColumn out{fact.condition(), fact.column(), {}, {}};
      for (const std::string& v : fact.yes())
        out.yes.push_back(absl::AsciiStrToLower(v));
      for (const std::string& v : fact.no()) {
        out.no.push_back(absl::AsciiStrToLower(v));
        if (absl::c_linear_search(out.yes, out.no.back()))
          return Bad("facts", "a value stands for both", k);
      }
      out_.facts.push_back(std::move(out));
    }
    return absl::OkStatus();
  }

  const v1::SourceMapping& in_;
  const pb::TextFormat::ParseInfoTree& tree_;
  const absl::string_view name_;
  SourceMapping out_;
};

}  // namespace

absl::StatusOr<SourceMapping> ParseMapping(absl::string_view text,
                                           absl::string_view name) {
  if (text.size() > kMaxMappingBytes)
    return absl::InvalidArgumentError(absl::StrCat(name, ": over 1 MiB"));
  v1::SourceMapping message;
  FirstError errors(name);
  pb::TextFormat::ParseInfoTree tree;
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(&tree);
  parser.SetRecursionLimit(20);
  if (!parser.ParseFromString(std::string(text), &message))
    return absl::InvalidArgumentError(errors.text().empty()
                                          ? absl::StrCat(name, ": malformed")
                                          : errors.text());
  return Converter(message, tree, name).Run();
}

absl::StatusOr<SourceMapping> LoadMapping(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  return ParseMapping(text.str(), path);
}

}  // namespace kinstile::sources
