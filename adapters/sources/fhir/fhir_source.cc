// SPDX-License-Identifier: Apache-2.0
// Resources to records.
#include "adapters/sources/fhir/fhir_source.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "adapters/sources/record.h"
#include "gateway/base/status_macros.h"

namespace kinstile::sources {
namespace {

using identity::Pii;
using identity::PiiAccess;

constexpr char kPatient[] = "Patient";
constexpr char kRelated[] = "RelatedPerson";
constexpr absl::string_view kPerson = "kinstile/fhir/person";
constexpr absl::string_view kByNhsNumber = "kinstile/fhir/nhs-number";

// "Type/id" of a resource; empty without an id that could be asked for.
std::string NameOf(const FhirJson& resource, absl::string_view type) {
  const std::string id = FhirText(resource, "id");
  return IsFhirId(id) ? absl::StrCat(type, "/", id) : "";
}

std::string PatientOf(const FhirJson& related) {
  const auto patient = related.find("patient");
  return patient == related.end() ? "" : FhirReference(*patient);
}

}  // namespace

struct FhirSource::Households {
  std::vector<std::string> names;            // of groups, or "Patient/id"
  absl::flat_hash_map<RowKey, uint32_t> of;  // person to household
  // A person's further groups; and groups with a shielded person.
  std::vector<std::pair<RowKey, uint32_t>> more;
  absl::flat_hash_set<uint32_t> closed;
  absl::flat_hash_map<RowKey, RowKey> patients_by_nhs;  // to the person
  // RelatedPersons that are Patients, and Patients shielded as such.
  absl::flat_hash_set<RowKey> doubles, shielded;
};

absl::StatusOr<std::unique_ptr<FhirSource>> FhirSource::Open(
    std::unique_ptr<FhirStore> store, SourceMapping mapping,
    const Clock& clock) {
  if (!mapping.fhir)
    return absl::InvalidArgumentError("mapping: has no fhir { }");
  return std::unique_ptr<FhirSource>(
      new FhirSource(std::move(store), std::move(mapping), clock));
}

absl::Status FhirSource::ReadGroups(Households& out, IssueList& issues) {
  return store_->ForEach(
      "Group",
      [&](const FhirJson& group, size_t row) {
        const auto members = FhirMembers(group);
        const std::string id = FhirText(group, "id");
        if (members.empty()) return absl::OkStatus();
        if (!IsFhirId(id)) {
          issues.Add({row, "id", "is none", false, "Group"});
          return absl::OkStatus();
        }
        const auto household = static_cast<uint32_t>(out.names.size());
        out.names.push_back(absl::StrCat("Group/", id));
        if (FhirShielded(group, *mapping_.fhir)) out.closed.insert(household);
        bool again = false;
        for (const std::string& member : members) {
          const RowKey key = KeyOf(kPerson, member);
          if (out.of.emplace(key, household).second) continue;
          out.more.emplace_back(key, household);
          again = true;
        }
        if (again)
          issues.Add({row, "member", "is in an earlier group, where it counts",
                      true, "Group"});
        return absl::OkStatus();
      },
      issues);
}

absl::Status FhirSource::ReadPatients(Households& out, IssueList&) {
  // Reported when they are given as records.
  std::vector<RowIssue> unread;
  IssueList nobody(unread);
  return store_->ForEach(
      kPatient,
      [&](const FhirJson& patient, size_t) {
        const std::string name = NameOf(patient, kPatient);
        if (name.empty() || FhirRetired(patient)) return absl::OkStatus();
        const RowKey key = KeyOf(kPerson, name);
        const Pii<> nhs = FhirPerson(patient).nhs_number;
        if (!nhs.empty())
          out.patients_by_nhs.emplace(digester_.Of(kByNhsNumber, nhs), key);
        if (FhirShielded(patient, *mapping_.fhir)) out.shielded.insert(key);
        return absl::OkStatus();
      },
      nobody);
}

// Who has no group is of the family of their patient, which gets the patient's
// name when it has none.
absl::Status FhirSource::ReadRelated(Households& out, IssueList&) {
  std::vector<RowIssue> unread;
  IssueList nobody(unread);
  return store_->ForEach(
      kRelated,
      [&](const FhirJson& related, size_t) {
        const std::string name = NameOf(related, kRelated);
        if (name.empty() || FhirRetired(related)) return absl::OkStatus();
        RowKey key = KeyOf(kPerson, name);
        const Pii<> nhs = FhirPerson(related).nhs_number;
        const auto same =
            out.patients_by_nhs.find(digester_.Of(kByNhsNumber, nhs));
        if (!nhs.empty() && same != out.patients_by_nhs.end()) {
          out.doubles.insert(key);
          key = same->second;
        }
        if (FhirShielded(related, *mapping_.fhir)) out.shielded.insert(key);
        const std::string patient = PatientOf(related);
        if (patient.empty()) return absl::OkStatus();
        const RowKey patient_key = KeyOf(kPerson, patient);
        auto family = out.of.find(patient_key);
        if (family == out.of.end()) {
          out.names.push_back(patient);
          family = out.of.emplace(patient_key, out.names.size() - 1).first;
        }
        const uint32_t household = family->second;
        const auto [mine, fresh] = out.of.emplace(key, household);
        if (!fresh && mine->second != household)
          out.more.emplace_back(key, household);
        return absl::OkStatus();
      },
      nobody);
}

absl::StatusOr<FhirSource::Households> FhirSource::ReadHouseholds(
    IssueList& issues) {
  Households out;
  KS_RETURN_IF_ERROR(ReadGroups(out, issues));
  KS_RETURN_IF_ERROR(ReadPatients(out, issues));
  KS_RETURN_IF_ERROR(ReadRelated(out, issues));
  for (const auto& [person, household] : out.more)
    if (out.shielded.contains(person)) out.closed.insert(household);
  return out;
}

absl::Status FhirSource::GiveRecord(
    const FhirJson& resource, const std::string& type, size_t row,
    const Households& households,
    absl::FunctionRef<absl::Status(SourceRecord)> fn, IssueList& issues) {
  const std::string name = NameOf(resource, type);
  if (name.empty()) {
    issues.Add({row, "id", "is none", false, type});
    return absl::OkStatus();
  }
  if (FhirRetired(resource)) {
    issues.Add({row, "", "is inactive or replaced by another", false, type});
    return absl::OkStatus();
  }
  const RowKey key = KeyOf(kPerson, name);
  if (households.doubles.contains(key)) return absl::OkStatus();
  SourceRecord record;
  record.row = row;
  record.local_id = Pii<>(type == kPatient ? FhirText(resource, "id") : name);
  record.shielded = households.shielded.contains(key);
  if (const auto family = households.of.find(key);
      family != households.of.end()) {
    record.local_family = Pii<>(households.names[family->second]);
    record.shielded |= households.closed.contains(family->second);
  }
  record.person = FhirPerson(resource);
  std::vector<RowIssue> found;
  IssueList list(found);
  CheckPerson(record.person, row, list);
  for (RowIssue& issue : found) {
    issue.table = type;
    issues.Add(std::move(issue));
  }
  return fn(std::move(record));
}

absl::Status FhirSource::ForEach(
    absl::FunctionRef<absl::Status(SourceRecord)> fn,
    std::vector<RowIssue>& out) {
  IssueList issues(out);
  store_->StartOver();
  KS_ASSIGN_OR_RETURN(const Households households, ReadHouseholds(issues));
  absl::flat_hash_set<RowKey> given;
  for (const char* type : {kPatient, kRelated}) {
    if (type == kRelated && !mapping_.fhir->related_people) continue;
    KS_RETURN_IF_ERROR(store_->ForEach(
        type,
        [&](const FhirJson& resource, size_t row) {
          // Pages that shift while they are read give somebody twice.
          const std::string name = NameOf(resource, type);
          if (!name.empty() && !given.insert(KeyOf(kPerson, name)).second)
            return absl::OkStatus();
          return GiveRecord(resource, type, row, households, fn, issues);
        },
        issues));
  }
  issues.Finish();
  return absl::OkStatus();
}

absl::StatusOr<FhirJson> FhirSource::ReadPerson(const Pii<>& local_id) {
  const std::string& id = local_id.Reveal(PiiAccess{});
  const bool related = absl::StartsWith(id, absl::StrCat(kRelated, "/"));
  KS_ASSIGN_OR_RETURN(FhirJson person,
                      store_->Read(related ? kRelated : kPatient,
                                   related ? id.substr(sizeof(kRelated)) : id));
  // Or shielded since the register was read: nothing of this person is given.
  if (FhirRetired(person) || FhirShielded(person, *mapping_.fhir))
    return absl::NotFoundError("no such record");
  return person;
}

absl::StatusOr<Pii<>> FhirSource::ReadColumn(const FhirJson& person,
                                             const std::string& column) {
  const size_t mark = column.find('#');
  if (mark == std::string::npos) return FhirPath(person, column);
  const auto found = store_->First(absl::StrReplaceAll(
      column.substr(0, mark), {{"{id}", FhirText(person, "id")}}));
  if (absl::IsNotFound(found.status())) return Pii<>();
  KS_RETURN_IF_ERROR(found.status());
  return FhirPath(*found, column.substr(mark + 1));
}

absl::StatusOr<std::vector<ItemValue>> FhirSource::ReadItems(
    const Pii<>& local_id, const std::vector<std::string>& items) {
  KS_ASSIGN_OR_RETURN(const FhirJson person, ReadPerson(local_id));
  std::vector<ItemValue> values;
  for (const ItemColumn& item : mapping_.items) {
    if (!absl::c_linear_search(items, item.item)) continue;
    KS_ASSIGN_OR_RETURN(Pii<> value, ReadColumn(person, item.column));
    if (value.empty()) continue;
    Pii<> day;
    if (!item.day.empty()) {
      KS_ASSIGN_OR_RETURN(day, ReadColumn(person, item.day));
    }
    values.push_back(
        MakeItem(mapping_, item, std::move(value), day, clock_.Now()));
    if (item.count_by.empty()) continue;
    KS_ASSIGN_OR_RETURN(values.back().counted_by,
                        ReadColumn(person, item.count_by));
  }
  return values;
}

absl::StatusOr<std::vector<RecordFact>> FhirSource::ReadFacts(
    const Pii<>& local_id, const std::vector<std::string>& conditions,
    absl::CivilDay today) {
  KS_ASSIGN_OR_RETURN(const FhirJson person, ReadPerson(local_id));
  // As a row with one column for each condition.
  Layout layout;
  Fields fields;
  for (const FactColumn& fact : mapping_.facts) {
    layout.facts.push_back(fields.size());
    Pii<> value;
    if (absl::c_linear_search(conditions, fact.condition)) {
      KS_ASSIGN_OR_RETURN(value, ReadColumn(person, fact.column));
    }
    fields.push_back(std::move(value));
  }
  return MakeFacts(mapping_, layout, fields, conditions, today);
}

std::vector<std::string> FhirSource::ItemNames() const {
  return MappedItems(mapping_);
}

}  // namespace kinstile::sources
