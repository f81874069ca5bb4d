// SPDX-License-Identifier: Apache-2.0
// Fuzzes opening of sealed boxes: HPKE, AEAD and padding on hostile bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/crypto/aead.h"
#include "gateway/crypto/hpke.h"

namespace {

using namespace kinstile::crypto;

constexpr char kText[] = "a sealed text";

template <class Key>
Key FixedKey() {
  return *Key::FromBytes(SecretAccess(), std::string(Key::kSize, 'k'));
}

std::string Sealed() {
  return *HpkeSealWithEphemeralForTest(FixedKey<BoxSecretKey>(),
                                       PublicKeyOf(FixedKey<BoxSecretKey>()),
                                       "info", "aad", kText);
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {Sealed(),
          AeadSealWithNonceForTest(FixedKey<AeadKey>(), std::string(24, 'n'),
                                   "aad", kText),
          Pad(kText, 16)};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto secret = FixedKey<BoxSecretKey>();
  static const auto key = FixedKey<AeadKey>();
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  // Nobody forges: whatever opens is what was sealed.
  const auto opened = HpkeOpen(secret, "info", "aad", input);
  if (opened.ok() && *opened != kText) std::abort();
  const auto plain = AeadOpen(key, "aad", input);
  if (plain.ok() && *plain != kText) std::abort();
  // Whatever unpads pads back to itself.
  const auto text = Unpad(input, 16);
  if (text.ok() && Pad(*text, 16) != input) std::abort();
  return 0;
}
