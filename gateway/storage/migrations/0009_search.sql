-- SPDX-License-Identifier: Apache-2.0
-- An officer's index of the audit (adapters/cli/audit), on the officer's own
-- machine: terms are keyed hashes, records are sealed; see index.h.

CREATE TABLE search_state (
  name TEXT PRIMARY KEY,
  value BYTEA NOT NULL
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE search_entries (
  idx BIGINT PRIMARY KEY,
  time_ms BIGINT NOT NULL,
  record BYTEA NOT NULL
);
CREATE INDEX search_entries_by_time ON search_entries (time_ms, idx);

CREATE TABLE search_terms (
  term BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (term, idx)
) /*sqlite WITHOUT ROWID*/;
