// SPDX-License-Identifier: Apache-2.0
// The three ways to write a document.

#include "policy/document.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace kinstile::policy {
namespace {

constexpr size_t kColumns = 78;

std::string EscapeMarkdown(const std::string& text) {
  if (text.find_first_of("\\*_`|<[#\n") == std::string::npos) return text;
  return absl::StrReplaceAll(text, {{"\\", "\\\\"},
                                    {"*", "\\*"},
                                    {"_", "\\_"},
                                    {"`", "\\`"},
                                    {"|", "\\|"},
                                    {"<", "&lt;"},
                                    {"[", "\\["},
                                    {"#", "\\#"},
                                    {"\n", " "}});
}

std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// Words into lines, all but the first behind `indent`.
std::string Wrap(const std::string& text, const std::string& indent) {
  std::string out;
  size_t column = indent.size();
  for (absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    if (!out.empty() && column + 1 + word.size() > kColumns) {
      absl::StrAppend(&out, "\n", indent, word);
      column = indent.size() + word.size();
    } else {
      absl::StrAppend(&out, out.empty() ? "" : " ", word);
      column += word.size() + 1;
    }
  }
  return out;
}

template <class Row>
std::string MarkdownRow(const Row& cells) {
  return absl::StrCat(
      "| ",
      absl::StrJoin(cells, " | ",
                    [](std::string* out, const std::string& cell) {
                      out->append(EscapeMarkdown(cell));
                    }),
      " |\n");
}

struct AsMarkdown {
  std::string operator()(const Heading& h) const {
    return absl::StrCat(std::string(h.level, '#'), " ", EscapeMarkdown(h.text),
                        "\n");
  }
  std::string operator()(const Paragraph& p) const {
    const std::string mark = p.strong ? "**" : "";
    return absl::StrCat(mark, EscapeMarkdown(p.text), mark, "\n");
  }
  std::string operator()(const List& list) const {
    std::string out;
    for (const std::string& item : list.items) {
      absl::StrAppend(&out, "- ", EscapeMarkdown(item), "\n");
    }
    return out;
  }
  std::string operator()(const Table& table) const {
    std::string out = MarkdownRow(table.header);
    absl::StrAppend(&out, "|");
    for (size_t i = 0; i < table.header.size(); ++i) {
      absl::StrAppend(&out, "---|");
    }
    absl::StrAppend(&out, "\n");
    for (const auto& row : table.rows) absl::StrAppend(&out, MarkdownRow(row));
    return out;
  }
};

struct AsHtml {
  std::string operator()(const Heading& h) const {
    return absl::StrCat("<h", h.level, ">", EscapeHtml(h.text), "</h", h.level,
                        ">\n");
  }
  std::string operator()(const Paragraph& p) const {
    const std::string text = EscapeHtml(p.text);
    if (!p.strong) return absl::StrCat("<p>", text, "</p>\n");
    return absl::StrCat("<p><strong>", text, "</strong></p>\n");
  }
  std::string operator()(const List& list) const {
    std::string out = "<ul>\n";
    for (const std::string& item : list.items) {
      absl::StrAppend(&out, "<li>", EscapeHtml(item), "</li>\n");
    }
    return out + "</ul>\n";
  }
  std::string operator()(const Table& table) const {
    std::string out = "<table>\n<thead>\n<tr>";
    for (const std::string& cell : table.header) {
      absl::StrAppend(&out, "<th scope=\"col\">", EscapeHtml(cell), "</th>");
    }
    absl::StrAppend(&out, "</tr>\n</thead>\n<tbody>\n");
    for (const auto& row : table.rows) {
      absl::StrAppend(&out, "<tr>");
      for (const std::string& cell : row) {
        absl::StrAppend(&out, "<td>", EscapeHtml(cell), "</td>");
      }
      absl::StrAppend(&out, "</tr>\n");
    }
    return out + "</tbody>\n</table>\n";
  }
};

struct AsText {
  std::string operator()(const Heading& h) const {
    const char under = h.level == 1 ? '=' : '-';
    if (h.level > 2) return absl::StrCat(h.text, "\n");
    return absl::StrCat(h.text, "\n",
                        std::string(std::min(h.text.size(), kColumns), under),
                        "\n");
  }
  std::string operator()(const Paragraph& p) const {
    return Wrap(p.text, "") + "\n";
  }
  std::string operator()(const List& list) const {
    std::string out;
    for (const std::string& item : list.items) {
      absl::StrAppend(&out, "- ", Wrap(item, "  "), "\n");
    }
    return out;
  }
  // Row by row: a wide table cannot be read on a narrow screen.
  std::string operator()(const Table& table) const {
    std::string out;
    for (const auto& row : table.rows) {
      for (size_t i = 0; i < row.size(); ++i) {
        absl::StrAppend(
            &out, i == 0 ? "* " : "  ",
            Wrap(absl::StrCat(table.header[i], ": ", row[i]), "    "), "\n");
      }
    }
    return out;
  }
};

template <class Writer>
std::string Write(const std::vector<Block>& blocks, const Writer& writer,
                  absl::string_view between) {
  return absl::StrJoin(blocks, between,
                       [&](std::string* out, const Block& block) {
                         out->append(std::visit(writer, block));
                       });
}

constexpr absl::string_view kStyle =
    "body{font-family:sans-serif;line-height:1.5;max-width:60em;margin:2em "
    "auto;padding:0 1em}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #767676;padding:.4em;text-align:left;"
    "vertical-align:top}thead{background:#f0f0f0}";

}  // namespace

std::string Document::Markdown() const {
  return Write(blocks_, AsMarkdown(), "\n");
}

std::string Document::Text() const { return Write(blocks_, AsText(), "\n"); }

std::string Document::Html() const {
  std::string title = "Agreement";
  for (const Block& block : blocks_) {
    const Heading* heading = std::get_if<Heading>(&block);
    if (heading == nullptr) continue;
    title = heading->text;
    break;
  }
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n"
      "<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>",
      EscapeHtml(title), "</title>\n<style>", kStyle,
      "</style>\n</head>\n<body>\n<main>\n", Write(blocks_, AsHtml(), ""),
      "</main>\n</body>\n</html>\n");
}

}  // namespace kinstile::policy
