// SPDX-License-Identifier: Apache-2.0
// From the consortium manifest to who can open what of a trail.
#ifndef KINSTILE_GATEWAY_SHARE_RECIPIENTS_H_
#define KINSTILE_GATEWAY_SHARE_RECIPIENTS_H_

#include "gateway/audit/audience.h"
#include "gateway/share/consortium.h"

namespace kinstile::share {

// Each agency's own officers, then every oversight team, in the manifest's
// order; with the manifest's bytes and signatures, so that whoever verifies a
// trail can derive the same again.
audit::KeyManifest RecipientsOf(const Consortium& consortium);

}  // namespace kinstile::share

#endif  // KINSTILE_GATEWAY_SHARE_RECIPIENTS_H_
