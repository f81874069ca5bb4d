#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Prints one ciphertext that XChaCha20-Poly1305 opens under two keys.
"""Poly1305's tag is a polynomial in the ciphertext's blocks: with both keys known,
one block can be solved for so that both tags agree. A cheating gateway could
show two auditors two truths this way; the key commitment in the leaf is what
stops it (seal_test.cc, which has this program's output).
"""
import hashlib
import hmac
import struct

P = (1 << 130) - 5
EK = [bytes([1]) * 32, bytes([2]) * 32]
NONCE = bytes(range(24))
SIZE = 256


def expand(key, info):
    return hmac.new(key, info + b"\1", hashlib.sha256).digest()


def lp(b):
    return struct.pack(">I", len(b)) + b


def rotl(v, n):
    return ((v << n) | (v >> (32 - n))) & 0xFFFFFFFF


def rounds(state):
    x = list(state)

    def quarter(a, b, c, d):
        x[a] = (x[a] + x[b]) & 0xFFFFFFFF
        x[d] = rotl(x[d] ^ x[a], 16)
        x[c] = (x[c] + x[d]) & 0xFFFFFFFF
        x[b] = rotl(x[b] ^ x[c], 12)
        x[a] = (x[a] + x[b]) & 0xFFFFFFFF
        x[d] = rotl(x[d] ^ x[a], 8)
        x[c] = (x[c] + x[d]) & 0xFFFFFFFF
        x[b] = rotl(x[b] ^ x[c], 7)

    for _ in range(10):
        for q in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                  (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(*q)
    return x


CONST = struct.unpack("<4I", b"expand 32-byte k")


def hchacha(key, nonce16):
    x = rounds(CONST + struct.unpack("<8I", key) + struct.unpack("<4I", nonce16))
    return struct.pack("<8I", *(x[0:4] + x[12:16]))


def chacha_block(key, counter, nonce12):
    s = CONST + struct.unpack("<8I", key) + (counter,) + struct.unpack(
        "<3I", nonce12)
    return struct.pack("<16I",
                       *((a + b) & 0xFFFFFFFF for a, b in zip(rounds(s), s)))


def stream(ek):
    """One-time Poly1305 key and key stream under an entry key."""
    key = expand(ek, b"kinstile/v1/audit-entry-aead")
    sub = hchacha(key, NONCE[:16])
    n12 = b"\0" * 4 + NONCE[16:]
    ks = b"".join(chacha_block(sub, 1 + i, n12) for i in range(SIZE // 64))
    return chacha_block(sub, 0, n12)[:32], ks


def context():
    commitment = expand(EK[0], b"kinstile/v1/audit-entry-commitment")
    return (lp(b"kinstile/v1/audit-sealing") + bytes([5, 1]) +
            lp(hashlib.sha256(b"gw.example/audit/2026").digest()) +
            struct.pack(">QqQ", 7, 0, 1) + lp(b"council") +
            struct.pack(">I", 0) + lp(commitment) + lp(bytes(32)))


def blocks(aad, ct):
    padded = (aad + bytes(-len(aad) % 16) + ct + bytes(-len(ct) % 16) +
              struct.pack("<QQ", len(aad), len(ct)))
    return [int.from_bytes(padded[i:i + 16], "little") + (1 << 128)
            for i in range(0, len(padded), 16)]


def evaluate(r, values):
    a = 0
    for v in values:
        a = (a + v) * r % P
    return a


def main():
    aad = context()
    otk, ks = zip(*(stream(k) for k in EK))
    r = [int.from_bytes(k[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
         for k in otk]
    s = [int.from_bytes(k[16:], "little") for k in otk]
    ct = bytearray(SIZE)
    for text, key, at in ((b"NOTHING RELEASED", 0, 0),
                          (b"EVERYTHING GIVEN", 1, 16)):
        for i, c in enumerate(text):
            ct[at + i] = c ^ ks[key][at + i]
    free = 32  # the block that is solved for
    for attempt in range(1 << 16):
        ct[free:free + 16] = bytes(16)
        ct[48:50] = struct.pack("<H", attempt)
        values = blocks(aad, bytes(ct))
        at = -(-len(aad) // 16) + free // 16
        power = len(values) - at
        values[at] = 0
        rest = [evaluate(k, values) for k in r]
        # rest0 + c r0^power + s0 = rest1 + c r1^power + s1, modulo P
        c = ((rest[1] + s[1] - rest[0] - s[0]) *
             pow(pow(r[0], power, P) - pow(r[1], power, P), -1, P)) % P
        if not (1 << 128) <= c < (1 << 129):
            continue
        ct[free:free + 16] = (c - (1 << 128)).to_bytes(16, "little")
        tags = [(evaluate(k, blocks(aad, bytes(ct))) + t) % (1 << 128)
                for k, t in zip(r, s)]
        if tags[0] == tags[1]:
            print((NONCE + bytes(ct) + tags[0].to_bytes(16, "little")).hex())
            return


main()
