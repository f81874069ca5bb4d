// SPDX-License-Identifier: Apache-2.0
// Strict protobuf text with every mistake placed.
#include "gateway/wire/text.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"

namespace kinstile::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

class Collector final : public google::protobuf::io::ErrorCollector {
 public:
  explicit Collector(absl::string_view file) : file_(file) {}
  void AddError(int line, int column, const std::string& message) override {
    At(line, column, message);
  }
  void AddWarning(int line, int column, const std::string& message) override {
    At(line, column, message);
  }
  void At(int line, int column, absl::string_view message) {
    // The parser counts from zero.
    mistakes.push_back(absl::StrCat(file_, ":", std::max(line, 0) + 1, ":",
                                    std::max(column, 0) + 1, ": ", message));
  }
  std::vector<std::string> mistakes;

 private:
  std::string file_;
};

class RequiredFields {
 public:
  RequiredFields(const OptionalFields& optional, Collector& out)
      : optional_(optional), out_(out) {}

  // `line`, `column`: where `message` itself stands.
  void Check(const Message& message, TextFormat::ParseInfoTree* tree, int line,
             int column) {
    const Descriptor* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (!IsSet(message, field)) {
        if (Required(field))
          out_.At(line, column,
                  absl::StrCat("\"", field->name(), "\" is not set in ",
                               type->name()));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Descend(message, field, tree);
      }
    }
  }

 private:
  static bool IsSet(const Message& m, const FieldDescriptor* f) {
    if (f->is_repeated()) return m.GetReflection()->FieldSize(m, f) > 0;
    return m.GetReflection()->HasField(m, f);
  }

  bool Required(const FieldDescriptor* f) const {
    return optional_.count(
               absl::StrCat(f->containing_type()->name(), ".", f->name())) == 0;
  }

  void Descend(const Message& message, const FieldDescriptor* field,
               TextFormat::ParseInfoTree* tree) {
    const auto* reflection = message.GetReflection();
    const int n =
        field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < n; ++i) {
      const int index = field->is_repeated() ? i : -1;
      const auto at = tree->GetLocation(field, index);
      const Message& sub =
          field->is_repeated()
              ? reflection->GetRepeatedMessage(message, field, i)
              : reflection->GetMessage(message, field);
      Check(sub, tree->GetTreeForNested(field, index), at.line, at.column);
    }
  }

  const OptionalFields& optional_;
  Collector& out_;
};

}  // namespace

absl::Status ParseStrictText(absl::string_view text, absl::string_view file,
                             const OptionalFields& optional, Message* message) {
  Collector mistakes(file);
  TextFormat::Parser parser;
  TextFormat::ParseInfoTree tree;
  parser.RecordErrorsTo(&mistakes);
  parser.WriteLocationsTo(&tree);
  parser.SetRecursionLimit(20);
  google::protobuf::io::ArrayInputStream stream(text.data(),
                                                static_cast<int>(text.size()));
  if (parser.Parse(&stream, message))
    RequiredFields(optional, mistakes).Check(*message, &tree, 0, 0);
  if (mistakes.mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(mistakes.mistakes, "\n"));
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"),
                                             &std::fclose);
  if (file == nullptr) {
    const std::string what = absl::StrCat(path, ": ", std::strerror(errno));
    if (errno == EACCES) return absl::PermissionDeniedError(what);
    return absl::NotFoundError(what);
  }
  std::string out;
  char buffer[1 << 16];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, file.get())) {
    out.append(buffer, n);
    if (out.size() > limit)
      return absl::ResourceExhaustedError(
          absl::StrCat(path, ": is over ", limit, " bytes"));
  }
  if (std::ferror(file.get()))
    return absl::UnavailableError(absl::StrCat(path, ": cannot be read"));
  return out;
}

std::string ResolvePath(const std::string& base_file, const std::string& path) {
  const std::filesystem::path p(path);
  if (p.is_absolute()) return path;
  return (std::filesystem::path(base_file).parent_path() / p).string();
}

}  // namespace kinstile::wire
