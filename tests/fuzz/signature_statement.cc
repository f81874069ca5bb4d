// SPDX-License-Identifier: Apache-2.0
// Statements that parties sign, and the register of agencies, on arbitrary
// bytes: whoever signed them, what does not say exactly what is signed is
// refused.
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "kinstile/v1/agreement.pb.h"
#include "policy/loader.h"
#include "tests/fuzz/small_policy.h"

namespace {

using namespace kinstile::policy;

LoadOptions Options() {
  LoadOptions options = kinstile::fuzz::SmallOptions();
  options.demo_mode = false;
  options.verify = [](absl::string_view, absl::string_view, absl::string_view) {
    return true;
  };
  return options;
}

const PolicyFiles& Files() {
  static const auto* const files = [] {
    auto* out = new PolicyFiles;
    out->law.push_back(
        {"law",
         absl::StrReplaceAll(kinstile::fuzz::kSmallLaw,
                             {{"certainty: LOW", "certainty: SIGNED_OFF"}})});
    out->agreements.push_back(
        {"a",
         {"agreement",
          absl::StrReplaceAll(kinstile::fuzz::kSmallAgreement,
                              {{"status: DRAFT", "status: SIGNED"}})},
         {}});
    out->agencies = {"agencies", kinstile::fuzz::kSmallRegister};
    out->agencies_signatures = {{"p", "x"}, {"q", "x"}};
    for (const char* party : {"p", "q"}) {
      std::vector<Issue> issues;
      const std::string statement =
          StatementFor(*out, "a", party, Options(), &issues);
      out->agreements[0].signatures.push_back({party, {party, statement}, "x"});
    }
    return out;
  }();
  return *files;
}

// Read by protobuf itself. The day is the signatory's to say.
kinstile::v1::SignatureStatement Parse(const std::string& text) {
  kinstile::v1::SignatureStatement out;
  if (!google::protobuf::TextFormat::ParseFromString(text, &out)) std::abort();
  out.clear_on();
  return out;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {Files().agreements[0].signatures[0].statement.bytes,
          kinstile::fuzz::kSmallRegister};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const bool good = Load(Files(), Options()).set != nullptr;
  if (!good) std::abort();  // the seeds must stay good

  PolicyFiles files = Files();
  std::string& statement = files.agreements[0].signatures[0].statement.bytes;
  const std::string right = statement;
  statement = text;
  const LoadResult as_statement = Load(files, Options());
  if ((as_statement.set != nullptr) == HasErrors(as_statement.issues)) {
    std::abort();
  }
  if (as_statement.set != nullptr &&
      !google::protobuf::util::MessageDifferencer::Equals(Parse(text),
                                                          Parse(right))) {
    std::abort();
  }

  files = Files();
  files.agencies.bytes = text;
  const LoadResult as_register = Load(files, Options());
  if ((as_register.set != nullptr) == HasErrors(as_register.issues)) {
    std::abort();
  }
  // Whoever is in force is in the register.
  if (as_register.set != nullptr &&
      (as_register.set->agencies().Find("p") == nullptr ||
       as_register.set->agencies().Find("q") == nullptr)) {
    std::abort();
  }
  return 0;
}
