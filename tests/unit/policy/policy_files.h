// SPDX-License-Identifier: Apache-2.0
// The shipped policy files, as the tests of policy read them.
#ifndef KINSTILE_TESTS_UNIT_POLICY_POLICY_FILES_H_
#define KINSTILE_TESTS_UNIT_POLICY_POLICY_FILES_H_

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/loader.h"

namespace kinstile::policy::testing {

inline std::string ReadSource(const std::string& path) {
  std::ifstream in(absl::StrCat(KINSTILE_SOURCE_DIR, "/", path),
                   std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline AgreementFiles ShippedAgreement(const std::string& id) {
  const std::string path =
      absl::StrCat("policy/agreements/", id, "/agreement.textproto");
  return {id, {path, ReadSource(path)}, {}};
}

inline NamedBytes ShippedCases(const std::string& id) {
  const std::string path =
      absl::StrCat("policy/agreements/", id, "/cases.textproto");
  return {path, ReadSource(path)};
}

// gateways.textproto comes first.
inline std::vector<NamedBytes> ShippedLaw() {
  std::vector<NamedBytes> law;
  for (const char* name : {"gateways", "provisions", "vocabulary", "items"}) {
    const std::string path = absl::StrCat("policy/law/", name, ".textproto");
    law.push_back({path, ReadSource(path)});
  }
  return law;
}

// The register of the agencies of all shipped agreements.
inline NamedBytes ShippedAgencies() {
  const std::string path = "policy/agreements/agencies.textproto";
  return {path, ReadSource(path)};
}

// The agreements of `kinstile demo` and `kinstile link`.
inline PolicyFiles ShippedPolicy() {
  return {
      ShippedLaw(),
      {ShippedAgreement("family-support"), ShippedAgreement("register-link")},
      ShippedAgencies()};
}

// One agreement for each pilot of the guide.
inline constexpr const char* kPilots[] = {
    "childrens-centres", "family-intervention", "la-innovation",
    "school-gates",      "separating-parents",  "teenage-parents"};

inline PolicyFiles PilotPolicy() {
  PolicyFiles files = {ShippedLaw(), {}, ShippedAgencies()};
  for (const char* id : kPilots) {
    files.agreements.push_back(ShippedAgreement(id));
  }
  return files;
}

// Not a hash to rely on: 32 bytes that differ when the text does. Policy only
// passes digests through.
inline std::string ToyHash(absl::string_view text) {
  uint64_t state[4] = {1469598103934665603u, 2, 3, 4};
  for (unsigned char c : text) {
    for (uint64_t& s : state) {
      s = (s ^ c) * 1099511628211u + (s >> 47);
    }
  }
  return std::string(reinterpret_cast<const char*>(state), sizeof(state));
}

// Demo mode on the day that the shipped drafts were verified.
inline LoadOptions DemoOptions() {
  LoadOptions options;
  options.sha256 = ToyHash;
  options.demo_mode = true;
  options.today = absl::CivilDay(2026, 11, 23);
  return options;
}

// Every issue on a line of its own, for failure messages.
inline std::string AllIssues(const std::vector<Issue>& issues) {
  std::string out;
  for (const Issue& issue : issues) absl::StrAppend(&out, Format(issue), "\n");
  return out;
}

}  // namespace kinstile::policy::testing

#endif  // KINSTILE_TESTS_UNIT_POLICY_POLICY_FILES_H_
