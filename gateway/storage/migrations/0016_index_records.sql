-- SPDX-License-Identifier: Apache-2.0
-- Records under one integer, as the tokens are: a query reads its candidates'
-- rows one by one, and each is then found by comparing integers in few pages.
-- record: part, then 32 bits for the person within it.
CREATE TABLE index_people (
  record /*sqlite INTEGER PRIMARY KEY, --*/ BIGINT NOT NULL PRIMARY KEY,
  part BIGINT NOT NULL,
  handle BYTEA NOT NULL,
  family BYTEA NOT NULL,
  shielded BIGINT NOT NULL,
  tokens BYTEA NOT NULL,
  UNIQUE (part, handle)
);
INSERT INTO index_people (record, part, handle, family, shielded, tokens)
  SELECT part * 4294967296 + person, part, handle, family, shielded, tokens
  FROM index_records;
DROP TABLE index_records;
ALTER TABLE index_people RENAME TO index_records;
CREATE INDEX index_records_shielded ON index_records (part, family, shielded)
  WHERE shielded <> 0;
