-- Whether mail leaves this server, and what a publication at the desk has put aside for ten minutes.

-- +goose Up
-- A way of sending mail that was proven: setting is a digest of server and sender, day the day (2006-01-02). No address, no domain.
CREATE TABLE mailproof (
    setting {blob} PRIMARY KEY,
    day     TEXT NOT NULL
) {norowid};

-- A test that waits for its two codes. first, second: their hashes; tries: how often codes were typed; until: minutes since 1970.
CREATE TABLE mailproof_test (
    id      {blob} PRIMARY KEY,
    setting {blob} NOT NULL,
    first   {blob} NOT NULL,
    second  {blob} NOT NULL,
    tries   BIGINT NOT NULL,
    until   BIGINT NOT NULL
) {norowid};

-- What stood in a case's place before the last publication, for as long as that can be undone. doc: empty for nothing; revision: of the publication; mark: whose
-- publication it was, so that one that is carried out twice keeps the same; beside: what else was put aside; until: seconds since 1970; undone: 1 once it was.
CREATE TABLE casefile_before (
    casefile TEXT PRIMARY KEY,
    doc      TEXT NOT NULL,
    revision BIGINT NOT NULL,
    mark     TEXT NOT NULL,
    beside   {blob} NOT NULL,
    until    BIGINT NOT NULL,
    undone   BIGINT NOT NULL
) {norowid};

-- +goose Down
DROP TABLE casefile_before;
DROP TABLE mailproof_test;
DROP TABLE mailproof;
