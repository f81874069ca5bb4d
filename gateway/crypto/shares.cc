// SPDX-License-Identifier: Apache-2.0
// Shamir sharing of the matching key and Lagrange in the exponent.
#include "gateway/crypto/shares.h"
