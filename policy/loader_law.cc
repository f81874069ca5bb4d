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

// An entry not looked at for a year is stale law.
constexpr int kVerifiedForDays = 366;

void CheckSpans(const v1::Gateway& gateway, const Node& node, Report* report) {
  for (int i = 0; i < gateway.in_force_size(); ++i) {
    const v1::InForce& span = gateway.in_force(i);
    const Node at = node.Child("in_force", i);
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

void CheckVerified(const v1::Gateway& gateway, const Node& node,
                   const LoadOptions& options, Report* report) {
  const Node at = node.Child("verified");
  if (!gateway.has_verified() ||
      gateway.verified().certainty() == v1::CERTAINTY_UNSPECIFIED ||
      gateway.verified().by().empty() || gateway.verified().source().empty()) {
    report->Error("LP008", at.here(),
                  absl::StrCat("gateway ", gateway.id(),
                               " does not say who verified it, how certainly "
                               "and from which source"));
    return;
  }
  absl::CivilDay on;
  if (!ParseDay(gateway.verified().on(), &on)) {
    report->Error("LP008", at.At("on"), "`on` is not a day YYYY-MM-DD");
  } else if (options.today - on > kVerifiedForDays) {
    const std::string message = absl::StrCat(
        "gateway ", gateway.id(), " was last verified more than a year ago");
    if (options.demo_mode) {
      report->Warn("LP109", at.At("on"), message);
    } else {
      report->Error("LP109", at.At("on"), message);
    }
  }
}

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
  CheckSpans(gateway, node, report);
  CheckVerified(gateway, node, options, report);
}

}  // namespace

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
    if (tree == nullptr) {
      law.usable = false;
      continue;
    }
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
