// SPDX-License-Identifier: Apache-2.0
// Builds a generation's token table from its records, in order of tokens.
#ifndef KINSTILE_GATEWAY_INDEX_TOKEN_TABLE_H_
#define KINSTILE_GATEWAY_INDEX_TOKEN_TABLE_H_

#include "absl/status/status.h"
#include "gateway/index/generation.h"
#include "gateway/storage/database.h"

namespace kinstile::index {

// Tokens are spread evenly, so inserting them as records come would touch a
// different page each. Instead the records are read once per slice of the token
// space (kSliceTokens at a time in memory), and each slice is written sorted:
// appends to a dense table. A token with more than kTooMany records keeps an
// empty row. Safe to repeat: starts by clearing what an earlier try left.
// FAILED_PRECONDITION when the enrolment is superseded meanwhile.
absl::Status BuildTokenTable(storage::Database& database, const EnrolmentId& id,
                             const Generation& row, size_t slice_tokens);

inline constexpr size_t kSliceTokens = 3'000'000;  // 48 MB

}  // namespace kinstile::index

#endif  // KINSTILE_GATEWAY_INDEX_TOKEN_TABLE_H_
