// SPDX-License-Identifier: Apache-2.0
// A decision as the form that an auditor knows: the Information Commissioner's
// data sharing code of practice (2021), annex B, field for field and in order.
#ifndef KINSTILE_POLICY_DECISION_FORM_H_
#define KINSTILE_POLICY_DECISION_FORM_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/engine.h"

namespace kinstile::policy {

// What the engine is not told.
struct FormContext {
  std::string practitioner;  // the requester's staff id
  std::string received;      // when the request came, UTC
};

struct FormField {
  absl::string_view heading;
  std::string text;
};

// All 23 fields, whatever was decided: the code wants refusals on record too.
// What the agreement does not say reads "not stated". The same arguments give
// the same bytes.
std::vector<FormField> FillForm(const ActiveSet& set, const Ask& ask,
                                Deciding deciding, const Decision& decision,
                                const FormContext& context);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_DECISION_FORM_H_
