-- SPDX-License-Identifier: Apache-2.0
-- How pairs of records compared, counted over all questions: no handle, no
-- token, no time. What weights are estimated from (`kinstile linkage estimate`).
-- levels: one byte a comparator, in the order of the specification; 255: not
-- compared.
CREATE TABLE linkage_pattern (
  spec_version BIGINT NOT NULL,
  levels BYTEA NOT NULL,
  pairs BIGINT NOT NULL,
  PRIMARY KEY (spec_version, levels)
) /*sqlite WITHOUT ROWID*/;

-- people: members asked about. space: the sum of the sizes of the registers that
-- each of them was looked for in.
CREATE TABLE linkage_asked (
  spec_version BIGINT NOT NULL PRIMARY KEY,
  people BIGINT NOT NULL,
  space BIGINT NOT NULL
);
