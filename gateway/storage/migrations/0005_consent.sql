-- SPDX-License-Identifier: Apache-2.0
-- What people consented to or refused, by the recording agency's handles. A row
-- is written once; only a withdrawal is added to it, once. Both when it happened
-- and when it was recorded stand here, so that what was known at any earlier
-- time can be told.
-- items: canonical list of names. decision, means, capacity: numbers of
-- consent_service.proto.
CREATE TABLE consent (
  agency TEXT NOT NULL,
  handle BYTEA NOT NULL,
  recorded_at_ms BIGINT NOT NULL,
  consent_id BYTEA NOT NULL,
  from_agency TEXT NOT NULL,
  to_agency TEXT NOT NULL,
  purpose TEXT NOT NULL,
  items BYTEA NOT NULL,
  decision BIGINT NOT NULL,
  means BIGINT NOT NULL,
  capacity BIGINT NOT NULL,
  decided_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  withdrawn_at_ms BIGINT,
  withdrawal_recorded_at_ms BIGINT,
  PRIMARY KEY (agency, handle, recorded_at_ms, consent_id)
) /*sqlite WITHOUT ROWID*/;
CREATE UNIQUE INDEX consent_by_id ON consent (agency, consent_id);

-- In an agency's own state only: what goes with a consent and never leaves the
-- agency. form: where the signed form or the recording of the talk is kept.
CREATE TABLE consent_note (
  consent_id BYTEA NOT NULL PRIMARY KEY,
  practitioner TEXT NOT NULL,
  form TEXT NOT NULL,
  note TEXT NOT NULL
) /*sqlite WITHOUT ROWID*/;
