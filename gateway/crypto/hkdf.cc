// SPDX-License-Identifier: Apache-2.0
// HKDF's two steps from libsodium's HMAC-SHA-256.
#include "gateway/crypto/hkdf.h"
