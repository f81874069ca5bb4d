// SPDX-License-Identifier: Apache-2.0
// Canonical encoding: big-endian integers, length-prefixed bytes.
#include "gateway/base/encoding.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kinstile {
namespace {

template <typename T>
void AppendBigEndian(T v, std::string& out) {
  for (int shift = (sizeof(T) - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((v >> shift) & 0xff));
}

template <typename T>
T ReadBigEndian(absl::string_view bytes) {
  T v = 0;
  for (char c : bytes) v = static_cast<T>((v << 8) | static_cast<uint8_t>(c));
  return v;
}

}  // namespace

void Encoder::Room(size_t n) {
  if (out_.capacity() - out_.size() >= n) return;
  std::string larger;
  larger.reserve(std::max<size_t>({512, 2 * out_.size(), out_.size() + n}));
  larger.append(out_);
  explicit_bzero(out_.data(), out_.size());
  out_.swap(larger);
}

Encoder& Encoder::U8(uint8_t v) {
  Room(1);
  out_.push_back(static_cast<char>(v));
  return *this;
}

Encoder& Encoder::U16(uint16_t v) {
  Room(2);
  AppendBigEndian(v, out_);
  return *this;
}

Encoder& Encoder::U32(uint32_t v) {
  Room(4);
  AppendBigEndian(v, out_);
  return *this;
}

Encoder& Encoder::U64(uint64_t v) {
  Room(8);
  AppendBigEndian(v, out_);
  return *this;
}

Encoder& Encoder::Bytes(absl::string_view v) {
  U32(static_cast<uint32_t>(v.size()));
  Room(v.size());
  out_.append(v.data(), v.size());
  return *this;
}

Encoder& Encoder::Strings(const std::vector<std::string>& v) {
  Count(v.size());
  for (const std::string& s : v) Bytes(s);
  return *this;
}

Decoder::Decoder(absl::string_view bytes, absl::string_view label)
    : rest_(bytes), label_(label) {
  ok_ = Bytes() == label_ && ok_;
}

absl::string_view Decoder::Take(size_t n) {
  if (!ok_ || rest_.size() < n) {
    ok_ = false;
    return {};
  }
  absl::string_view taken = rest_.substr(0, n);
  rest_.remove_prefix(n);
  return taken;
}

uint8_t Decoder::U8() { return ReadBigEndian<uint8_t>(Take(1)); }
uint16_t Decoder::U16() { return ReadBigEndian<uint16_t>(Take(2)); }
uint32_t Decoder::U32() { return ReadBigEndian<uint32_t>(Take(4)); }
uint64_t Decoder::U64() { return ReadBigEndian<uint64_t>(Take(8)); }

bool Decoder::Bool() {
  uint8_t v = U8();
  if (v > 1) ok_ = false;
  return v == 1;
}

std::string Decoder::Bytes() {
  uint32_t n = U32();
  return std::string(Take(n));
}

size_t Decoder::Count(size_t min_element_size) {
  uint32_t n = U32();
  if (ok_ && n > rest_.size() / min_element_size) ok_ = false;
  return ok_ ? n : 0;
}

std::vector<std::string> Decoder::Strings() {
  size_t n = Count(4);
  std::vector<std::string> v;
  v.reserve(n);
  for (size_t i = 0; i < n && ok_; ++i) v.push_back(Bytes());
  return v;
}

absl::Status Decoder::Finish() const {
  if (!ok_)
    return absl::InvalidArgumentError(
        absl::StrCat(label_, ": malformed encoding"));
  if (!rest_.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(label_, ": bytes after the end"));
  return absl::OkStatus();
}

}  // namespace kinstile
