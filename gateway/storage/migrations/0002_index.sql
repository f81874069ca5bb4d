-- SPDX-License-Identifier: Apache-2.0
-- The index: registers in generations, their records and their tokens' HMACs.

-- state: 0 building (invisible), 1 visible (one an agency), 2 dead (to purge).
-- part: this generation's number in the tables below, which lead with it; given
-- again when nothing of it is left.
-- key_check: says under which index key the tokens were stored.
CREATE TABLE index_generations (
  agency TEXT NOT NULL,
  generation BIGINT NOT NULL,
  part BIGINT NOT NULL UNIQUE,
  state BIGINT NOT NULL,
  spec_version BIGINT NOT NULL,
  key_epoch BIGINT NOT NULL,
  key_check BYTEA NOT NULL,
  records BIGINT NOT NULL,
  tokens BIGINT NOT NULL,
  families BIGINT NOT NULL,
  finished_ms BIGINT NOT NULL,
  PRIMARY KEY (agency, generation)
) /*sqlite WITHOUT ROWID*/;

-- tokens: per token the key id (1 byte) and 16 bytes of HMAC, sorted: what
-- agrees and what conflicts is decided from this one row.
-- shielded: 1 if enrolled so, plus 2 if its handle is in index_shields; of a
-- visible generation always right, of one being built only the 1 counts yet.
CREATE TABLE index_records (
  part BIGINT NOT NULL,
  person BIGINT NOT NULL,
  handle BYTEA NOT NULL,
  family BYTEA NOT NULL,
  shielded BIGINT NOT NULL,
  tokens BYTEA NOT NULL,
  PRIMARY KEY (part, person),
  UNIQUE (part, handle)
) /*sqlite WITHOUT ROWID*/;

-- Asked for the family of every candidate; holds shielded people only. Covering,
-- without which SQLite would rather read the whole part.
CREATE INDEX index_records_shielded ON index_records (part, family, shielded)
  WHERE shielded <> 0;

-- slot: part (19 bits), then the first 44 bits of the HMAC. One integer, SQLite's
-- own row number there: the look-up that every query makes dozens of times.
-- persons: 4 bytes big-endian each, ascending; empty when there were too many to
-- be of use.
CREATE TABLE index_tokens (
  slot /*sqlite INTEGER PRIMARY KEY, --*/ BIGINT NOT NULL PRIMARY KEY,
  persons BYTEA NOT NULL
);

-- Set by an agency; outlives every generation.
CREATE TABLE index_shields (
  agency TEXT NOT NULL,
  handle BYTEA NOT NULL,
  PRIMARY KEY (agency, handle)
) /*sqlite WITHOUT ROWID*/;
