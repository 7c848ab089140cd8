-- What was decided at a desk and is carried out after that; proposals carry all that they are about; a committee can be locked.
-- payload: sealed. Proposals that wait while this runs are proposed anew: they hold nothing that could be carried out.

-- +goose Up
DROP TABLE organiser_proposal;
CREATE TABLE organiser_proposal (
    id        TEXT PRIMARY KEY,
    committee TEXT NOT NULL,
    act       TEXT NOT NULL,
    object    TEXT NOT NULL,
    payload   {blob} NOT NULL,
    organiser TEXT NOT NULL,
    role      TEXT NOT NULL,
    made      BIGINT NOT NULL
) {norowid};

-- n: in which order they were decided; made: an hour; state: waiting, done or failed; fault and args: why it failed, in the catalogue's words;
-- held: the minute until which somebody is carrying it out. Once it is not waiting any more the payload is empty.
CREATE TABLE organiser_errand (
    id        TEXT PRIMARY KEY,
    n         BIGINT NOT NULL,
    committee TEXT NOT NULL,
    act       TEXT NOT NULL,
    object    TEXT NOT NULL,
    payload   {blob} NOT NULL,
    role      TEXT NOT NULL,
    made      BIGINT NOT NULL,
    state     TEXT NOT NULL,
    fault     TEXT NOT NULL,
    args      TEXT NOT NULL,
    held      BIGINT NOT NULL
) {norowid};
CREATE INDEX organiser_errand_state ON organiser_errand (state);

-- locked: the hour in which it was; 0: it is open.
ALTER TABLE organiser_committee ADD COLUMN locked BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE organiser_committee DROP COLUMN locked;
DROP TABLE organiser_errand;
DROP TABLE organiser_proposal;
CREATE TABLE organiser_proposal (
    id        TEXT PRIMARY KEY,
    committee TEXT NOT NULL,
    act       TEXT NOT NULL,
    object    TEXT NOT NULL,
    digest    {blob} NOT NULL,
    organiser TEXT NOT NULL,
    role      TEXT NOT NULL,
    made      BIGINT NOT NULL
) {norowid};
