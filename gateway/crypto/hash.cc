// SPDX-License-Identifier: Apache-2.0
// Hashes and labelled HMAC by libsodium.
#include "gateway/crypto/hash.h"
