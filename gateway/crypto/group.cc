// SPDX-License-Identifier: Apache-2.0
// ristretto255 elements and scalars by libsodium, hashing to both.
#include "gateway/crypto/group.h"
