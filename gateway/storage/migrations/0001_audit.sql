-- SPDX-License-Identifier: Apache-2.0
-- The audit log: leaves of the tree, sealed payloads beside it, signed heads.

-- log: the first 63 bits of SHA-256(origin); every key leads with it.
CREATE TABLE audit_logs (
  log BIGINT NOT NULL PRIMARY KEY,
  origin TEXT NOT NULL UNIQUE
);

-- Never deleted. `audience` repeats what the leaf says, to be searched.
CREATE TABLE audit_leaves (
  log BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  audience TEXT NOT NULL,
  leaf BYTEA NOT NULL,
  PRIMARY KEY (log, idx)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX audit_leaves_by_audience ON audit_leaves (log, audience, idx);

-- Outside the tree: erasing one breaks no proof.
CREATE TABLE audit_payloads (
  log BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  payload BYTEA NOT NULL,
  PRIMARY KEY (log, idx)
);

-- Where the entry is that holds the key of an audience's epoch.
CREATE TABLE audit_keyframes (
  log BIGINT NOT NULL,
  audience TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (log, audience, epoch)
) /*sqlite WITHOUT ROWID*/;

-- Every head that was ever signed and committed, kept for ever.
CREATE TABLE audit_checkpoints (
  log BIGINT NOT NULL,
  size BIGINT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (log, size)
) /*sqlite WITHOUT ROWID*/;
