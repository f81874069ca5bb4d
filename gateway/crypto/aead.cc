// SPDX-License-Identifier: Apache-2.0
// Sealing with a shared key, and padding, by libsodium.
#include "gateway/crypto/aead.h"
