// SPDX-License-Identifier: Apache-2.0
// How good are an agreement's cases? Change the agreement for the worse, one
// small change at a time, and see whether any case notices.
//
// What no decision depends on is no mutant: to whom the receiver may pass on,
// and how counts are protected, are compared by diff.h.
//
// Each mutant widens what is shared, or loosens what the receiver must do: a
// condition dropped or left to the asker, an item made exact or older, a
// purpose, role or receiver added, a cap or a date moved out, a prohibition
// shortened. Mutants are compiled without the loader's checks, so that the
// cases stand alone.
#ifndef KINSTILE_POLICY_MUTATION_H_
#define KINSTILE_POLICY_MUTATION_H_

#include <string>
#include <vector>

#include "policy/cases.h"
#include "policy/issue.h"
#include "policy/loader.h"

namespace kinstile::policy {

struct MutationReport {
  std::string agreement;
  int mutants = 0;
  // Of those noticed, how many no single case notices, but the claim that the
  // cases show everything (TestSuite.nothing_else).
  int by_claim = 0;
  // What was changed in each mutant that no case noticed.
  std::vector<std::string> survivors;
  // Mistakes in the files: nothing was run.
  std::vector<Issue> issues;

  // Per cent of the mutants that a case noticed; 0 if there were none.
  double Score() const;
  // Likewise, without the claim that nothing else is shared.
  double ScoreByCases() const;
};

// `agreement` must load and its cases must pass. Takes some milliseconds for
// each hundred mutants and cases.
MutationReport Mutate(const std::vector<NamedBytes>& law,
                      const AgreementFiles& agreement, const NamedBytes& cases,
                      const LoadOptions& options);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_MUTATION_H_
