// SPDX-License-Identifier: Apache-2.0
// A walk over the tokens finds every wrong name; then protobuf parses.

#include "policy/loader_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"

namespace kinstile::policy::internal {
namespace {

namespace pb = google::protobuf;
using pb::io::Tokenizer;

// Protobuf counts lines and columns from 0, and tabs as eight columns.
class Collector : public pb::io::ErrorCollector {
 public:
  explicit Collector(Report* report) : report_(report) {}
  void AddError(int line, int column, const std::string& message) override {
    if (report_ == nullptr) return;
    report_->Error("LP001", {line + 1, column + 1}, message);
  }

 private:
  Report* report_;
};

// Follows the descriptor through the tokens. Whatever is not understood as
// structure is left to protobuf's parser to report.
class Walk {
 public:
  Walk(absl::string_view text, Report* report)
      : stream_(text.data(), static_cast<int>(text.size())),
        silent_(nullptr),
        tokens_(&stream_, &silent_),
        report_(report) {
    tokens_.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
    tokens_.set_allow_f_after_float(true);
    tokens_.set_require_space_after_number(false);
    tokens_.set_allow_multiline_strings(true);
    tokens_.Next();
  }

  // False if the structure was lost on the way.
  bool Run(const pb::Descriptor* type) { return Fields(type, "", 0); }

 private:
  const Tokenizer::Token& now() { return tokens_.current(); }
  Place place() { return {now().line + 1, now().column + 1}; }
  bool Is(absl::string_view symbol) {
    return now().type == Tokenizer::TYPE_SYMBOL && now().text == symbol;
  }
  bool Take(absl::string_view symbol) {
    if (!Is(symbol)) return false;
    tokens_.Next();
    return true;
  }
  bool AtEnd() { return now().type == Tokenizer::TYPE_END; }

  bool Fields(const pb::Descriptor* type, absl::string_view closing,
              int depth) {
    if (depth > kMaxDepth) {
      report_->Error("LP006", place(),
                     absl::StrCat("nested deeper than ", kMaxDepth));
      return false;
    }
    std::set<std::string> seen;
    while (!AtEnd() && !(closing.size() == 1 && Is(closing))) {
      if (!Field(type, depth, &seen)) return false;
    }
    return closing.empty() || Take(closing);
  }

  bool Field(const pb::Descriptor* type, int depth,
             std::set<std::string>* seen) {
    if (now().type != Tokenizer::TYPE_IDENTIFIER) return false;
    const std::string name = now().text;
    const Place at = place();
    const pb::FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(name);
    if (type != nullptr && field == nullptr) UnknownField(*type, name, at);
    if (field != nullptr && !field->is_repeated() &&
        !seen->insert(name).second) {
      report_->Error("LP007", at, absl::StrCat("`", name, "` given twice"));
    }
    tokens_.Next();
    Take(":");
    if (!Value(field, depth)) return false;
    if (!Take(",")) Take(";");
    return true;
  }

  bool Value(const pb::FieldDescriptor* field, int depth) {
    if (!Take("[")) return Single(field, depth);
    if (Take("]")) return true;
    do {
      if (!Single(field, depth)) return false;
    } while (Take(","));
    return Take("]");
  }

  bool Single(const pb::FieldDescriptor* field, int depth) {
    const pb::Descriptor* nested =
        field == nullptr ? nullptr : field->message_type();
    if (Take("{")) return Fields(nested, "}", depth + 1);
    if (Take("<")) return Fields(nested, ">", depth + 1);
    const Place at = place();
    const bool minus = Take("-");
    const auto kind = now().type;
    if (kind == Tokenizer::TYPE_STRING) {
      while (now().type == Tokenizer::TYPE_STRING) tokens_.Next();
      return true;
    }
    if (kind != Tokenizer::TYPE_IDENTIFIER && kind != Tokenizer::TYPE_INTEGER &&
        kind != Tokenizer::TYPE_FLOAT) {
      return false;
    }
    if (field != nullptr && field->enum_type() != nullptr) {
      EnumValue(*field, minus, at);
    }
    tokens_.Next();
    return true;
  }

  void UnknownField(const pb::Descriptor& type, const std::string& name,
                    Place at) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) {
      names.push_back(type.field(i)->name());
    }
    report_->Error("LP001", at,
                   absl::StrCat("no field `", name, "` in ", type.name(),
                                DidYouMean(name, names)));
  }

  // Names only: a number hides its meaning from the reader, and protobuf would
  // even take one that stands for nothing.
  void EnumValue(const pb::FieldDescriptor& field, bool minus, Place at) {
    const pb::EnumDescriptor& type = *field.enum_type();
    if (minus || now().type != Tokenizer::TYPE_IDENTIFIER) {
      report_->Error(
          "LP002", at,
          absl::StrCat("`", field.name(),
                       "` is a number; write the name of the ", type.name()));
      return;
    }
    const pb::EnumValueDescriptor* value = type.FindValueByName(now().text);
    if (value == nullptr) {
      std::vector<std::string> names;
      for (int i = 1; i < type.value_count(); ++i) {
        names.push_back(type.value(i)->name());
      }
      report_->Error(
          "LP001", at,
          absl::StrCat("no ", type.name(), " is called `", now().text, "`",
                       DidYouMean(now().text, names)));
    } else if (value->number() == 0) {
      report_->Error(
          "LP003", at,
          absl::StrCat("`", field.name(), "` may not be ", value->name()));
    }
  }

  pb::io::ArrayInputStream stream_;
  Collector silent_;
  Tokenizer tokens_;
  Report* report_;
};

}  // namespace

std::unique_ptr<Node::Tree> ParseText(absl::string_view text,
                                      pb::Message* message, Report* report) {
  if (text.size() > kMaxFileBytes) {
    report->Error("LP006", {},
                  absl::StrCat("larger than ", kMaxFileBytes, " bytes"));
    return nullptr;
  }
  CheckCharacters(text, report);
  if (report->has_errors()) return nullptr;
  const bool followed = Walk(text, report).Run(message->GetDescriptor());
  if (followed && report->has_errors()) return nullptr;

  auto tree = std::make_unique<Node::Tree>();
  Collector errors(report);
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(tree.get());
  parser.SetRecursionLimit(kMaxDepth + 2);
  const bool parsed = parser.ParseFromString(std::string(text), message);
  if (!parsed && !report->has_errors()) {
    report->Error("LP001", {}, "cannot be parsed");
  }
  if (parsed && !followed) {
    // The guards have not seen everything that protobuf took.
    report->Error("LP001", {}, "uses a form of text that is not accepted");
  }
  if (report->has_errors()) return nullptr;
  return tree;
}

}  // namespace kinstile::policy::internal
