// SPDX-License-Identifier: Apache-2.0
// Weights between text, message and checked values.
#include "gateway/wire/weights.h"

#include <bit>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gateway/base/encoding.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/hash.h"
#include "gateway/wire/text.h"
#include "kinstile/v1/linkage.pb.h"

namespace kinstile::wire {
namespace {

using linkage::Comparator;
using linkage::kComparators;

absl::Status ReadLevels(const v1::ComparatorWeights& in, size_t c,
                        linkage::Weights& out) {
  const auto names = linkage::LevelNames(static_cast<Comparator>(c));
  if (in.levels_size() != static_cast<int>(names.size()))
    return absl::InvalidArgumentError(
        absl::StrCat(in.name(), ": has other levels than the specification"));
  for (size_t l = 0; l < names.size(); ++l) {
    const v1::LevelWeights& level = in.levels(static_cast<int>(l));
    if (absl::string_view(level.name()) != names[l])
      return absl::InvalidArgumentError(
          absl::StrCat(in.name(), ": level ", l + 1, " must be ", names[l]));
    out.m[c][l] = level.m();
    out.u[c][l] = level.u();
    out.within[c][l] = level.within();
  }
  return absl::OkStatus();
}

absl::StatusOr<linkage::Weights> FromMessage(const v1::LinkageWeights& in) {
  linkage::Weights out;
  out.version = in.version();
  out.origin = in.origin();
  out.spec_version = in.identity_spec_version();
  if (in.comparators_size() != static_cast<int>(kComparators))
    return absl::InvalidArgumentError(
        "comparators: are others than the specification's");
  for (size_t c = 0; c < kComparators; ++c) {
    const v1::ComparatorWeights& comparator =
        in.comparators(static_cast<int>(c));
    const absl::string_view name =
        linkage::ComparatorName(static_cast<Comparator>(c));
    if (absl::string_view(comparator.name()) != name)
      return absl::InvalidArgumentError(
          absl::StrCat("comparators: number ", c + 1, " must be ", name));
    KS_RETURN_IF_ERROR(ReadLevels(comparator, c, out));
  }
  if (in.presence_size() != static_cast<int>(out.presence.size()))
    return absl::InvalidArgumentError("presence: must have six shares");
  for (size_t i = 0; i < out.presence.size(); ++i)
    out.presence[i] = in.presence(static_cast<int>(i));
  out.match_rate = in.match_rate();
  out.household_rate = in.household_rate();
  out.reach = in.reach();
  out.match_at = in.match_at();
  out.possible_at = in.possible_at();
  out.strict_names = in.strict_names();
  return out;
}

std::string Digits(double value) { return absl::StrFormat("%.17g", value); }

}  // namespace

Digest WeightsDigest(const linkage::Weights& w) {
  Encoder e("kinstile/v1/linkage-weights");
  auto number = [&](double v) { e.U64(std::bit_cast<uint64_t>(v)); };
  e.Bytes(w.version).Bytes(w.origin).U32(w.spec_version);
  for (size_t c = 0; c < kComparators; ++c) {
    const auto names = linkage::LevelNames(static_cast<Comparator>(c));
    e.Bytes(linkage::ComparatorName(static_cast<Comparator>(c)));
    e.Count(names.size());
    for (size_t l = 0; l < names.size(); ++l) {
      e.Bytes(names[l]);
      number(w.m[c][l]);
      number(w.u[c][l]);
      number(w.within[c][l]);
    }
  }
  for (double share : w.presence) number(share);
  for (double v :
       {w.match_rate, w.household_rate, w.reach, w.match_at, w.possible_at})
    number(v);
  e.Bool(w.strict_names);
  return crypto::Sha256(e.view());
}

absl::StatusOr<linkage::Weights> ParseWeights(absl::string_view text,
                                              absl::string_view file) {
  v1::LinkageWeights message;
  KS_RETURN_IF_ERROR(ParseStrictText(text, file, {}, &message));
  auto fail = [&](const absl::Status& status) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": ", status.message()));
  };
  if (!message.has_strict_names())
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": strict_names must be set"));
  auto weights = FromMessage(message);
  if (!weights.ok()) return fail(weights.status());
  if (message.digest() !=
      absl::BytesToHexString(WeightsDigest(*weights).view()))
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": digest: is not that of these weights"));
  const absl::Status checked = linkage::CheckWeights(*weights);
  if (!checked.ok()) return fail(checked);
  weights->digest = message.digest();
  return weights;
}

absl::StatusOr<linkage::Weights> LoadWeights(const std::string& path) {
  if (path.empty())
    return ParseWeights(ShippedWeightsText(), "shipped weights");
  KS_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 1 << 20));
  return ParseWeights(text, path);
}

std::string WeightsText(const linkage::Weights& w) {
  std::string out = "# SPDX-License-Identifier: Apache-2.0\n";
  auto line = [&](const auto&... parts) {
    absl::StrAppend(&out, parts..., "\n");
  };
  line("digest: \"", absl::BytesToHexString(WeightsDigest(w).view()), "\"");
  line("version: \"", absl::CEscape(w.version), "\"");
  line("origin: \"", absl::CEscape(w.origin), "\"");
  line("identity_spec_version: ", w.spec_version);
  for (size_t c = 0; c < kComparators; ++c) {
    const auto names = linkage::LevelNames(static_cast<Comparator>(c));
    line("comparators {");
    line("  name: \"", linkage::ComparatorName(static_cast<Comparator>(c)),
         "\"");
    for (size_t l = 0; l < names.size(); ++l)
      line("  levels { name: \"", names[l], "\" m: ", Digits(w.m[c][l]),
           " u: ", Digits(w.u[c][l]), " within: ", Digits(w.within[c][l]),
           " }");
    line("}");
  }
  for (double share : w.presence) line("presence: ", Digits(share));
  line("match_rate: ", Digits(w.match_rate));
  line("household_rate: ", Digits(w.household_rate));
  line("reach: ", Digits(w.reach));
  line("match_at: ", Digits(w.match_at));
  line("possible_at: ", Digits(w.possible_at));
  line("strict_names: ", w.strict_names ? "true" : "false");
  return out;
}

}  // namespace kinstile::wire
