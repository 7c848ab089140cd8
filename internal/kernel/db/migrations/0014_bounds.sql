-- Bounds that hold for a whole installation, whether a letter was ever open, and nothing more of who fetched a list than has to be.

-- +goose Up
-- Test mails that a committee has begun in an hour. kind: "proof" or "trial"; hour: since 1970; n: how many.
CREATE TABLE mailproof_begun (
    committee TEXT NOT NULL,
    kind      TEXT NOT NULL,
    hour      BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (committee, kind)
) {norowid};

-- Letters that could be signed once, besides those that somebody has signed. Of any other its page says that it is not open yet, and not that it is paused.
CREATE TABLE letter_opened (
    letter {blob} PRIMARY KEY
) {norowid};
INSERT INTO letter_opened (letter)
    SELECT id FROM letter WHERE state IN ('open', 'closing', 'closed');

-- Who asked for a list is forgotten once it was fetched, or can't be any more: that it was fetched is what has to last.
UPDATE news_export SET organiser = '' WHERE fetched = 1;

-- +goose Down
DROP TABLE letter_opened;
DROP TABLE mailproof_begun;
