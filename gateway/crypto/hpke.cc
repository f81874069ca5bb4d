// SPDX-License-Identifier: Apache-2.0
// RFC 9180 base mode, single shot, from X25519, HKDF and the IETF AEAD.
#include "gateway/crypto/hpke.h"
