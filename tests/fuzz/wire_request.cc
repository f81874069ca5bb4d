// SPDX-License-Identifier: Apache-2.0
// A request off the wire: converted, checked and encoded, or refused.
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/share/request.h"
#include "gateway/wire/convert.h"

namespace {

using namespace kinstile;

share::SignedRequest Seed() {
  share::SignedRequest s;
  share::ShareRequest& r = s.request;
  r.agency = *AgencyId::Create("council");
  r.agreement = *AgreementId::Create("family-support");
  for (std::string* text :
       {&r.purpose, &r.mode, &r.practitioner, &r.role, &r.reason})
    *text = "a text";
  r.facts = {{"CASE_IS_OPEN", true, 3}};
  r.members = {{{}, {{0, {}}, {3, {}}}}};
  r.asks = {
      {*AgencyId::Create("health"), "visits", {"visits", "contact"}, "opaque"}};
  return s;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  v1::SignedShareRequest message;
  wire::ToProto(Seed(), &message);
  return {message.SerializeAsString()};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const google::protobuf::LogSilencer quiet;
  v1::SignedShareRequest message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto in = wire::FromProto(message);
  if (!in.ok()) {
    if (!absl::IsInvalidArgument(in.status())) std::abort();
    return 0;
  }
  const absl::Status shape = share::CheckShape(in->request);
  if (!shape.ok() && !absl::IsInvalidArgument(shape)) std::abort();
  const std::string encoded = share::Encode(in->request);
  // The way out and in again changes nothing that is signed.
  v1::SignedShareRequest out;
  wire::ToProto(*in, &out);
  const auto again = wire::FromProto(out);
  if (!again.ok() || share::Encode(again->request) != encoded ||
      again->signature != in->signature)
    std::abort();
  return 0;
}
