// SPDX-License-Identifier: Apache-2.0
// The source that an adapter's configuration names.
#ifndef KINSTILE_ADAPTERS_DAEMON_OPEN_SOURCE_H_
#define KINSTILE_ADAPTERS_DAEMON_OPEN_SOURCE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/identity/pii.h"
#include "adapters/sources/source.h"
#include "gateway/base/clock.h"
#include "kinstile/v1/config.pb.h"

namespace kinstile::daemon {

// Paths are relative to the configuration. INVALID_ARGUMENT unless it names one
// kind of source; errors of the mapping as FILE:LINE:COLUMN; of the source as
// its Open says.
absl::StatusOr<std::unique_ptr<sources::RecordSource>> OpenSource(
    const std::string& config_path, const v1::AdapterConfig& config,
    const Clock& clock);

// A file that only this user may read, without the line end. The text is a
// password or holds one. FAILED_PRECONDITION when others may read it.
absl::StatusOr<identity::Pii<>> ReadConnectionString(const std::string& path);

}  // namespace kinstile::daemon

#endif  // KINSTILE_ADAPTERS_DAEMON_OPEN_SOURCE_H_
