// SPDX-License-Identifier: Apache-2.0
// Where the loader stands in a file, and how it tells a mistake found there.
#ifndef KINSTILE_POLICY_LOADER_REPORT_H_
#define KINSTILE_POLICY_LOADER_REPORT_H_

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/issue.h"

namespace kinstile::policy::internal {

// Counts from 1.
struct Place {
  int line = 0;
  int column = 0;
};

// Collects the issues of one file.
class Report {
 public:
  Report(std::string file, std::vector<Issue>* issues)
      : file_(std::move(file)), issues_(issues) {}
  void Error(absl::string_view code, Place place, std::string message);
  void Warn(absl::string_view code, Place place, std::string message);
  const std::string& file() const { return file_; }
  bool has_errors() const { return errors_ > 0; }

  // The message at this place has a field under a wrong name: what seems
  // missing from it may be there, misspelt.
  void Disturb(Place message) {
    disturbed_.emplace(message.line, message.column);
  }
  bool Disturbed(Place message) const {
    return disturbed_.count({message.line, message.column}) > 0;
  }

 private:
  std::string file_;
  std::vector<Issue>* issues_;
  int errors_ = 0;
  std::set<std::pair<int, int>> disturbed_;
};

// A message together with the places of its fields.
class Node {
 public:
  using Tree = google::protobuf::TextFormat::ParseInfoTree;

  Node(const google::protobuf::Message* message, const Tree* tree, Place here)
      : message_(message), tree_(tree), here_(here) {}

  Place here() const { return here_; }
  // Place of a field, or of this message if the field is absent.
  Place At(const char* field, int index = -1) const;
  // The message in that field.
  Node Child(const char* field, int index = -1) const;

 private:
  const google::protobuf::Message* message_;
  const Tree* tree_;
  Place here_;
};

}  // namespace kinstile::policy::internal

#endif  // KINSTILE_POLICY_LOADER_REPORT_H_
