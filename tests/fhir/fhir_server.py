#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# A small FHIR R4 server for the tests: a folder of NDJSON over HTTP.
"""Serves what an adapter asks of a GP system: Patient, RelatedPerson and Group by
search with pages (link "next"), single resources, and $export (Bulk Data
Access). Read-only, loopback, made for these tests: it checks that the adapter
asks as the standards say, and files are read anew at each request.

usage: fhir_server.py FOLDER PORT_FILE [--token TOKEN] [--slow SECONDS]
"""

import argparse
import http.server
import json
import os
import time
import urllib.parse

FHIR = "application/fhir+json"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, options):
        super().__init__(("127.0.0.1", 0), Handler)
        self.options = options
        self.polls = 0

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_address[1]}/R4"

    def resources(self, kind):
        try:
            with open(os.path.join(self.options.folder, kind + ".ndjson"),
                      encoding="utf-8") as lines:
                return [json.loads(line) for line in lines if line.strip()]
        except FileNotFoundError:
            return []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=None, headers=(), kind=FHIR):
        data = b"" if body is None else (
            body if isinstance(body, bytes) else json.dumps(body).encode())
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def outcome(self, status, code):
        self.reply(status, {"resourceType": "OperationOutcome",
                            "issue": [{"severity": "error", "code": code}]})

    def do_GET(self):
        options = self.server.options
        time.sleep(options.slow)
        if options.token and (self.headers.get("Authorization") !=
                              "Bearer " + options.token):
            return self.outcome(401, "login")
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        path = url.path.removeprefix("/R4/")
        if path == url.path:
            return self.outcome(404, "not-found")
        if path == "$export":
            return self.export()
        if path == "status":
            return self.export_status()
        if path.startswith("file/"):
            return self.export_file(path.removeprefix("file/"))
        if FHIR not in self.headers.get("Accept", ""):
            return self.outcome(406, "not-supported")
        kind, _, name = path.partition("/")
        if name:
            for resource in self.server.resources(kind):
                if resource.get("id") == name:
                    return self.reply(200, resource)
            return self.outcome(404, "not-found")
        return self.search(kind, query)

    def search(self, kind, query):
        found = self.server.resources(kind)
        if "patient" in query:
            wanted = "Patient/" + query["patient"].removeprefix("Patient/")
            found = [r for r in found if
                     r.get("subject", r.get("patient", {})).get("reference") ==
                     wanted]
        count = min(int(query.get("_count", "50")), self.server.options.page)
        first = int(query.get("page", "0")) * count
        links = [{"relation": "self", "url": self.server.base + "/" + kind}]
        if first + count < len(found):
            more = urllib.parse.urlencode(
                {**query, "page": first // count + 1})
            links.append({"relation": "next",
                          "url": f"{self.server.base}/{kind}?{more}"})
        self.reply(200, {
            "resourceType": "Bundle", "type": "searchset",
            "total": len(found), "link": links,
            "entry": [{"resource": r, "search": {"mode": "match"}}
                      for r in found[first:first + count]]})

    def export(self):
        if self.headers.get("Prefer") != "respond-async":
            return self.outcome(400, "required")
        self.server.polls = 0
        self.reply(202, None, [("Content-Location",
                                self.server.base + "/status")])

    def export_status(self):
        self.server.polls += 1
        if self.server.polls < 2:
            return self.reply(202, None, [("Retry-After", "1"),
                                          ("X-Progress", "half")])
        output = [{"type": kind, "url": f"{self.server.base}/file/{kind}"}
                  for kind in ("Patient", "RelatedPerson", "Group")]
        self.reply(200, {"transactionTime": "2026-11-25T00:00:00Z",
                         "requiresAccessToken": True, "output": output,
                         "error": []}, kind="application/json")

    def export_file(self, kind):
        lines = [json.dumps(r) for r in self.server.resources(kind)]
        self.reply(200, ("\n".join(lines) + "\n").encode(),
                   kind="application/fhir+ndjson")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("port_file")
    parser.add_argument("--token", default="")
    parser.add_argument("--page", type=int, default=200)
    parser.add_argument("--slow", type=float, default=0)
    server = Server(parser.parse_args())
    port_file = server.options.port_file
    with open(port_file + ".new", "w", encoding="ascii") as out:
        out.write(str(server.server_address[1]))
    os.rename(port_file + ".new", port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
