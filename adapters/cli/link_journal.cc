// SPDX-License-Identifier: Apache-2.0
// Lines of three fields, each C-escaped, with tabs between.
#include "adapters/cli/link_journal.h"

#include <sys/stat.h>

#include <cstdio>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/base/status_macros.h"

namespace kinstile::cli {
namespace {

constexpr char kHeader[] = "kinstile link journal 1";
constexpr char kClosed[] = "CLOSED", kMatch[] = "MATCH",
               kPossible[] = "POSSIBLE";

std::string Line(absl::string_view what, absl::string_view a,
                 absl::string_view b) {
  return absl::StrCat(what, "\t", absl::CEscape(a), "\t", absl::CEscape(b),
                      "\n");
}

}  // namespace

absl::StatusOr<LinkJournal> LinkJournal::Open(const std::string& path,
                                              bool resume) {
  LinkJournal journal(path);
  if (resume) KS_RETURN_IF_ERROR(journal.Read());
  // Written anew, without a family that was interrupted.
  const std::string fresh = path + ".new";
  std::remove(fresh.c_str());
  const mode_t before = ::umask(0077);
  journal.out_.open(fresh);
  ::umask(before);
  journal.out_ << kHeader << "\n";
  for (const LinkedPair& p : journal.pairs_)
    journal.out_ << Line(p.match ? kMatch : kPossible, p.left, p.right);
  for (const std::string& family : journal.families_)
    journal.out_ << Line(kClosed, family, "");
  journal.out_.flush();
  if (!journal.out_ || std::rename(fresh.c_str(), path.c_str()) != 0)
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  return journal;
}

absl::Status LinkJournal::Read() {
  std::ifstream in(path_);
  std::string line;
  if (!std::getline(in, line))
    return absl::OkStatus();  // nothing to go on from
  if (line != kHeader)
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": line 1: is no journal of a linkage run"));
  std::vector<LinkedPair> open;
  for (size_t number = 2; std::getline(in, line); ++number) {
    if (in.eof()) break;  // cut off
    const std::vector<std::string> f = absl::StrSplit(line, '\t');
    std::string a, b;
    if (f.size() != 3 || !absl::CUnescape(f[1], &a) ||
        !absl::CUnescape(f[2], &b) ||
        (f[0] != kClosed && f[0] != kMatch && f[0] != kPossible))
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ": line ", number, ": is none of a journal"));
    if (f[0] != kClosed) {
      open.push_back({a, b, f[0] == kMatch});
      continue;
    }
    families_.insert(a);
    pairs_.insert(pairs_.end(), open.begin(), open.end());
    open.clear();
  }
  return absl::OkStatus();
}

absl::Status LinkJournal::Add(const std::string& family,
                              absl::Span<const LinkedPair> pairs) {
  for (const LinkedPair& p : pairs)
    out_ << Line(p.match ? kMatch : kPossible, p.left, p.right);
  out_ << Line(kClosed, family, "");
  out_.flush();
  if (!out_)
    return absl::UnavailableError(absl::StrCat(path_, ": cannot be written"));
  families_.insert(family);
  pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
  return absl::OkStatus();
}

void LinkJournal::Remove() {
  out_.close();
  std::remove(path_.c_str());
}

}  // namespace kinstile::cli
