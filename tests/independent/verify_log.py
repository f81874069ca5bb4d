#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Checks an exported audit log with nothing but this file and Python.
"""
usage: verify_log.py FOLDER ORIGIN LOG_KEY_HEX [KEPT_CHECKPOINT_FILE...]
Shares no code with the program that wrote the log: own Ed25519 (RFC 8032), own
Merkle tree (RFC 6962), own reading of c2sp.org/tlog-tiles and signed notes.
Exit codes: 0 all holds, 1 it does not (the reason is printed), 2 wrong usage.
"""
import base64
import functools
import hashlib
import os
import re
import sys

WIDTH, GONE, NEUTRAL = 256, 0xFFFFFFFF, (0, 1, 1, 0)
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


class Bad(Exception):
    """What does not hold, in plain words."""


# Ed25519, RFC 8032 section 5.1, in extended coordinates.
def decompress(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        return None
    return ((x := x if x & 1 == sign else P - x), y, 1, x * y % P)


def compress(p):
    z = pow(p[2], P - 2, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, p):
    out = NEUTRAL
    while n:
        out = add(out, p) if n & 1 else out
        p, n = add(p, p), n >> 1
    return out


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_ok(key, message, signature):
    point, s = decompress(key), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or s >= L or times(8, point)[0] == 0:
        return False  # the last: a key of small order
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little")
    minus = times(h % L, (P - point[0], point[1], 1, P - point[3]))
    return compress(add(times(s, BASE), minus)) == signature[:32]


def sha(data):
    return hashlib.sha256(data).digest()


def b64(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical")
    return raw


# (size, root) of a note that the log's key has signed.
def open_checkpoint(what, note, origin, key):
    try:
        text, tail = note.decode().rsplit("\n\n", 1)
        name, size, root = text.split("\n")
        root = b64(root)
        lines = [re.fullmatch("\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)", line).groups()
                 for line in tail[:-1].split("\n")]
        found = [(signer, b64(sig)) for signer, sig in lines]
        if tail[-1] != "\n" or len(root) != 32 or not re.fullmatch("[1-9][0-9]*", size):
            raise ValueError("malformed")
    except (ValueError, AttributeError) as error:
        raise Bad(f"{what}: is no signed checkpoint") from error
    key_id = sha(origin.encode() + b"\n\x01" + key)[:4]
    ours = [s[4:] for n, s in found if n == origin and s[:4] == key_id]
    signed = [ed25519_ok(key, (text + "\n").encode(), s) for s in ours]
    if name != origin or not ours or not all(signed):
        raise Bad(f"{what}: is not signed by this log's key")
    return int(size), root


# RFC 6962: levels[b] holds the roots of full subtrees of 2^b leaves.
def append(levels, leaf):
    node = sha(b"\x00" + leaf)
    for b in range(64):
        if b == len(levels):
            levels.append([])
        levels[b].append(node)
        if len(levels[b]) % 2:
            return
        node = sha(b"\x01" + levels[b][-2] + levels[b][-1])


def root_at(levels, size):
    peaks = [levels[b][(size >> b) - 1] for b in range(64) if size >> b & 1]
    # The smallest is on the right.
    return functools.reduce(lambda right, left: sha(b"\x01" + left + right), peaks)


class Folder:
    def __init__(self, path):
        self.path, self.seen = path, set()
        self.names = {os.path.relpath(os.path.join(d, f), path)
                      for d, _, files in os.walk(path) for f in files}

    def read(self, name):
        if name not in self.names:
            raise Bad(f"{name}: missing")
        self.seen.add(name)
        with open(os.path.join(self.path, name), "rb") as f:
            return f.read()

    def tiles(self, folder, count):
        """(number of the first thing, how many, name) of each tile."""
        for first in range(0, count, WIDTH):
            width, n = min(WIDTH, count - first), first // WIDTH
            name, n = f"{n % 1000:03d}", n // 1000
            while n:
                name, n = f"x{n % 1000:03d}/{name}", n // 1000
            name += f".p/{width}" if width < WIDTH else ""
            yield first, width, f"{folder}/{name}"

    def pieces(self, folder, count, prefix):
        for _, width, name in self.tiles(folder, count):
            data, at = self.read(name), 0
            for _ in range(width):
                n = int.from_bytes(data[at:at + prefix], "big")
                gone, at = prefix == 4 and n == GONE, at + prefix
                if at + (0 if gone else n) > len(data):
                    raise Bad(f"{name}: cut short")
                yield None if gone else data[at:at + n]
                at += 0 if gone else n
            if at != len(data):
                raise Bad(f"{name}: goes on after its end")


def check(path, origin, key, kept=()):
    folder, levels, gone = Folder(path), [], 0
    notes = [("checkpoint", folder.read("checkpoint"))]
    found = [re.fullmatch(r"head/[x0-9/]+?(\.p/([0-9]+))?", n) for n in folder.names]
    heads = sum(int(m[2] or WIDTH) for m in found if m)
    notes += [(f"head {i}", n) for i, n in enumerate(folder.pieces("head", heads, 2))]
    notes += [(f"kept checkpoint {i}", n) for i, n in enumerate(kept)]
    opened = [(what, *open_checkpoint(what, n, origin, key)) for what, n in notes]
    size = opened[0][1]
    if size == 0 or heads == 0:
        raise Bad("there are no entries, or no heads")
    for leaf, payload in zip(folder.pieces("tile/entries", size, 2),
                             folder.pieces("payload", size, 4), strict=True):
        append(levels, leaf)
        gone += payload is None
        # All that is ours here: a leaf ends with the hash of its payload.
        if payload is not None and sha(payload) != leaf[-32:]:
            raise Bad(f"entry {len(levels[0]) - 1}: payload is not the leaf's")
    for what, at, root in opened:
        if at > size:
            raise Bad(f"{what}: covers {at} entries, {size} are here: cut short")
        if at == 0 or root_at(levels, at) != root:
            raise Bad(f"{what}: the entries are not those it was signed for")
    for level in range(0, len(levels), 8):
        for n, width, name in folder.tiles(f"tile/{level // 8}", size >> level):
            if folder.read(name) != b"".join(levels[level][n:n + width]):
                raise Bad(f"{name}: is not the entries' hashes")
    for name in sorted(folder.names - folder.seen):
        raise Bad(f"{name}: is no file of a log")
    return f"{size} entries, {heads} heads, {gone} payloads gone: all holds"


if __name__ == "__main__":
    if len(sys.argv) < 4 or not re.fullmatch("[0-9a-fA-F]{64}", sys.argv[3]):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        print(check(*sys.argv[1:3], bytes.fromhex(sys.argv[3]),
                    [open(name, "rb").read() for name in sys.argv[4:]]))
    except Bad as bad:
        sys.exit(f"does not hold: {bad}")
