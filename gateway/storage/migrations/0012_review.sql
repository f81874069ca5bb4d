-- SPDX-License-Identifier: Apache-2.0
-- What reviewers have said of two records: one person (1) or not (2). By
-- handles, so that it outlives every enrolment; the two records in ascending
-- order of agency and handle. A row is written once; only an undoing is added to
-- it. What holds of a pair is its last row that is not undone.
CREATE TABLE correction (
  low_agency TEXT NOT NULL,
  low_handle BYTEA NOT NULL,
  high_agency TEXT NOT NULL,
  high_handle BYTEA NOT NULL,
  decided_at_ms BIGINT NOT NULL,
  correction_id BYTEA NOT NULL,
  verdict BIGINT NOT NULL,
  undone_at_ms BIGINT,
  PRIMARY KEY (low_agency, low_handle, high_agency, high_handle,
               decided_at_ms, correction_id)
) /*sqlite WITHOUT ROWID*/;
CREATE UNIQUE INDEX correction_by_id ON correction (correction_id);
CREATE INDEX correction_by_high ON correction (high_agency, high_handle);

-- Two records that may be one person, for the reviewer of the source to say. One
-- case a pair. pattern: canonical list of the names of keys and comparisons.
-- correction_id: of the decision in force; none while the case is open.
CREATE TABLE review_case (
  case_id BYTEA NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  source_handle BYTEA NOT NULL,
  requester TEXT NOT NULL,
  requester_handle BYTEA NOT NULL,
  agreement TEXT NOT NULL,
  purpose TEXT NOT NULL,
  pattern BYTEA NOT NULL,
  opened_at_ms BIGINT NOT NULL,
  correction_id BYTEA
) /*sqlite WITHOUT ROWID*/;
CREATE UNIQUE INDEX review_case_by_pair
  ON review_case (source, source_handle, requester, requester_handle);
CREATE INDEX review_case_by_requester ON review_case (requester);
