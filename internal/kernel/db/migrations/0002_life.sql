-- A letter's whole life: shown names, removals, suppressed addresses, closing; followers' sealed addresses.

-- +goose Up
-- Which letter a used token was for: closing forgets those of one letter.
ALTER TABLE letter_used ADD COLUMN letter {blob};

-- Who counted on paper, or vouches; JSON, a text a language.
ALTER TABLE letter_report ADD COLUMN counted_by TEXT NOT NULL DEFAULT '{}';

-- A name shown by its signer's wish. idx: of its show entry, NULL while that waits; earlier: another name of it was logged before;
-- removed: the signature was taken out by rule, and the name is not shown while it is.
CREATE TABLE letter_name (
    lock        {blob} PRIMARY KEY,
    letter      {blob} NOT NULL,
    name        TEXT NOT NULL,
    affiliation TEXT NOT NULL,
    salt        {blob} NOT NULL,
    script      TEXT NOT NULL,
    sort_key    {blob} NOT NULL,
    idx         BIGINT,
    earlier     INTEGER NOT NULL,
    removed     INTEGER NOT NULL
) {norowid};
-- All that a page of the list needs to count and to skip names: no row is read for those that it does not show.
CREATE INDEX letter_name_order ON letter_name (letter, script, sort_key, lock, idx) WHERE idx IS NOT NULL AND removed = 0;
CREATE INDEX letter_name_all ON letter_name (letter, sort_key, lock, script, idx) WHERE idx IS NOT NULL AND removed = 0;

-- Folded words of shown names; bytes, so that both engines order them alike.
CREATE TABLE letter_word (
    word {blob} NOT NULL,
    lock {blob} NOT NULL,
    PRIMARY KEY (word, lock)
) {norowid};
CREATE INDEX letter_word_lock ON letter_word (lock);

-- Shown first, after organisers checked who it is.
CREATE TABLE letter_prominent (
    lock            {blob} PRIMARY KEY,
    checked_by_role TEXT NOT NULL,
    note            TEXT NOT NULL
) {norowid};

-- Addresses that want no mail about a letter, by its pepper; they die with it.
CREATE TABLE letter_suppressed (
    letter {blob} NOT NULL,
    tag    {blob} NOT NULL,
    PRIMARY KEY (letter, tag)
) {norowid};

CREATE TABLE letter_removal (
    id     {blob} PRIMARY KEY,
    letter {blob} NOT NULL,
    reason INTEGER NOT NULL,
    words  TEXT NOT NULL,
    role   TEXT NOT NULL,
    day    BIGINT NOT NULL
) {norowid};

CREATE TABLE letter_removed (
    lock    {blob} PRIMARY KEY,
    removal {blob} NOT NULL
) {norowid};
CREATE INDEX letter_removed_removal ON letter_removed (removal);

CREATE TABLE letter_certificate (
    letter {blob} PRIMARY KEY,
    note   TEXT NOT NULL
) {norowid};

-- What the queue holds about an entry: its author may take it back.
CREATE INDEX log_queue_of ON log_queue (of_ref);

-- An address that wants news, sealed to the organisers' key, tied to no signature; unsub_hash: of the token that ends it.
CREATE TABLE news (
    id         {blob} PRIMARY KEY,
    casefile   TEXT NOT NULL,
    sealed     {blob} NOT NULL,
    unsub_hash {blob} NOT NULL UNIQUE
) {norowid};
CREATE INDEX news_casefile ON news (casefile);

-- +goose Down
DROP TABLE news;
DROP INDEX log_queue_of;
DROP TABLE letter_certificate;
DROP TABLE letter_removed;
DROP TABLE letter_removal;
DROP TABLE letter_suppressed;
DROP TABLE letter_prominent;
DROP TABLE letter_word;
DROP TABLE letter_name;
ALTER TABLE letter_report DROP COLUMN counted_by;
ALTER TABLE letter_used DROP COLUMN letter;
