// SPDX-License-Identifier: Apache-2.0
// What an asker may know of a refusal.
#ifndef KINSTILE_GATEWAY_RPC_REFUSAL_H_
#define KINSTILE_GATEWAY_RPC_REFUSAL_H_

#include "kinstile/v1/share.pb.h"
#include "policy/permit.h"

namespace kinstile::rpc {

// The asker's half only: reason_for_record and personal conditions stay.
inline void RefusalToProto(const policy::Refusal& in, v1::Refusal* out) {
  out->set_flow(in.flow);
  out->set_rule(in.rule);
  out->set_layer(std::string(policy::Name(in.layer)));
  for (policy::ConditionKind kind : in.missing_for_asker)
    out->add_missing(std::string(policy::Name(kind)));
  out->set_reason(in.reason_for_asker);
}

}  // namespace kinstile::rpc

#endif  // KINSTILE_GATEWAY_RPC_REFUSAL_H_
