// SPDX-License-Identifier: Apache-2.0
// Wiping that the compiler may not remove.
#include "gateway/crypto/secret.h"
