-- The desk's work on signatures and followers: removals that are under way, the committee's key and the drill that proves it, sealed lists that wait to be fetched.

-- +goose Up
-- A removal that can be run again after a failure, while it is under way: removals that are done, or were put back, stand in letter_removal alone.
CREATE TABLE letter_removing (
    removal {blob} PRIMARY KEY
) {norowid};

-- A drill: a word, sealed to a key that was typed in. word: the SHA-256 of the word; until: the hour in which it ends, since 1970; tries: wrong answers.
CREATE TABLE news_drill (
    casefile  TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    sealed    {blob} NOT NULL,
    word      {blob} NOT NULL,
    until     BIGINT NOT NULL,
    tries     BIGINT NOT NULL
) {norowid};

-- Keys whose drill was passed. chosen: 1 of the one that the campaign receives under, or will once it is public.
CREATE TABLE news_key (
    casefile  TEXT NOT NULL,
    recipient TEXT NOT NULL,
    chosen    BIGINT NOT NULL,
    PRIMARY KEY (casefile, recipient)
) {norowid};

-- Sealed lists that somebody may fetch, once. id: the errand's; organiser: who asked; until: the hour in which it ends; fetched: 1 once it was.
CREATE TABLE news_export (
    id        TEXT PRIMARY KEY,
    casefile  TEXT NOT NULL,
    organiser TEXT NOT NULL,
    until     BIGINT NOT NULL,
    fetched   BIGINT NOT NULL
) {norowid};

-- +goose Down
DROP TABLE news_export;
DROP TABLE news_key;
DROP TABLE news_drill;
DROP TABLE letter_removing;
