// SPDX-License-Identifier: Apache-2.0
// The parts of a question as a practitioner types them.
#ifndef KINSTILE_ADAPTERS_CLI_QUESTION_H_
#define KINSTILE_ADAPTERS_CLI_QUESTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "gateway/share/request.h"

namespace kinstile::cli {

// "NAME", "NAME=yes", "NAME=no" or "NAME=NUMBER". INVALID_ARGUMENT, also when
// NAME is no condition of the agreement schema.
absl::StatusOr<share::AssertedFact> ParseFact(const std::string& text);

// "AGENCY:ITEM,ITEM,...", an item with the grain that is wanted as
// "ITEM=GRAIN". INVALID_ARGUMENT.
absl::StatusOr<share::SourceAsk> ParseAsk(const std::string& text);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_QUESTION_H_
