-- Private links of those who bind a campaign, and what they agreed to. What they stopped is the case's own (casefile_stop).

-- +goose Up
-- hash: of the link's secret, which is told once; until: the last day on which it opens, 2006-01-02, empty for no end; made: the day.
-- Whose link it is stands nowhere: a capacity is all there is.
CREATE TABLE wish_link (
    hash     {blob} PRIMARY KEY,
    casefile TEXT NOT NULL,
    capacity TEXT NOT NULL,
    made     TEXT NOT NULL,
    until    TEXT NOT NULL
) {norowid};
CREATE INDEX wish_link_casefile ON wish_link (casefile);

-- What a capacity last said of an item. agreed: the day of its agreement, empty if it has none. turns: how often its word has changed,
-- so that a form that was sent before changes nothing.
CREATE TABLE wish_word (
    casefile TEXT NOT NULL,
    capacity TEXT NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    agreed   TEXT NOT NULL,
    turns    BIGINT NOT NULL,
    PRIMARY KEY (casefile, capacity, kind, name)
) {norowid};

-- +goose Down
DROP TABLE wish_word;
DROP TABLE wish_link;
