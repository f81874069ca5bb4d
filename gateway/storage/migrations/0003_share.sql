-- SPDX-License-Identifier: Apache-2.0
-- Requests that were answered or refused, until they expire (replay guard).
CREATE TABLE seen_request (
  agency TEXT NOT NULL,
  request_id BYTEA NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  PRIMARY KEY (agency, request_id)
);
CREATE INDEX seen_request_expiry ON seen_request (expires_at_ms);

-- What an agency has used of something that is rationed by the day: shares
-- under one flow, evaluations of one kind.
CREATE TABLE daily_use (
  agency TEXT NOT NULL,
  what TEXT NOT NULL,
  day BIGINT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (agency, what, day)
);
