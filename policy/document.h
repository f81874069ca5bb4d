// SPDX-License-Identifier: Apache-2.0
// A plain document of headings, paragraphs, lists and tables, and how it is
// written as Markdown, as a web page and as plain text.
//
// Deterministic: the same blocks give the same bytes. Text is escaped, so that
// what an agreement says can neither format nor script the page.
#ifndef KINSTILE_POLICY_DOCUMENT_H_
#define KINSTILE_POLICY_DOCUMENT_H_

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kinstile::policy {

struct Heading {
  int level = 2;  // 1 to 3
  std::string text;
};
struct Paragraph {
  std::string text;
  bool strong = false;
};
struct List {
  std::vector<std::string> items;
};
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
};
using Block = std::variant<Heading, Paragraph, List, Table>;

class Document {
 public:
  void Add(Block block) { blocks_.push_back(std::move(block)); }

  // `Paragraph` and `List` are what most documents are made of.
  void Say(std::string text) { Add(Paragraph{std::move(text)}); }
  void Say(std::vector<std::string> items) { Add(List{std::move(items)}); }

  std::string Markdown() const;
  // A whole page in English, readable without style sheet or script.
  std::string Html() const;
  // Wrapped at 78 columns.
  std::string Text() const;

 private:
  std::vector<Block> blocks_;
};

}  // namespace kinstile::policy

#endif  // KINSTILE_POLICY_DOCUMENT_H_
