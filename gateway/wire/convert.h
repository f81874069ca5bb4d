// SPDX-License-Identifier: Apache-2.0
// Between protocol messages and checked types: once, at the edge.
#ifndef KINSTILE_GATEWAY_WIRE_CONVERT_H_
#define KINSTILE_GATEWAY_WIRE_CONVERT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "gateway/base/ids.h"
#include "gateway/share/answer.h"
#include "gateway/share/request.h"
#include "gateway/share/sources.h"
#include "kinstile/v1/share.pb.h"
#include "kinstile/v1/source_service.pb.h"

namespace kinstile::wire {

// From messages: INVALID_ARGUMENT naming the field for a wrong size, a
// malformed name or a missing part. Unknown fields are ignored and never
// trusted: signatures are over the checked types.
absl::StatusOr<std::vector<KeyedToken>> FromProto(
    const google::protobuf::RepeatedPtrField<v1::KeyedToken>& tokens);
absl::StatusOr<share::SignedRequest> FromProto(
    const v1::SignedShareRequest& in);
absl::StatusOr<share::SourceAsk> FromProto(const v1::SourceAsk& in);
absl::StatusOr<share::SourceAnswer> FromProto(const v1::SourceAnswer& in);
absl::StatusOr<std::vector<share::MatchedMember>> FromProto(
    const google::protobuf::RepeatedPtrField<v1::MatchedMember>& in);
share::WithheldItem FromProto(const v1::WithheldItem& in);
// INVALID_ARGUMENT also for more hits or records than a question may have.
absl::StatusOr<std::vector<share::CandidateHit>> FromProto(
    const google::protobuf::RepeatedPtrField<v1::CandidateHit>& in);
absl::StatusOr<std::vector<share::ComparedFamily>> FromProto(
    const v1::CompareResult& in);

void ToProto(const std::vector<KeyedToken>& in,
             google::protobuf::RepeatedPtrField<v1::KeyedToken>* out);
void ToProto(const share::SignedRequest& in, v1::SignedShareRequest* out);
void ToProto(const share::SourceAnswer& in, v1::SourceAnswer* out);
void ToProto(const std::vector<share::MatchedMember>& in,
             google::protobuf::RepeatedPtrField<v1::MatchedMember>* out);
void ToProto(const share::WithheldItem& in, v1::WithheldItem* out);
void ToProto(const std::vector<share::CandidateHit>& in,
             google::protobuf::RepeatedPtrField<v1::CandidateHit>* out);
void ToProto(const std::vector<share::ComparedFamily>& in,
             v1::CompareResult* out);

}  // namespace kinstile::wire

#endif  // KINSTILE_GATEWAY_WIRE_CONVERT_H_
