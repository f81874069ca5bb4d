-- SPDX-License-Identifier: Apache-2.0
-- An adapter's enrolled people: what was evaluated for each, so that the next
-- enrolment evaluates only what changed. fingerprint: keyed hash of what went
-- in. tokens: sealed. run: the last enrolment that had the record.
CREATE TABLE enrolment_token (
  handle BYTEA NOT NULL PRIMARY KEY,
  fingerprint BYTEA NOT NULL,
  tokens BYTEA NOT NULL,
  run BIGINT NOT NULL
);

-- Records that this agency has shielded by hand, beside what its source says.
CREATE TABLE own_shield (
  handle BYTEA NOT NULL PRIMARY KEY
) /*sqlite WITHOUT ROWID*/;
