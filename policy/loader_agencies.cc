// SPDX-License-Identifier: Apache-2.0
// Reads agencies.textproto, and compares what agreements say of agencies.

#include "policy/loader_agencies.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kinstile/v1/agency.pb.h"
#include "kinstile/v1/agreement.pb.h"
#include "policy/loader_law.h"
#include "policy/loader_text.h"

namespace kinstile::policy::internal {
namespace {

// As for the manifest: nobody can change who the agencies are alone.
constexpr size_t kSignatures = 2;

template <class List, class Value>
bool Has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

void Need(bool present, const Node& at, absl::string_view what,
          Report* report) {
  if (present || report->Disturbed(at.here())) return;
  report->Error("LP008", at.here(), absl::StrCat(what, " is missing"));
}

bool IsKey(const std::string& hex) {
  return hex.size() == 64 && std::all_of(hex.begin(), hex.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
                  (c >= 'a' && c <= 'f');
         });
}

KeySpan ReadKey(const v1::AgencyRegister::SigningKey& in, const Node& at,
                Report* report) {
  KeySpan out;
  out.ed25519 = in.ed25519();
  if (!IsKey(out.ed25519)) {
    report->Error("LP008", at.At("ed25519"),
                  "`ed25519` is not 64 characters of lower-case hex");
  }
  if (!ParseDay(in.from(), &out.from)) {
    report->Error("LP008", at.At("from"), "`from` is not a day YYYY-MM-DD");
  }
  if (in.to().empty()) return out;
  absl::CivilDay to;
  if (!ParseDay(in.to(), &to)) {
    report->Error("LP008", at.At("to"), "`to` is not a day YYYY-MM-DD");
  } else if (to < out.from) {
    report->Error("LP008", at.At("to"), "`to` lies before `from`");
  }
  out.to = to;
  return out;
}

// Nine characters, the nation first.
bool IsGssCode(const std::string& code) {
  if (code.size() != 9 || std::string("EWS").find(code[0]) == std::string::npos)
    return false;
  for (size_t i = 1; i < code.size(); ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(code[i]))) return false;
  }
  return true;
}

Agency ReadAgency(const v1::AgencyRegister::Agency& in, const Node& at,
                  Report* report) {
  Agency out;
  out.id = in.id();
  if (!IsId(out.id)) {
    report->Error("LP008", at.At("id"),
                  "an agency needs an `id` of letters, digits, '-' and '.', "
                  "at most 64");
  }
  Need(in.type() != v1::AGENCY_TYPE_UNSPECIFIED, at, "`type`", report);
  Need(!in.name().empty(), at, "`name`", report);
  Need(in.jurisdiction_size() > 0, at, "`jurisdiction`", report);
  Need(in.has_public_authority(), at, "`public_authority`", report);
  if (!in.gss_code().empty() && !IsGssCode(in.gss_code())) {
    report->Error("LP008", at.At("gss_code"),
                  "`gss_code` is not E, W or S and eight digits");
  }
  out.type = static_cast<AgencyType>(in.type());
  out.name = in.name();
  for (int nation : in.jurisdiction()) {
    out.nations.push_back(static_cast<Jurisdiction>(nation));
  }
  out.public_authority = in.public_authority();
  out.ico_registration = in.ico_registration();
  for (int kind : in.can_carry_out()) {
    out.carries_out.Add(static_cast<ObligationKind>(kind));
  }
  for (int k = 0; k < in.key_size(); ++k) {
    out.keys.push_back(ReadKey(in.key(k), at.Child("key", k), report));
  }
  out.roles.assign(in.role().begin(), in.role().end());
  out.signatory_posts.assign(in.signatory_post().begin(),
                             in.signatory_post().end());
  return out;
}

void CheckSignatures(const PolicyFiles& files, const LoadOptions& options,
                     Agencies* agencies, Report* report) {
  const std::string message = RegisterToSign(files.agencies.bytes);
  std::set<std::string> good;
  for (const NamedBytes& signature : files.agencies_signatures) {
    if (agencies->Find(signature.name) == nullptr) {
      report->Error("LP182", {},
                    absl::StrCat("signature of ", signature.name,
                                 ", which is no agency of the register"));
    } else if (!options.verify ||
               !options.verify(signature.name, message, signature.bytes)) {
      report->Error("LP182", {},
                    absl::StrCat("the signature of ", signature.name,
                                 " does not verify"));
    } else {
      good.insert(signature.name);
    }
  }
  agencies->signed_by.assign(good.begin(), good.end());
  if (!options.demo_mode && good.size() < kSignatures) {
    report->Error("LP182", {},
                  absl::StrCat("the register of agencies needs the signatures "
                               "of ",
                               kSignatures, " agencies"));
  }
}

class Parties {
 public:
  Parties(const v1::Agreement& agreement, const Node& node,
          const Agencies& agencies, Report* report)
      : a_(agreement), node_(node), agencies_(agencies), report_(report) {
    for (const Agency& each : agencies.agency) names_.push_back(each.id);
  }

  void Check() {
    for (int i = 0; i < a_.party_size(); ++i) Party(i);
    for (int f = 0; f < a_.share_size(); ++f) Roles(f);
  }

 private:
  void Party(int i) {
    const v1::Agreement::Party& party = a_.party(i);
    const Node at = node_.Child("party", i);
    const Agency* agency = agencies_.Find(party.id());
    if (agency == nullptr) {
      report_->Error("LP100", at.At("id"),
                     absl::StrCat("no agency ", party.id(), " in the register",
                                  DidYouMean(party.id(), names_)));
      return;
    }
    auto differs = [&](const char* field) {
      report_->Error("LP186", at.At(field),
                     absl::StrCat("`", field, "` of party ", party.id(),
                                  " is not as in the register of agencies"));
    };
    if (static_cast<int>(party.type()) != static_cast<int>(agency->type)) {
      differs("type");
    }
    if (party.has_public_authority() &&
        party.public_authority() != agency->public_authority) {
      differs("public_authority");
    }
    if (!party.ico_registration().empty() &&
        !agency->ico_registration.empty() &&
        party.ico_registration() != agency->ico_registration) {
      differs("ico_registration");
    }
    if (!agency->signatory_posts.empty() && !party.signatory_post().empty() &&
        !Has(agency->signatory_posts, party.signatory_post())) {
      report_->Error("LP186", at.At("signatory_post"),
                     absl::StrCat("`signatory_post` of party ", party.id(),
                                  " signs nothing for it, says the register",
                                  DidYouMean(party.signatory_post(),
                                             agency->signatory_posts)));
    }
    Nations(party.id(), *agency, at);
  }

  // Who works in none of the nations has nothing to do here.
  void Nations(const std::string& party, const Agency& agency, const Node& at) {
    for (int nation : a_.jurisdiction()) {
      if (Has(agency.nations, static_cast<Jurisdiction>(nation))) return;
    }
    if (a_.jurisdiction().empty()) return;
    report_->Error("LP186", at.At("id"),
                   absl::StrCat("party ", party,
                                " exercises no functions in any nation of "
                                "this agreement, says the register"));
  }

  void Roles(int f) {
    const v1::Agreement::ShareRule& flow = a_.share(f);
    const Agency* agency = agencies_.Find(flow.to());
    if (agency == nullptr || agency->roles.empty()) return;
    for (int r = 0; r < flow.to_roles_size(); ++r) {
      if (flow.to_roles(r).empty() || Has(agency->roles, flow.to_roles(r))) {
        continue;
      }
      report_->Error(
          "LP187", node_.Child("share", f).At("to_roles", r),
          absl::StrCat("rule ", flow.id(), ": ", flow.to(), " has no role ",
                       flow.to_roles(r), " in the register",
                       DidYouMean(flow.to_roles(r), agency->roles)));
    }
  }

  const v1::Agreement& a_;
  const Node& node_;
  const Agencies& agencies_;
  Report* report_;
  std::vector<std::string> names_;
};

}  // namespace

AgencyFile ReadAgencies(const PolicyFiles& files, const LoadOptions& options,
                        std::vector<Issue>* issues) {
  AgencyFile out;
  Report report(files.agencies.name, issues);
  if (files.agencies.name.empty()) {
    const std::string message =
        "no register of agencies (agencies.textproto beside the agreements): "
        "what they say of their parties is not checked";
    if (options.demo_mode) {
      report.Warn("LP188", {}, message);
    } else {
      report.Error("LP188", {}, message);
    }
    return out;
  }
  v1::AgencyRegister parsed;
  const auto tree = ParseText(files.agencies.bytes, &parsed, &report);
  if (tree == nullptr) return out;
  const Node node(&parsed, tree.get(), {1, 1});
  Need(!parsed.version().empty(), node, "`version`", &report);
  out.agencies.version = parsed.version();
  out.agencies.digest =
      absl::BytesToHexString(options.sha256(files.agencies.bytes));
  std::set<std::string> ids;
  for (int i = 0; i < parsed.agency_size(); ++i) {
    const Node at = node.Child("agency", i);
    out.agencies.agency.push_back(ReadAgency(parsed.agency(i), at, &report));
    if (ids.insert(parsed.agency(i).id()).second) continue;
    report.Error(
        "LP007", at.At("id"),
        absl::StrCat("agency ", parsed.agency(i).id(), " given twice"));
  }
  std::sort(out.agencies.agency.begin(), out.agencies.agency.end(),
            [](const Agency& a, const Agency& b) { return a.id < b.id; });
  if (!options.signatures_aside) {
    CheckSignatures(files, options, &out.agencies, &report);
  }
  out.usable = !report.has_errors();
  return out;
}

void CheckAgainstRegister(const v1::Agreement& agreement, const Node& node,
                          const AgencyFile& register_file, Report* report) {
  if (!register_file.usable) return;
  Parties(agreement, node, register_file.agencies, report).Check();
}

}  // namespace kinstile::policy::internal
