// SPDX-License-Identifier: Apache-2.0
// Checks of one agreement: its own form, and each flow against the law.
#ifndef KINSTILE_POLICY_LOADER_AGREEMENT_H_
#define KINSTILE_POLICY_LOADER_AGREEMENT_H_

#include "policy/active_set.h"
#include "policy/loader_law.h"
#include "policy/loader_report.h"

namespace kinstile::v1 {
class Agreement;
class Agreement_LegalBasis;
class Agreement_Party;
class Agreement_ShareRule;
}  // namespace kinstile::v1

namespace kinstile::policy::internal {

// Parties, dates, ids, headings and references (LP007, LP008, LP100, LP101,
// LP130, LP140, LP160, LP180 to LP184).
void CheckForm(const v1::Agreement& agreement, const Node& node, const Law& law,
               const LoadOptions& options, Report* report);

// One flow with its parties, basis and gateway.
struct FlowContext {
  const v1::Agreement& agreement;
  const v1::Agreement_ShareRule& flow;
  Node at;  // the flow
  const v1::Agreement_Party& from;
  const v1::Agreement_Party& to;
  const v1::Agreement_LegalBasis& basis;
  Node basis_at;
  const v1::Gateway& gateway;
  const Law& law;

  // Whether the flow states the condition, and imposes the obligation.
  bool Requires(int kind) const;
  bool Obliges(int kind) const;
};

// Layer 1 (LP102 to LP109) and what the flow itself must say (LP131, LP132,
// LP150, LP152, LP153, LP155, LP160, LP170, LP185).
void CheckFlow(const FlowContext& context, const LoadOptions& options,
               Report* report);

// Layers 2 to 4: each answer of the basis against what the catalogue says of
// it (LP101, LP102, LP109 to LP124).
void CheckLayers(const FlowContext& context, const LoadOptions& options,
                 Report* report);

// Whether a body of this type (a v1::AgencyType) holds confidential patient
// information.
bool OwesHealthConfidence(int type);

// Runs CheckFlow and CheckLayers on every flow whose references resolve.
void CheckFlows(const v1::Agreement& agreement, const Node& node,
                const Law& law, const LoadOptions& options, Report* report);

// From a checked message to the form that decisions read. `digest` is hex.
// Without a register every party is taken to carry out everything.
Agreement Compile(const v1::Agreement& agreement, const Law& law,
                  const Agencies* agencies, std::string digest);

}  // namespace kinstile::policy::internal

#endif  // KINSTILE_POLICY_LOADER_AGREEMENT_H_
