-- SPDX-License-Identifier: Apache-2.0
-- What an agency's adapter itself decided about a request, in order: first what
-- could be said without looking at anybody, then finally, person by person. Its
-- own record, which never leaves it: the bytes of gateway/share/
-- decision_record.h, signed by the agency (adapters/daemon/own_decisions.h).
-- member: index into the request's members; -1: about nobody.
CREATE TABLE own_decision (
  agency TEXT NOT NULL,
  request_id BYTEA NOT NULL,
  place BIGINT NOT NULL,
  member BIGINT NOT NULL,
  decided_at_ms BIGINT NOT NULL,
  decision BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  PRIMARY KEY (agency, request_id, place)
);
CREATE INDEX own_decision_by_time ON own_decision (decided_at_ms);
