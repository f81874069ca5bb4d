// SPDX-License-Identifier: Apache-2.0
// Identifiers as types: an agency's id can never stand where a flow's belongs.
#ifndef KINSTILE_GATEWAY_BASE_IDS_H_
#define KINSTILE_GATEWAY_BASE_IDS_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace kinstile {

// A short public name: 1 to 64 of [a-z0-9-], starting with a letter. Compared
// byte for byte. A default-constructed Name is empty and names nothing.
template <class Tag>
class Name {
 public:
  Name() = default;
  // INVALID_ARGUMENT naming Tag::kWhat, never the value.
  static absl::StatusOr<Name> Create(absl::string_view text);
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend bool operator==(const Name&, const Name&) = default;
  friend auto operator<=>(const Name&, const Name&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Name& n) {
    return H::combine(std::move(h), n.text_);
  }

 private:
  explicit Name(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Says what is wrong with a name, or OK.
absl::Status CheckName(absl::string_view what, absl::string_view text);

template <class Tag>
absl::StatusOr<Name<Tag>> Name<Tag>::Create(absl::string_view text) {
  if (absl::Status s = CheckName(Tag::kWhat, text); !s.ok()) return s;
  return Name(std::string(text));
}

struct AgencyTag {
  static constexpr char kWhat[] = "agency";
};
struct AgreementTag {
  static constexpr char kWhat[] = "agreement";
};
struct FlowTag {
  static constexpr char kWhat[] = "flow";
};
using AgencyId = Name<AgencyTag>;
using AgreementId = Name<AgreementTag>;
using FlowId = Name<FlowTag>;

// A fixed-size public byte string with its own type per use. Not secret.
template <size_t N, class Tag>
struct FixedBytes {
  static constexpr size_t kSize = N;
  std::array<uint8_t, N> bytes{};

  // INVALID_ARGUMENT naming Tag::kWhat when `raw` is not N bytes.
  static absl::StatusOr<FixedBytes> FromBytes(absl::string_view raw) {
    if (raw.size() != N) return absl::InvalidArgumentError(WrongSize());
    FixedBytes out;
    std::copy(raw.begin(), raw.end(), out.bytes.begin());
    return out;
  }
  absl::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), N};
  }
  std::string str() const { return std::string(view()); }
  friend bool operator==(const FixedBytes&, const FixedBytes&) = default;
  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const FixedBytes& b) {
    return H::combine_contiguous(std::move(h), b.bytes.data(), N);
  }

 private:
  static std::string WrongSize() {
    return std::string(Tag::kWhat) + ": must be " + std::to_string(N) +
           " bytes";
  }
};

struct HandleTag {
  static constexpr char kWhat[] = "record handle";
};
struct FamilyTag {
  static constexpr char kWhat[] = "family handle";
};
struct RequestTag {
  static constexpr char kWhat[] = "request id";
};
struct TokenTag {
  static constexpr char kWhat[] = "token";
};
struct DigestTag {
  static constexpr char kWhat[] = "digest";
};
// An agency's own random name for one of its records (families), stable across
// key epochs. Opaque to everyone else.
using Handle = FixedBytes<16, HandleTag>;
using FamilyHandle = FixedBytes<16, FamilyTag>;
// Chosen at random by the requester; makes a repeat recognisable.
using RequestId = FixedBytes<16, RequestTag>;
// Bytes 0..15 of a match-key's RFC 9497 output: what the gateway gets.
using Token = FixedBytes<16, TokenTag>;
// SHA-256.
using Digest = FixedBytes<32, DigestTag>;

// Which match-key a token belongs to: the index into the versioned table of
// adapters/identity. At most ten per person.
using KeyId = uint8_t;
struct KeyedToken {
  KeyId key = 0;
  Token token;
  friend bool operator==(const KeyedToken&, const KeyedToken&) = default;
};

}  // namespace kinstile

#endif  // KINSTILE_GATEWAY_BASE_IDS_H_
