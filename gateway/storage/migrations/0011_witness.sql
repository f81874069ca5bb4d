-- SPDX-License-Identifier: Apache-2.0
-- Witnesses: in an adapter's store what it cosigned, in a gateway's the lines
-- that it was given.

-- The last checkpoint cosigned of each log, whole, with the cosignature.
CREATE TABLE witness_heads (
  origin TEXT NOT NULL PRIMARY KEY,
  size BIGINT NOT NULL,
  note TEXT NOT NULL
);

-- Signed checkpoints that do not go together with a head.
CREATE TABLE witness_evidence (
  origin TEXT NOT NULL,
  note TEXT NOT NULL,
  seen_ms BIGINT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (origin, note)
);

-- witness: the name that it signs under. line: its C2SP signature line on the
-- checkpoint of this size, the latest one.
CREATE TABLE audit_cosignatures (
  log BIGINT NOT NULL,
  size BIGINT NOT NULL,
  witness TEXT NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (log, size, witness)
) /*sqlite WITHOUT ROWID*/;

-- Of a receipt that was proved into a checkpoint which a quorum has cosigned:
-- how many entries that has. 0: not yet; -1: never.
ALTER TABLE kept_receipt ADD COLUMN witnessed_size BIGINT NOT NULL DEFAULT 0;
