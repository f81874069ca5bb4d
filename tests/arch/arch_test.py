#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Breaks each rule of floors.txt in a small made-up tree: each is reported.
import pathlib
import subprocess
import sys
import tempfile
import unittest

import arch

HERE = pathlib.Path(__file__).parent
TABLE = arch.Table((HERE / "floors.txt").read_text("utf-8"))
BANNER = "// SPDX-License-Identifier: Apache-2.0\n// What it is for.\n"
TOP = TABLE.top | TABLE.top_optional | {".ci"}

# A tree that keeps to every rule.
GOOD = {
    "proto/kinstile/v1/share.proto": "",
    "gateway/base/clock.h": "",
    "gateway/base/clock.cc": "absl::Now(); time(nullptr);",
    "gateway/crypto/oprf.h": '#include "gateway/base/clock.h"',
    "gateway/crypto/oprf.cc": "#include <sodium.h>",
    "gateway/storage/database.cc": "#include <sqlite3.h>",
    "gateway/merkle/tree.h": "",
    "gateway/index/index.h": '#include "gateway/crypto/oprf.h"\n'
                             '#include "absl/status/status.h"',
    "gateway/audit/log.h": "",
    "gateway/wire/tls.cc": '#include "kinstile/v1/share.pb.h"\n'
                           "#include <openssl/x509.h>",
    "gateway/rpc/share.cc": '#include "kinstile/v1/share.pb.h"\n'
                            "#include <grpcpp/grpcpp.h>",
    "policy/decide.h": "",
    "policy/load.cc": '#include "kinstile/v1/share.pb.h"',
    "adapters/identity/pii.h": "",
    "adapters/sources/source.h": '#include "adapters/identity/pii.h"',
    "adapters/sources/csv/csv.h": '#include "adapters/sources/source.h"',
    "adapters/sources/sql/sql.cc": "#include <pqxx/pqxx>",
    "adapters/cli/main.cc": '#include "adapters/sources/csv/csv.h"\n'
                            '#include "kinstile/v1/share.grpc.pb.h"',
    "tests/unit/any_test.cc": '#include <sodium.h>\n#include "any.h"\n'
                              "absl::Now();",
}

# Names, the file that breaks the rule, its text, and what must be said.
BREAKS = [
    ("upward", "gateway/crypto/x.cc", '#include "gateway/merkle/tree.h"',
     "upward: gateway/crypto (floor 1)"),
    ("sideways", "gateway/audit/x.cc", '#include "gateway/index/index.h"',
     "sideways: gateway/audit"),
    ("sideways on the ground", "policy/x.cc",
     '#include "gateway/base/clock.h"', "sideways: policy"),
    ("sideways between sources", "adapters/sources/sql/x.cc",
     '#include "adapters/sources/csv/csv.h"',
     "sideways: adapters/sources/sql"),
    ("upward to a longer prefix", "adapters/sources/x.cc",
     '#include "adapters/sources/csv/csv.h"', "upward: adapters/sources "),
    ("gateway reaches a name", "gateway/rpc/x.cc",
     '#include "adapters/identity/pii.h"',
     "nothing in gateway may include adapters"),
    ("policy reaches a name", "policy/x.cc",
     '#include "adapters/identity/pii.h"',
     "nothing in policy may include adapters"),
    ("not from the root", "gateway/merkle/x.cc", '#include "tree.h"',
     '"tree.h" is not a full path'),
    ("relative", "gateway/merkle/x.cc", '#include "../merkle/tree.h"',
     "is not a full path"),
    ("no such file", "gateway/merkle/x.cc",
     '#include "gateway/merkle/gone.h"', "is not a full path"),
    ("no such message", "gateway/rpc/x.cc",
     '#include "kinstile/v1/gone.pb.h"', "is not a full path"),
    ("ours in angle brackets", "gateway/rpc/x.cc",
     "#include <gateway/merkle/tree.h>", "include it in quotes"),
    ("angle brackets do not hide", "gateway/crypto/x.cc",
     "#include <gateway/merkle/tree.h>", "upward"),
    ("odd spacing does not hide", "gateway/crypto/x.cc",
     '  #  include\t"gateway/merkle/tree.h"', "upward"),
    ("code includes a test", "gateway/rpc/x.cc",
     '#include "tests/unit/any_test.cc"', "belongs to no module"),
    ("unlisted module", "gateway/misc/x.cc", "", "belongs to no module"),
    ("libsodium", "gateway/audit/x.cc", "#include <sodium.h>",
     "only gateway/crypto may include"),
    ("part of libsodium", "policy/x.cc", "#include <sodium/core.h>",
     "sodium/core.h is fenced"),
    ("messages", "gateway/share/x.h", '#include "kinstile/v1/share.pb.h"',
     "share.pb.h is fenced"),
    ("messages in the pure policy", "policy/decide.cc",
     '#include "kinstile/v1/share.pb.h"', "share.pb.h is fenced"),
    ("protobuf", "gateway/audit/x.cc",
     '#include "google/protobuf/text_format.h"', "text_format.h is fenced"),
    ("gRPC", "gateway/share/x.cc", "#include <grpcpp/grpcpp.h>",
     "grpcpp/grpcpp.h is fenced"),
    ("SQLite", "gateway/index/x.cc", "#include <sqlite3.h>",
     "sqlite3.h is fenced"),
    ("PostgreSQL", "adapters/sources/csv/x.cc", "#include <pqxx/pqxx>",
     "pqxx/pqxx is fenced"),
    ("OpenSSL", "gateway/server/x.cc", "#include <openssl/evp.h>",
     "openssl/evp.h is fenced"),
    ("wall clock", "gateway/share/x.cc", "\nauto t = absl::Now();",
     "x.cc:4: absl::Now is fenced"),
    ("ODBC", "adapters/client/x.cc", "#include <sqlext.h>",
     "sqlext.h is fenced"),
    ("HTTP client", "adapters/client/x.cc", "#include <curl/curl.h>",
     "curl/curl.h is fenced"),
    ("standard clock", "gateway/base/other.cc",
     "std::chrono::system_clock::now()", "system_clock is fenced"),
    ("C clock", "policy/x.cc", "if (std::time (nullptr) > 0) {}",
     "only gateway/base/clock.cc"),
    ("bare C clock", "policy/x.cc", "x = time(0);",
     "only gateway/base/clock.cc"),
    ("old clock", "adapters/cli/x.cc", "gettimeofday(&tv, nullptr);",
     "gettimeofday is fenced"),
    ("kernel clock", "adapters/cli/x.cc", "clock_gettime(CLOCK_REALTIME, &t)",
     "CLOCK_REALTIME is fenced"),
    ("a URL is no comment", "policy/x.cc", 'Get("http://x"); time(0);',
     "only gateway/base/clock.cc"),
    ("a digit separator is no quote", "policy/x.cc",
     "int n = 1'000; time(0); int m = 2'000;", "only gateway/base/clock.cc"),
    ("link upward", "gateway/crypto/CMakeLists.txt",
     "kinstile_module(crypto SOURCES x.cc DEPS kinstile_index)",
     "upward: gateway/crypto (floor 1) links kinstile_index"),
    ("link sideways", "gateway/audit/CMakeLists.txt",
     "target_link_libraries(kinstile_audit PUBLIC kinstile_index)",
     "sideways: gateway/audit links kinstile_index"),
    ("link a fenced library", "gateway/audit/CMakeLists.txt",
     "kinstile_module(audit PRIVATE PkgConfig::SODIUM)",
     "PkgConfig::SODIUM is fenced"),
]

# What looks like a break and is none.
ALLOWED = [
    ("in a comment", "gateway/share/x.cc",
     '// #include "adapters/identity/pii.h"\n/* absl::Now()\n time(0) */'),
    ("a method named time", "gateway/share/x.cc",
     "a.time(b); p->time(b); set_time(b); Foo::time(b); Time time() const;"),
    ("a monotonic clock", "gateway/share/x.cc",
     "std::chrono::steady_clock::now(); clock_gettime(CLOCK_MONOTONIC, &t);"),
    ("own file", "gateway/merkle/x.cc", '#include "gateway/merkle/tree.h"'),
    ("link downward", "gateway/audit/CMakeLists.txt",
     "kinstile_module(audit DEPS kinstile_base)  # not kinstile_index"),
]


def tree(changes=()):
    files = {p: BANNER + t for p, t in {**GOOD, **dict(changes)}.items()}
    files["gateway/index/CMakeLists.txt"] = "kinstile_module(index X)"
    files["gateway/base/CMakeLists.txt"] = "kinstile_module(base X)"
    return files


def check(files, top=TOP):
    return [f"{p}:{n}: {what}" for p, n, what in arch.check(TABLE, files, top)]


class Arch(unittest.TestCase):
    def test_accepts_a_tree_that_keeps_to_the_rules(self):
        self.assertEqual(check(tree()), [])

    def test_reports_each_break_and_only_it(self):
        for name, path, text, expected in BREAKS:
            with self.subTest(name):
                found = check({**tree([(path, text)])})
                self.assertTrue(any(expected in f for f in found),
                                f"{expected!r} not in {found}")
                self.assertEqual([f for f in found if path not in f], [])

    def test_accepts_what_only_looks_like_a_break(self):
        for name, path, text in ALLOWED:
            with self.subTest(name):
                self.assertEqual(check(tree([(path, text)])), [])

    def test_every_fence_of_the_table_is_broken_above(self):
        for kind, pattern, places in TABLE.fences:
            hits = [name for name, _, text, _ in BREAKS if pattern.search(text)]
            if pattern.pattern in ("OpenSSL::.*", "gRPC::.*",
                                   "PkgConfig::SQLITE", "PkgConfig::ODBC",
                                   "PkgConfig::CURL"):
                continue  # the same rule as PkgConfig::SODIUM
            with self.subTest(pattern.pattern):
                self.assertTrue(hits, f"no example breaks {kind} {places}")

    def test_reports_a_cycle_of_headers_within_a_module(self):
        found = check(tree([
            ("gateway/merkle/a.h", '#include "gateway/merkle/b.h"'),
            ("gateway/merkle/b.h", '#include "gateway/merkle/c.h"'),
            ("gateway/merkle/c.h", '#include "gateway/merkle/a.h"')]))
        self.assertEqual(found, [
            "gateway/merkle/a.h:1: cycle: gateway/merkle/a.h -> gateway/merkle"
            "/b.h -> gateway/merkle/c.h -> gateway/merkle/a.h"])

    def test_reports_each_missing_banner(self):
        spdx = " SPDX-License-Identifier: Apache-2.0\n"
        for path, text in [
                ("gateway/merkle/x.cc", "int x;"),
                ("gateway/merkle/x.h", "//" + spdx),
                ("gateway/merkle/x.h", "//" + spdx + "#include <string>"),
                ("gateway/merkle/x.h", "//" + spdx + "//\n// Too late here."),
                ("tests/unit/x_test.cc", "// A test without its licence.\n"),
                ("gateway/storage/1.sql", "CREATE TABLE t (x);"),
                ("proto/kinstile/v1/x.proto", 'syntax = "proto3";'),
                ("deploy/script", "#!/bin/bash\nset -e\n"),
                ("tests/arch/x.py", "import sys")]:
            with self.subTest(path=path, text=text):
                found = check({**tree(), path: text})
                self.assertEqual(len(found), 1, found)
                self.assertIn("banner", found[0])
        script = "#!/bin/bash\n#" + spdx + "# Does a thing.\n"
        self.assertEqual(check({**tree(), "deploy/script": script}), [])

    def test_reports_what_is_new_or_missing_at_the_top(self):
        self.assertIn("third_party:1: does not belong at the top of the tree",
                      check(tree(), TOP | {"third_party"}))
        self.assertIn("README.md:1: is missing from the top of the tree",
                      check(tree(), TOP - {"README.md"}))

    def test_refuses_a_table_that_it_does_not_understand(self):
        for line in ["flor 1 x", "floor x", "floor one x", "never a",
                     "include ( : x", "code x", "floor 1 x\nfloor 2 x"]:
            with self.subTest(line), self.assertRaises(ValueError):
                arch.Table(line)

    def test_fails_as_a_program_on_a_broken_or_empty_tree(self):
        def run(root):
            return subprocess.run(
                [sys.executable, "-B", HERE / "arch.py", root],
                capture_output=True, text=True, check=False)
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(run(root).returncode, 2)  # nothing to check
            write(root, tree((f"gateway/merkle/{n}.h", "") for n in range(9)))
            for name in ("README.md", "CMakeLists.txt", "deploy"):
                (pathlib.Path(root) / name).touch()
            self.assertEqual(run(root).returncode, 0, run(root).stdout)
            write(root, {"policy/x.cc": BANNER + "#include <sodium.h>\n"})
            broken = run(root)
            self.assertEqual(broken.returncode, 1)
            self.assertIn("policy/x.cc:3: sodium.h is fenced", broken.stdout)


def write(root, files):
    for path, text in files.items():
        file = pathlib.Path(root) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


if __name__ == "__main__":
    unittest.main()
