// SPDX-License-Identifier: Apache-2.0
// The register of practitioners, read at every request.
#include "adapters/daemon/practitioners.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/text.h"
#include "kinstile/v1/config.pb.h"

namespace kinstile::daemon {

absl::Status AssertPractitioner(const std::string& file,
                                client::Question& question) {
  KS_ASSIGN_OR_RETURN(const std::string text, wire::ReadFile(file));
  v1::PractitionerRegister known;
  KS_RETURN_IF_ERROR(
      wire::ParseStrictText(text, file, {"Practitioner.trained_on"}, &known));
  const v1::Practitioner* found = nullptr;
  for (const v1::Practitioner& p : known.practitioner()) {
    if (p.id() != question.practitioner) continue;
    if (found != nullptr)
      return absl::InvalidArgumentError(
          absl::StrCat(file, ": practitioner.id: is there twice"));
    found = &p;
  }
  if (found == nullptr)
    return absl::PermissionDeniedError(
        "practitioner: is not in this agency's register of practitioners");
  if (std::find(found->role().begin(), found->role().end(), question.role) ==
      found->role().end())
    return absl::PermissionDeniedError(
        "role: is not one of the practitioner's in this agency's register");
  question.trained_on = found->trained_on();
  return absl::OkStatus();
}

}  // namespace kinstile::daemon
