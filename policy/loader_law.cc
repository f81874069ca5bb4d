// SPDX-License-Identifier: Apache-2.0
// Reads the catalogue of gateways.

#include "policy/loader_law.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "kinstile/v1/law.pb.h"
#include "policy/loader_text.h"

namespace kinstile::policy::internal {
namespace {

void CheckGateway(const v1::Gateway& gateway, const Node& node,
                  const LoadOptions& options, Report* report) {
  if (!IsId(gateway.id())) {
    report->Error("LP008", node.At("id"), "a gateway needs an `id`");
  }
  if (gateway.title().empty() || gateway.plain().empty()) {
    report->Error(
        "LP008", node.here(),
        absl::StrCat("gateway ", gateway.id(), " needs `title` and `plain`"));
  }
  if (gateway.strength() == v1::GATEWAY_STRENGTH_UNSPECIFIED) {
    report->Error("LP008", node.here(),
                  absl::StrCat("gateway ", gateway.id(), " needs `strength`"));
  }
  if (gateway.purposes().empty()) {
    report->Error("LP008", node.here(),
                  absl::StrCat("gateway ", gateway.id(), " needs `purposes`"));
  }
  if (gateway.may_disclose().empty() != gateway.any_discloser()) {
    report->Error("LP008", node.At("may_disclose"),
                  absl::StrCat("gateway ", gateway.id(),
                               " needs either `may_disclose` or "
                               "`any_discloser: true`"));
  }
  if (gateway.may_receive().empty() != gateway.any_recipient()) {
    report->Error("LP008", node.At("may_receive"),
                  absl::StrCat("gateway ", gateway.id(),
                               " needs either `may_receive` or "
                               "`any_recipient: true`"));
  }
  CheckSpans(gateway.in_force(), node, report);
  CheckVerified(absl::StrCat("gateway ", gateway.id()),
                gateway.has_verified() ? &gateway.verified() : nullptr, node,
                options, report);
  for (int i = 0; i < gateway.became_size(); ++i) {
    if (gateway.became(i).where() == v1::JURISDICTION_UNSPECIFIED ||
        gateway.became(i).now().empty()) {
      report->Error("LP008", node.Child("became", i).here(),
                    "`became` needs `where` and `now`");
    }
  }
}

}  // namespace

void CheckSpans(const google::protobuf::RepeatedPtrField<v1::InForce>& spans,
                const Node& entry, Report* report) {
  for (int i = 0; i < spans.size(); ++i) {
    const v1::InForce& span = spans[i];
    const Node at = entry.Child("in_force", i);
    if (span.where() == v1::JURISDICTION_UNSPECIFIED) {
      report->Error("LP008", at.here(), "`where` is missing");
    }
    absl::CivilDay from, to;
    const bool has_from = ParseDay(span.from(), &from);
    if (!has_from) {
      report->Error("LP008", at.At("from"), "`from` is not a day YYYY-MM-DD");
    }
    if (span.to().empty()) continue;
    if (!ParseDay(span.to(), &to)) {
      report->Error("LP008", at.At("to"), "`to` is not a day YYYY-MM-DD");
    } else if (has_from && to < from) {
      report->Error("LP008", at.At("to"), "`to` lies before `from`");
    }
  }
}

void CheckVerified(const std::string& what, const v1::Verified* verified,
                   const Node& entry, const LoadOptions& options,
                   Report* report) {
  if (verified == nullptr ||
      verified->certainty() == v1::CERTAINTY_UNSPECIFIED ||
      verified->by().empty() || verified->source().empty()) {
    report->Error(
        "LP008",
        verified == nullptr ? entry.here() : entry.Child("verified").here(),
        absl::StrCat(what,
                     " does not say who verified it, how certainly "
                     "and from which source"));
    return;
  }
  const Node at = entry.Child("verified");
  absl::CivilDay on;
  if (!ParseDay(verified->on(), &on)) {
    report->Error("LP008", at.At("on"), "`on` is not a day YYYY-MM-DD");
    return;
  }
  // Law that nobody has looked at for twelve months is stale.
  if (options.today <= absl::CivilDay(on.year() + 1, on.month(), on.day())) {
    return;
  }
  const std::string message =
      absl::StrCat(what, " was last verified more than a year ago");
  if (options.demo_mode) {
    report->Warn("LP109", at.At("on"), message);
  } else {
    report->Error("LP109", at.At("on"), message);
  }
}

bool InForceThroughout(
    const google::protobuf::RepeatedPtrField<v1::InForce>& spans, int nation,
    absl::CivilDay first, absl::CivilDay last, bool* ever) {
  for (const v1::InForce& span : spans) {
    if (span.where() != nation) continue;
    *ever = true;
    absl::CivilDay from, to;
    if (!ParseDay(span.from(), &from) || from > first) continue;
    if (span.to().empty() || (ParseDay(span.to(), &to) && to >= last)) {
      return true;
    }
  }
  return false;
}

Law ReadLaw(const std::vector<NamedBytes>& files, const LoadOptions& options,
            std::vector<Issue>* issues) {
  Law law;
  law.usable = true;
  std::vector<std::string> digests;
  for (const NamedBytes& file : files) {
    Report report(file.name, issues);
    auto catalogue = std::make_shared<v1::GatewayCatalogue>();
    std::unique_ptr<Node::Tree> tree =
        ParseText(file.bytes, catalogue.get(), &report);
    // Agreements cannot be held against a law that was only half read.
    if (report.has_errors()) law.usable = false;
    if (tree == nullptr) continue;
    const Node node(catalogue.get(), tree.get(), {1, 1});
    if (catalogue->version().empty()) {
      report.Error("LP008", node.here(), "the catalogue needs a `version`");
    } else if (!law.version.empty() && law.version != catalogue->version()) {
      report.Error("LP184", node.At("version"),
                   "catalogue files of different versions");
    }
    law.version = catalogue->version();
    for (int i = 0; i < catalogue->gateway_size(); ++i) {
      const v1::Gateway& gateway = catalogue->gateway(i);
      const Node at = node.Child("gateway", i);
      CheckGateway(gateway, at, options, &report);
      if (!law.gateways.emplace(gateway.id(), &gateway).second) {
        report.Error("LP007", at.At("id"),
                     absl::StrCat("gateway ", gateway.id(), " given twice"));
      }
    }
    ReadProvisions(*catalogue, node, options, &law, &report);
    ReadTerms(*catalogue, node, &law, &report);
    law.files.push_back(std::move(catalogue));
    digests.push_back(options.sha256(file.bytes));
  }
  // The order of the files does not matter.
  std::sort(digests.begin(), digests.end());
  law.digest =
      options.sha256(Canonical("kinstile/policy/catalogue/v1", digests));
  return law;
}

bool ParseDay(absl::string_view text, absl::CivilDay* day) {
  if (text.size() != 10) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    const auto c = static_cast<unsigned char>(text[i]);
    if (dash ? c != '-' : !absl::ascii_isdigit(c)) return false;
  }
  return absl::ParseCivilTime(text, day);
}

bool IsId(absl::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  if (!absl::ascii_isalnum(static_cast<unsigned char>(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
           c == '.';
  });
}

std::string Canonical(absl::string_view label,
                      const std::vector<std::string>& fields) {
  std::string out;
  auto append = [&out](absl::string_view field) {
    const uint64_t size = field.size();
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.push_back(static_cast<char>(size >> shift & 0xFF));
    }
    out.append(field.data(), field.size());
  };
  append(label);
  for (const std::string& field : fields) append(field);
  return out;
}

}  // namespace kinstile::policy::internal
