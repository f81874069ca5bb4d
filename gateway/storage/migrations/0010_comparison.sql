-- SPDX-License-Identifier: Apache-2.0
-- An adapter's own people as the comparison of stage 2 needs them, sealed under
-- a key that is not in this store. One generation an enrolment.
CREATE TABLE comparison_records (
  generation BIGINT NOT NULL,
  handle BYTEA NOT NULL,
  family BYTEA NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (generation, handle)
);
CREATE INDEX comparison_families ON comparison_records (generation, family);
-- The generation in force: one row, or none before the first enrolment.
CREATE TABLE comparison_generation (
  only_row BIGINT NOT NULL PRIMARY KEY,
  generation BIGINT NOT NULL
);
