// SPDX-License-Identifier: Apache-2.0
// The fixed words of agreements as people say them: for documents, for
// explanations, for answers on the command line. Plain English; no capital
// and no full stop, so that they fit into sentences.
#ifndef KINSTILE_POLICY_PHRASES_H_
#define KINSTILE_POLICY_PHRASES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "policy/active_set.h"
#include "policy/law.h"
#include "policy/vocabulary.h"

namespace kinstile::policy {

// Completes "released ...": "exactly", "as yes or no", "as a band".
absl::string_view InWords(Granularity as);
// Completes "asked ...": "about one household at a time".
absl::string_view InWords(Mode mode);
// "fact", "professional opinion", "the person's own words".
absl::string_view InWords(Nature nature);
// "England".
absl::string_view InWords(Jurisdiction nation);
// "controller in its own right".
absl::string_view InWords(Party::Role role);
// "reciprocal protocol: parties share with each other".
absl::string_view InWords(Agreement::Kind kind);
// "power", "data protection", ...
absl::string_view InWords(Layer layer);
// How far the law may be relied on: "checked with high certainty, ...".
absl::string_view InWords(Certainty certainty);

// Completes "only if ...", with its number and who decides it.
std::string InWords(const Condition& condition);
// Completes "the receiver must ...".
std::string InWords(const Obligation& obligation);

// "90 days", "1 year", "6 years".
std::string DaysInWords(int64_t days);
// "1 December 2026".
std::string DayInWords(absl::CivilDay day);
// "a", "a and b", "a, b and c"; with "or" if asked.
std::string ListInWords(const std::vector<std::string>& list,
                        absl::string_view last = "and");

// From the catalogue, or the word of the file if the catalogue lacks it.
std::string Label(const Catalogue& catalogue, AgencyType type);
std::string Label(const Catalogue& catalogue, Purpose purpose);
std::string Label(const Catalogue& catalogue, DataCategory category);
std::string ItemLabel(const Catalogue& catalogue, absl::string_view item);
// "whether anybody in the household receives an out-of-work benefit".
std::string ItemInWords(const Catalogue& catalogue, absl::string_view item);
// Completes "in order to ...".
std::string PurposeInWords(const Catalogue& catalogue, Purpose purpose);
// The title of a provision: "Article 6(1)(e): public task".
std::string ProvisionTitle(const Catalogue& catalogue,
                           absl::string_view answer);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_PHRASES_H_
