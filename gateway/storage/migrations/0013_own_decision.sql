-- SPDX-License-Identifier: Apache-2.0
-- What an agency's adapter decided finally about one person of one request:
-- its own record, in the bytes of gateway/share/decision_record.h.
CREATE TABLE own_decision (
  request_id BYTEA NOT NULL,
  member BIGINT NOT NULL,
  decided_at_ms BIGINT NOT NULL,
  decision BYTEA NOT NULL,
  PRIMARY KEY (request_id, member)
);
