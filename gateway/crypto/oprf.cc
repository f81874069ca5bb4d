// SPDX-License-Identifier: Apache-2.0
// RFC 9497 VOPRF: blind, evaluate, prove, verify, finalise.
#include "gateway/crypto/oprf.h"
