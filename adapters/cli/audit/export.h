// SPDX-License-Identifier: Apache-2.0
// Opened entries in other people's formats: CSV, FHIR AuditEvent, OCSF.
#ifndef KINSTILE_ADAPTERS_CLI_AUDIT_EXPORT_H_
#define KINSTILE_ADAPTERS_CLI_AUDIT_EXPORT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/cli/audit/index.h"
#include "adapters/cli/output.h"

namespace kinstile::cli {

// A cell for spreadsheets (RFC 4180). Text that a spreadsheet would take for a
// formula (it starts with = + - @, a tab, a carriage return, or one of those
// behind quotes or blanks) gets an apostrophe in front: nothing in a trail may
// run on an officer's machine. Control characters become blanks.
std::string CsvCell(absl::string_view text);

// The header line, and one line for each agency that an entry is about (one for
// an entry about none). Lines end with CR LF.
std::string CsvHeader();
std::string ToCsv(const Found& found);

// HL7 FHIR R4 AuditEvents, as IHE BALP 1.1 profiles them: one for each agency
// and subject of an answered leg (PrivacyDisclosure.Source for what was given,
// .Recipient for what was got), a plain AuditEvent with outcome 4 for what was
// refused or not found, and outcome 0 for the rest. Handles are identifiers in
// the system `urn:kinstile:handle:AGENCY`. No validator has seen them: the
// shapes are held by tests against the published profiles' rules.
std::vector<Json> ToFhir(const Found& found, absl::string_view audience);

// An OCSF 1.1 event of the class API Activity (6003).
Json ToOcsf(const Found& found, absl::string_view audience);

}  // namespace kinstile::cli

#endif  // KINSTILE_ADAPTERS_CLI_AUDIT_EXPORT_H_
