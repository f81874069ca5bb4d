// SPDX-License-Identifier: Apache-2.0
// Weights files: read strictly, or not at all.
#ifndef KINSTILE_GATEWAY_WIRE_WEIGHTS_H_
#define KINSTILE_GATEWAY_WIRE_WEIGHTS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/base/ids.h"
#include "gateway/linkage/weights.h"

namespace kinstile::wire {

// INVALID_ARGUMENT as "file:line:column: what" or naming the comparator and
// level: anything that LinkageWeights' comment refuses.
absl::StatusOr<linkage::Weights> ParseWeights(absl::string_view text,
                                              absl::string_view file);

// The file at `path`, or the shipped weights when it is empty.
absl::StatusOr<linkage::Weights> LoadWeights(const std::string& path);

// The weights that this program was built with
// (gateway/wire/shipped_weights.textproto).
absl::string_view ShippedWeightsText();

// As protobuf text with its digest; ParseWeights gives back the same.
std::string WeightsText(const linkage::Weights& weights);

// SHA-256 of the canonical encoding, label "kinstile/v1/linkage-weights".
Digest WeightsDigest(const linkage::Weights& weights);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_WEIGHTS_H_
