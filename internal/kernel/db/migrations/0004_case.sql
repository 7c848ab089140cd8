-- What binds a case beside its file, and what was changed on its page. Days are days since 1970.

-- +goose Up
-- A stop of the person, the family or the lawyer: in which capacity, of what, since which day; never by whom, by which link, or at what hour.
CREATE TABLE casefile_stop (
    casefile TEXT NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    giver    TEXT NOT NULL,
    harm     INTEGER NOT NULL,
    day      BIGINT NOT NULL,
    PRIMARY KEY (casefile, kind, name, giver)
) {norowid};

-- Which part of a public page was changed, and how; no word of what stood there.
CREATE TABLE casefile_change (
    casefile TEXT NOT NULL,
    revision BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    section  TEXT NOT NULL,
    name     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    PRIMARY KEY (casefile, revision, section, name, kind)
) {norowid};

-- +goose Down
DROP TABLE casefile_change;
DROP TABLE casefile_stop;
