// SPDX-License-Identifier: Apache-2.0
// Rows to records; what cannot be right is left out and said.
#include "adapters/sources/record.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/identity/dates.h"
#include "adapters/identity/text.h"
#include "gateway/base/status_macros.h"
#include "policy/granularity.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;
using identity::RawPerson;

const std::string& Read(const Pii<>& pii) { return pii.Reveal(PiiAccess{}); }

// Drops the last n characters of UTF-8; empty when there are no more than n.
std::string DropLast(std::string text, size_t n) {
  for (; n > 0 && !text.empty(); --n) {
    while (text.size() > 1 && (text.back() & 0xC0) == 0x80) text.pop_back();
    text.pop_back();
  }
  return text;
}

bool HasDigit(absl::string_view text) {
  return absl::c_any_of(text, absl::ascii_isdigit);
}

// What a spreadsheet would run (CSV injection): no name or street begins so.
// A lone sign is how people write that they do not know.
bool IsFormula(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  return text.size() > 1 &&
         absl::string_view("=+-@").find(text[0]) != absl::string_view::npos &&
         text.find_first_not_of(text[0]) != absl::string_view::npos;
}

// YES, NO, or not known: neither list has the value.
enum class Said { kYes, kNo, kUnknown };
Said Says(const Flag& flag, const std::string& value) {
  const std::string lower = absl::AsciiStrToLower(value);
  if (absl::c_linear_search(flag.values, lower)) return Said::kYes;
  if (flag.no.empty() || absl::c_linear_search(flag.no, lower))
    return Said::kNo;
  return Said::kUnknown;
}

// Whole years; nothing unless the whole date is there.
std::optional<int64_t> AgeOn(absl::CivilDay today, absl::string_view date) {
  const identity::BirthDate birth =
      identity::ParseBirthDate(CanonicalDate(date, false), today);
  int year = 0, month = 0, day = 0;
  if (!absl::SimpleAtoi(birth.year, &year) ||
      !absl::SimpleAtoi(birth.month, &month) ||
      !absl::SimpleAtoi(birth.day, &day))
    return std::nullopt;
  const bool before_birthday =
      today.month() < month || (today.month() == month && today.day() < day);
  return today.year() - year - (before_birthday ? 1 : 0);
}

// Nothing when the column does not show it.
std::optional<RecordFact> ToFact(const FactColumn& how,
                                 const std::string& value,
                                 absl::CivilDay today) {
  const std::string lower = absl::AsciiStrToLower(value);
  if (absl::c_linear_search(how.yes, lower))
    return RecordFact{how.condition, true, {}};
  if (absl::c_linear_search(how.no, lower))
    return RecordFact{how.condition, false, {}};
  if (!how.yes.empty() || !how.no.empty()) return std::nullopt;
  int64_t number = 0;
  // More digits are a date, as people write them.
  if (value.size() <= 3 && absl::SimpleAtoi(value, &number) && number >= 0)
    return RecordFact{how.condition, true, number};
  const auto age = AgeOn(today, value);
  if (!age.has_value() || *age < 0) return std::nullopt;
  return RecordFact{how.condition, true, *age};
}

// M, F or nothing. Without values the first letter decides, in Normalise.
void ReadSex(const SourceMapping& mapping, Pii<>& sex, size_t row,
             IssueList& issues) {
  const std::string lower = absl::AsciiStrToLower(Read(sex));
  if (lower.empty()) return;
  bool male = absl::c_linear_search(mapping.male, lower);
  bool female = absl::c_linear_search(mapping.female, lower);
  if (mapping.male.empty()) {
    male = lower == "m" || lower == "male";
    female = lower == "f" || lower == "female";
  }
  sex = Pii<>(std::string(male ? "M" : female ? "F" : ""));
  if (!male && !female)
    issues.Add({row, "sex", "is neither of the mapped values", true});
}

struct Month {
  absl::string_view name;
  int number;
};
constexpr Month kMonths[] = {
    {"january", 1},   {"february", 2}, {"march", 3},     {"april", 4},
    {"may", 5},       {"june", 6},     {"july", 7},      {"august", 8},
    {"september", 9}, {"october", 10}, {"november", 11}, {"december", 12}};

// 0: no month's name, nor at least its first three letters.
int MonthNamed(absl::string_view word) {
  if (word.size() < 3) return 0;
  for (const Month& m : kMonths)
    if (m.name.substr(0, word.size()) == word) return m.number;
  return 0;
}

// The runs of letters or of digits, in lower case; at most `most`.
std::vector<std::string> Runs(absl::string_view text, size_t most) {
  std::vector<std::string> runs;
  bool letters = false, open = false;
  for (const char c : text) {
    const bool letter = absl::ascii_isalpha(static_cast<unsigned char>(c));
    if (!letter && !absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      open = false;
      continue;
    }
    if (!open || letter != letters) {
      if (runs.size() == most) return runs;
      runs.emplace_back();
    }
    open = true;
    letters = letter;
    runs.back().push_back(absl::ascii_tolower(c));
  }
  return runs;
}

}  // namespace

void IssueList::Finish() {
  if (rows_ > kMaxRowIssues)
    out_.push_back(
        {0, "",
         absl::StrCat(rows_ - kMaxRowIssues, " more rows were refused")});
  if (fields_ > kMaxRowIssues)
    out_.push_back(
        {0, "",
         absl::StrCat(fields_ - kMaxRowIssues, " more fields were left out"),
         true});
}

absl::Status RecordSource::ForEachItems(
    const std::vector<std::string>& items,
    absl::FunctionRef<absl::Status(const Pii<>& local_id,
                                   const std::vector<ItemValue>&)>
        fn) {
  std::vector<RowIssue> issues;
  return ForEach(
      [&](const SourceRecord& record) -> absl::Status {
        if (record.shielded) return absl::OkStatus();
        const auto values = ReadItems(record.local_id, items);
        // Gone, or shielded since.
        if (absl::IsNotFound(values.status())) return absl::OkStatus();
        KS_RETURN_IF_ERROR(values.status());
        return fn(record.local_id, *values);
      },
      issues);
}

std::string CanonicalDate(absl::string_view text, bool month_first) {
  const std::string same(text);
  // "th" and the time of day come after what is needed.
  std::vector<std::string> run = Runs(text, 4);
  if (run.size() > 1 &&
      (run[1] == "st" || run[1] == "nd" || run[1] == "rd" || run[1] == "th"))
    run.erase(run.begin() + 1);
  else if (run.size() > 2 && run[1].size() <= 2 &&
           (run[2] == "st" || run[2] == "nd" || run[2] == "rd" ||
            run[2] == "th"))
    run.erase(run.begin() + 2);
  if (run.size() < 3) return same;
  std::string day = run[0], month = run[1];
  const std::string& year = run[2];
  if (int m = MonthNamed(run[1]); m != 0) {
    month = absl::StrCat(m);
  } else if (m = MonthNamed(run[0]); m != 0) {
    month = absl::StrCat(m);
    day = run[1];
  } else if (month_first && run[0].size() <= 2 && run[1].size() <= 2) {
    std::swap(day, month);
  } else {
    return same;
  }
  const auto digits = [](const std::string& s, size_t least, size_t most) {
    return s.size() >= least && s.size() <= most &&
           absl::c_all_of(s, absl::ascii_isdigit);
  };
  if (!digits(year, 4, 4) || !digits(day, 1, 2) || !digits(month, 1, 2))
    return same;
  return absl::StrCat(year, "-", month, "-", day);
}

absl::StatusOr<Layout> FindColumns(const SourceMapping& mapping,
                                   const std::vector<std::string>& header,
                                   absl::string_view where) {
  absl::flat_hash_map<absl::string_view, size_t> position;
  absl::flat_hash_set<absl::string_view> twice;
  for (size_t k = 0; k < header.size(); ++k)
    if (!position.emplace(header[k], k).second) twice.insert(header[k]);
  absl::Status problem;
  auto find = [&](const std::string& column, const std::string& use) -> size_t {
    const auto found = position.find(column);
    const bool once = found != position.end() && !twice.contains(column);
    if (!once && problem.ok())
      problem = absl::FailedPreconditionError(absl::StrCat(
          where, ": column \"", column, "\", mapped to ", use, ", is ",
          found == position.end() ? "not in the header" : "there twice"));
    return once ? found->second : 0;
  };
  auto find_optional = [&](const std::string& column,
                           const std::string& use) -> std::optional<size_t> {
    if (column.empty()) return std::nullopt;
    return find(column, use);
  };
  Layout l;
  l.count = header.size();
  l.id = find(mapping.id, "id");
  l.family = find_optional(mapping.family, "family");
  l.shielded = find_optional(mapping.shielded.column, "shielded");
  l.nhs_verified =
      find_optional(mapping.nhs_verified.column, "nhs_number.verified");
  for (const TextColumn& t : mapping.person)
    l.person.push_back(find(t.column, t.field));
  for (const ItemColumn& i : mapping.items) {
    l.items.push_back(find(i.column, i.item));
    l.item_days.push_back(
        find_optional(i.day, absl::StrCat("the day of ", i.item)));
    l.item_groups.push_back(
        find_optional(i.count_by, absl::StrCat("the counts of ", i.item)));
  }
  for (const FactColumn& f : mapping.facts)
    l.facts.push_back(find(f.column, f.condition));
  KS_RETURN_IF_ERROR(problem);
  return l;
}

bool IsShielded(const SourceMapping& mapping, const Layout& layout,
                const Fields& fields) {
  return layout.shielded &&
         Says(mapping.shielded, Read(fields[*layout.shielded])) != Said::kNo;
}

void CheckPerson(RawPerson& person, size_t row, IssueList& issues) {
  struct Checked {
    const char* field;
    Pii<> RawPerson::*member;
    bool name;
  };
  static constexpr Checked kChecked[] = {
      {"forename", &RawPerson::forename, true},
      {"middle", &RawPerson::middle, true},
      {"surname", &RawPerson::surname, true},
      {"previous_surname", &RawPerson::previous_surname, true},
      {"house", &RawPerson::house, false},
      {"street", &RawPerson::street, false},
      {"address_line", &RawPerson::address_line, false},
      {"birthplace", &RawPerson::birthplace, false},
  };
  for (const Checked& c : kChecked) {
    Pii<>& value = person.*c.member;
    const char* problem = nullptr;
    if (IsFormula(Read(value)))
      problem = "looks like a spreadsheet's formula";
    else if (c.name && HasDigit(Read(value)))
      problem = "has a digit, so it is no name";
    if (problem == nullptr) continue;
    value = Pii<>();
    issues.Add({row, c.field, problem, true});
  }
}

std::optional<SourceRecord> MakeRecord(const SourceMapping& mapping,
                                       const Layout& layout,
                                       const Fields& fields, size_t row,
                                       IssueList& issues) {
  const Pii<>& id = fields[layout.id];
  if (id.empty() || !identity::IsText(Read(id))) {
    issues.Add({row, "id", id.empty() ? "is blank" : "not UTF-8"});
    return std::nullopt;
  }
  SourceRecord record;
  record.row = row;
  record.local_id = id;
  if (layout.family)
    record.local_family =
        Pii<>(DropLast(Read(fields[*layout.family]), mapping.family_drop_last));
  if (layout.shielded) {
    const Said said = Says(mapping.shielded, Read(fields[*layout.shielded]));
    record.shielded = said != Said::kNo;
    if (said == Said::kUnknown)
      issues.Add({row, "shielded",
                  "is no value of the mapping; taken as shielded", true});
  }
  RawPerson& person = record.person;
  for (size_t k = 0; k < mapping.person.size(); ++k)
    person.*mapping.person[k].member = fields[layout.person[k]];
  CheckPerson(person, row, issues);
  ReadSex(mapping, person.sex, row, issues);
  if (!person.birth_date.empty() && identity::IsText(Read(person.birth_date)))
    person.birth_date =
        Pii<>(CanonicalDate(Read(person.birth_date), mapping.month_first));
  person.nhs_verified = mapping.nhs_all_verified;
  if (layout.nhs_verified) {
    const Said said =
        Says(mapping.nhs_verified, Read(fields[*layout.nhs_verified]));
    person.nhs_verified = said == Said::kYes;
    if (said == Said::kUnknown)
      issues.Add({row, "nhs_number.verified",
                  "is no value of the mapping; taken as not verified", true});
  }
  person.identifier_kind = mapping.identifier_kind;
  person.postcode_system = mapping.postcode_system;
  for (size_t k = 0; k < mapping.items.size(); ++k)
    if (!identity::IsText(Read(fields[layout.items[k]])))
      issues.Add({row, mapping.items[k].item, "not UTF-8", true});
  return record;
}

ItemValue MakeItem(const SourceMapping& mapping, const ItemColumn& item,
                   Pii<> value, const Pii<>& day, absl::Time as_of) {
  ItemValue out{item.item, std::move(value), as_of};
  if (day.empty()) return out;
  const auto latest = absl::ToCivilDay(as_of, absl::UTCTimeZone()) + 1;
  const identity::BirthDate date = identity::ParseBirthDate(
      CanonicalDate(Read(day), mapping.month_first), latest);
  if (!date.problem.empty()) return out;
  out.day = policy::FirstDayOf(absl::StrCat(
      date.year, "-", date.month, date.day.empty() ? "" : "-", date.day));
  return out;
}

std::vector<ItemValue> MakeItems(const SourceMapping& mapping,
                                 const Layout& layout, const Fields& fields,
                                 const std::vector<std::string>& items,
                                 absl::Time as_of) {
  std::vector<ItemValue> values;
  for (size_t k = 0; k < mapping.items.size(); ++k) {
    const Pii<>& value = fields[layout.items[k]];
    if (!absl::c_linear_search(items, mapping.items[k].item)) continue;
    if (value.empty() || !identity::IsText(Read(value))) continue;
    const auto& day = layout.item_days[k];
    const auto& group = layout.item_groups[k];
    values.push_back(MakeItem(mapping, mapping.items[k], value,
                              day ? fields[*day] : Pii<>(), as_of));
    if (group) values.back().counted_by = fields[*group];
  }
  return values;
}

std::vector<RecordFact> MakeFacts(const SourceMapping& mapping,
                                  const Layout& layout, const Fields& fields,
                                  const std::vector<std::string>& conditions,
                                  absl::CivilDay today) {
  std::vector<RecordFact> facts;
  for (size_t k = 0; k < mapping.facts.size(); ++k) {
    if (!absl::c_linear_search(conditions, mapping.facts[k].condition))
      continue;
    if (const auto fact =
            ToFact(mapping.facts[k], Read(fields[layout.facts[k]]), today))
      facts.push_back(*fact);
  }
  return facts;
}

std::vector<std::string> MappedItems(const SourceMapping& mapping) {
  std::vector<std::string> names;
  for (const ItemColumn& i : mapping.items) names.push_back(i.item);
  absl::c_sort(names);
  return names;
}

}  // namespace kinstile::sources
