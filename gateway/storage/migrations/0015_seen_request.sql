-- SPDX-License-Identifier: Apache-2.0
-- The replay guard's rows in the order in which they come and go, so that each
-- commit writes one page of them and not one anywhere. Only read at the start.
CREATE TABLE seen_request_in_order (
  agency TEXT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  request_id BYTEA NOT NULL,
  PRIMARY KEY (agency, expires_at_ms, request_id)
) /*sqlite WITHOUT ROWID*/;
INSERT INTO seen_request_in_order (agency, expires_at_ms, request_id)
  SELECT agency, expires_at_ms, request_id FROM seen_request;
DROP TABLE seen_request;
ALTER TABLE seen_request_in_order RENAME TO seen_request;
