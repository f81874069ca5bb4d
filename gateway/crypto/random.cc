// SPDX-License-Identifier: Apache-2.0
// The operating system's random bytes, and libsodium's start.
#include "gateway/crypto/random.h"
