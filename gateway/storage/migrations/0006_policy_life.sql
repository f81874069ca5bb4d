-- SPDX-License-Identifier: Apache-2.0
-- Parties' signed statements that flows of theirs stop, or go on again. Never
-- changed, never deleted: of each party's statements about a flow the last one
-- holds. statement: canonical bytes (gateway/share/suspension.h).
CREATE TABLE suspension (
  party TEXT NOT NULL,
  agreement TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  statement BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  PRIMARY KEY (party, agreement, at_ms)
) /*sqlite WITHOUT ROWID*/;

-- What an adapter has done and the gateway has not heard of yet, in order.
-- kind: which call; body: its message.
CREATE TABLE outbox (
  seq /*sqlite INTEGER PRIMARY KEY, --*/ BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  body BYTEA NOT NULL
);

-- Which version of each agreement has been in force here, for ever: what is
-- loaded next must follow on it. draft: nobody had signed it.
CREATE TABLE policy_version (
  agreement TEXT NOT NULL,
  version BIGINT NOT NULL,
  digest TEXT NOT NULL,
  draft BIGINT NOT NULL,
  activated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (agreement, version)
) /*sqlite WITHOUT ROWID*/;
