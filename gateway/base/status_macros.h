// SPDX-License-Identifier: Apache-2.0
// The two ways an error travels upward; there is no third.
#ifndef KINSTILE_GATEWAY_BASE_STATUS_MACROS_H_
#define KINSTILE_GATEWAY_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function when `expr` is not OK.
#define KS_RETURN_IF_ERROR(expr)                                            \
  do {                                                                      \
    if (absl::Status ks_status = (expr); !ks_status.ok()) return ks_status; \
  } while (false)

#define KS_CONCAT_INNER_(a, b) a##b
#define KS_CONCAT_(a, b) KS_CONCAT_INNER_(a, b)

// Declares or assigns `lhs` from a StatusOr, or returns its error.
#define KS_ASSIGN_OR_RETURN(lhs, expr) \
  KS_ASSIGN_OR_RETURN_(KS_CONCAT_(ks_value_, __LINE__), lhs, expr)
#define KS_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                         \
  if (!tmp.ok()) return tmp.status();        \
  lhs = *std::move(tmp)

#endif  // KINSTILE_GATEWAY_BASE_STATUS_MACROS_H_
