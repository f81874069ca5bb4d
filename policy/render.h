// SPDX-License-Identifier: Apache-2.0
// An agreement as the document that its parties read and sign.
//
// In the order of the ICO's data sharing code (DPA 2018 s.121): purpose,
// parties, data, lawful basis, rights, retention, security, accuracy, breach,
// review, ending, annexes; with who may see what, why and for how long in one
// table at the front. Everything in it comes from the agreement and from the
// catalogue, so that nobody can sign words that the rules do not carry out.
#ifndef KINSTILE_POLICY_RENDER_H_
#define KINSTILE_POLICY_RENDER_H_

#include <string>

#include "policy/active_set.h"
#include "policy/document.h"
#include "policy/law.h"

namespace kinstile::policy {

// Deterministic: depends on the arguments only.
Document Render(const Agreement& agreement, const Catalogue& catalogue);

// The bytes whose digest a signature covers: Render's Markdown.
std::string SignedRendering(const Agreement& agreement,
                            const Catalogue& catalogue);

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_RENDER_H_
