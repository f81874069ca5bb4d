// SPDX-License-Identifier: Apache-2.0
// A walk over the tokens finds every wrong name; then protobuf parses.

#include "policy/loader_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <set>
#include <string>
#include <vector>

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
  bool Run(const pb::Descriptor* type) { return Fields(type, "", 0, {1, 1}); }

  // A token that stands for no value of its enum, and the place behind it.
  struct Wrong {
    Place from;
    Place to;
  };
  const std::vector<Wrong>& wrong() const { return wrong_; }

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

  // `here` is the place by which the loader knows the message.
  bool Fields(const pb::Descriptor* type, absl::string_view closing, int depth,
              Place here) {
    if (depth > kMaxDepth) {
      report_->Error("LP006", place(),
                     absl::StrCat("nested deeper than ", kMaxDepth));
      return false;
    }
    std::set<std::string> seen;
    while (!AtEnd() && !(closing.size() == 1 && Is(closing))) {
      if (!Field(type, depth, here, &seen)) return false;
    }
    return closing.empty() || Take(closing);
  }

  bool Field(const pb::Descriptor* type, int depth, Place here,
             std::set<std::string>* seen) {
    if (now().type != Tokenizer::TYPE_IDENTIFIER) return false;
    const std::string name = now().text;
    const Place at = place();
    const pb::FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(name);
    if (type != nullptr && field == nullptr) {
      UnknownField(*type, name, at);
      report_->Disturb(here);
    }
    if (field != nullptr && !field->is_repeated() &&
        !seen->insert(name).second) {
      report_->Error("LP007", at, absl::StrCat("`", name, "` given twice"));
    }
    tokens_.Next();
    Take(":");
    message_ = here;
    if (!Value(field, depth, at)) return false;
    if (!Take(",")) Take(";");
    return true;
  }

  bool Value(const pb::FieldDescriptor* field, int depth, Place name) {
    if (!Take("[")) return Single(field, depth, name);
    if (Take("]")) return true;
    do {
      if (!Single(field, depth, name)) return false;
    } while (Take(","));
    return Take("]");
  }

  bool Single(const pb::FieldDescriptor* field, int depth, Place name) {
    const pb::Descriptor* nested =
        field == nullptr ? nullptr : field->message_type();
    if (Take("{")) return Fields(nested, "}", depth + 1, name);
    if (Take("<")) return Fields(nested, ">", depth + 1, name);
    const Place at = place();
    const bool minus = Take("-");
    const auto kind = now().type;
    if (kind == Tokenizer::TYPE_STRING) {
      for (; now().type == Tokenizer::TYPE_STRING; tokens_.Next()) Escapes();
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

  // An escape could stand for a character that the guards refuse when they see
  // it. A quote and the backslash itself cannot.
  void Escapes() {
    const std::string& raw = now().text;
    for (size_t i = 0; i + 1 < raw.size(); ++i) {
      if (raw[i] != '\\') continue;
      const char escaped = raw[++i];
      if (escaped == '"' || escaped == '\'' || escaped == '\\') continue;
      report_->Error("LP005", place(),
                     "an escape in a string: write the character itself");
      return;
    }
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
      Leave(at);
      report_->Error(
          "LP002", at,
          absl::StrCat("`", field.name(),
                       "` is a number; write the name of the ", type.name()));
      return;
    }
    const pb::EnumValueDescriptor* value = type.FindValueByName(now().text);
    if (value == nullptr) {
      Leave(at);
      std::vector<std::string> names;
      for (int i = 1; i < type.value_count(); ++i) {
        names.push_back(type.value(i)->name());
      }
      report_->Error(
          "LP001", at,
          absl::StrCat("no ", type.name(), " is called `", now().text, "`",
                       DidYouMean(now().text, names)));
    } else if (value->number() == 0) {
      report_->Disturb(message_);
      report_->Error(
          "LP003", at,
          absl::StrCat("`", field.name(), "` may not be ", value->name()));
    }
  }

  // The present token is left out of what protobuf gets to see.
  void Leave(Place from) {
    report_->Disturb(message_);
    wrong_.push_back({from, {now().line + 1, now().end_column + 1}});
  }

  Place message_{1, 1};  // in which the present value stands
  std::vector<Wrong> wrong_;
  pb::io::ArrayInputStream stream_;
  Collector silent_;
  Tokenizer tokens_;
  Report* report_;
};

// Where a place of the tokenizer lies in the text: it counts bytes, and tabs up
// to the next multiple of eight.
size_t OffsetOf(absl::string_view text, Place place) {
  size_t at = 0;
  for (int line = 1; line < place.line && at < text.size(); ++at) {
    if (text[at] == '\n') ++line;
  }
  for (int column = 1; column < place.column && at < text.size(); ++at) {
    column = text[at] == '\t' ? (column - 1) / 8 * 8 + 9 : column + 1;
  }
  return at;
}

// Overwrites each wrong token with zero, in its place: the other places stay
// true, and zero says nothing.
std::string Without(absl::string_view text,
                    const std::vector<Walk::Wrong>& wrong) {
  std::string out(text);
  for (const Walk::Wrong& each : wrong) {
    const size_t from = OffsetOf(text, each.from);
    const size_t to = OffsetOf(text, each.to);
    for (size_t i = from; i < to; ++i) out[i] = i == from ? '0' : ' ';
  }
  return out;
}

// Everything that has a right name, for the checks that follow. The mistakes
// are told already.
std::unique_ptr<Node::Tree> ParseTheRest(absl::string_view text,
                                         const std::vector<Walk::Wrong>& wrong,
                                         pb::Message* message) {
  auto tree = std::make_unique<Node::Tree>();
  Collector silent(nullptr);
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silent);
  parser.WriteLocationsTo(tree.get());
  parser.SetRecursionLimit(kMaxDepth + 2);
  parser.AllowUnknownField(true);
  if (!parser.MergeFromString(Without(text, wrong), message)) return nullptr;
  return tree;
}

}  // namespace

std::unique_ptr<Node::Tree> ParseText(absl::string_view text,
                                      pb::Message* message, Report* report) {
  if (text.size() > kMaxFileBytes) {
    report->Error("LP006", {},
                  absl::StrCat("larger than ", kMaxFileBytes, " bytes"));
    return nullptr;
  }
  if (!CheckCharacters(text, report)) return nullptr;
  Walk walk(text, report);
  const bool followed = walk.Run(message->GetDescriptor());
  if (followed && report->has_errors()) {
    return ParseTheRest(text, walk.wrong(), message);
  }

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
