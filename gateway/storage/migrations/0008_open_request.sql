-- SPDX-License-Identifier: Apache-2.0
-- Requests with an INTENT in the trail and no outcome yet: written and removed
-- with those entries. What a crash leaves here is ended at the next start.
CREATE TABLE open_request (
  agency TEXT NOT NULL,
  request_id BYTEA NOT NULL,
  request_digest BYTEA NOT NULL,
  agreement TEXT NOT NULL,
  -- The agencies asked, with commas between.
  asked TEXT NOT NULL,
  PRIMARY KEY (agency, request_id)
);
