// SPDX-License-Identifier: Apache-2.0
// Kinstile's canonical encoding: the bytes that are signed, hashed or sealed.
#ifndef KINSTILE_GATEWAY_BASE_ENCODING_H_
#define KINSTILE_GATEWAY_BASE_ENCODING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace kinstile {

// One value has exactly one encoding: fixed-width big-endian integers, byte
// strings and lists behind a u32 length or count, fields in declaration order,
// nothing optional, and a label first that names the type and its version.
// (Serialised protobuf is not canonical and is never signed or hashed.)
// What it outgrows it wipes, since it may be what nobody else is to read.
class Encoder {
 public:
  // `label` is the domain separation, e.g. "kinstile/v1/share-request".
  explicit Encoder(absl::string_view label) { Bytes(label); }

  Encoder& U8(uint8_t v);
  Encoder& U16(uint16_t v);
  Encoder& U32(uint32_t v);
  Encoder& U64(uint64_t v);
  Encoder& I64(int64_t v) { return U64(static_cast<uint64_t>(v)); }
  Encoder& Bool(bool v) { return U8(v ? 1 : 0); }
  // u32 length, then the bytes.
  Encoder& Bytes(absl::string_view v);
  // u32 count; the caller then encodes that many elements.
  Encoder& Count(size_t n) { return U32(static_cast<uint32_t>(n)); }
  Encoder& Strings(const std::vector<std::string>& v);

  std::string Take() && { return std::move(out_); }
  const std::string& view() const { return out_; }

 private:
  // For `n` more bytes.
  void Room(size_t n);
  std::string out_;
};

// Reads what Encoder wrote. Sticky failure: after the first malformed field
// every getter returns zero values, and Finish() reports it. Finish() also
// refuses trailing bytes, so that one value keeps exactly one encoding.
class Decoder {
 public:
  // Expects `label` first.
  Decoder(absl::string_view bytes, absl::string_view label);

  uint8_t U8();
  uint16_t U16();
  uint32_t U32();
  uint64_t U64();
  int64_t I64() { return static_cast<int64_t>(U64()); }
  bool Bool();
  std::string Bytes();
  // A count that cannot exceed the remaining bytes / `min_element_size`.
  size_t Count(size_t min_element_size = 1);
  std::vector<std::string> Strings();

  bool ok() const { return ok_; }
  // INVALID_ARGUMENT unless every byte was read and every field well formed.
  absl::Status Finish() const;

 private:
  absl::string_view Take(size_t n);

  absl::string_view rest_;
  std::string label_;
  bool ok_ = true;
};

}  // namespace kinstile

#endif  // KINSTILE_GATEWAY_BASE_ENCODING_H_
