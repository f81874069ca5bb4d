// SPDX-License-Identifier: Apache-2.0
// Places of fields, from protobuf's record of the parse.

#include "policy/loader_report.h"

namespace kinstile::policy::internal {

namespace pb = google::protobuf;

void Report::Error(absl::string_view code, Place place, std::string message) {
  ++errors_;
  issues_->push_back({file_, place.line, place.column, Severity::kError,
                      std::string(code), std::move(message)});
}

void Report::Warn(absl::string_view code, Place place, std::string message) {
  issues_->push_back({file_, place.line, place.column, Severity::kWarning,
                      std::string(code), std::move(message)});
}

Place Node::At(const char* field, int index) const {
  const pb::FieldDescriptor* f =
      message_->GetDescriptor()->FindFieldByName(field);
  if (f == nullptr || tree_ == nullptr) return here_;
  if (f->is_repeated() && index < 0) index = 0;
  pb::TextFormat::ParseLocation at =
      tree_->GetLocation(f, f->is_repeated() ? index : -1);
  // A list in brackets has one place for all its elements.
  if (at.line < 0 && f->is_repeated()) at = tree_->GetLocation(f, 0);
  if (at.line < 0) return here_;
  return {at.line + 1, at.column + 1};
}

Node Node::Child(const char* field, int index) const {
  const pb::FieldDescriptor* f =
      message_->GetDescriptor()->FindFieldByName(field);
  const pb::Reflection* reflection = message_->GetReflection();
  const pb::Message* child =
      f->is_repeated() ? &reflection->GetRepeatedMessage(*message_, f, index)
                       : &reflection->GetMessage(*message_, f);
  const Tree* tree = tree_ == nullptr ? nullptr
                                      : tree_->GetTreeForNested(
                                            f, f->is_repeated() ? index : -1);
  return Node(child, tree, At(field, index));
}

}  // namespace kinstile::policy::internal
