-- SPDX-License-Identifier: Apache-2.0
-- An adapter's own record of what it asked: the receipt of every answer, so
-- that the agency can prove later what the gateway had logged.
CREATE TABLE kept_receipt (
  request_digest BYTEA NOT NULL PRIMARY KEY,
  kept_at_ms BIGINT NOT NULL,
  receipt TEXT NOT NULL
);
