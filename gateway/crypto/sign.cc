// SPDX-License-Identifier: Apache-2.0
// Labelled Ed25519 by libsodium.
#include "gateway/crypto/sign.h"
