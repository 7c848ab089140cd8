-- The desk: committees, their people under pseudonyms, how they sign in, and the trail. What names or could be tried out is sealed under a key that the unlock
-- secret wraps. Hours are hours since 1970, minutes minutes since 1970, days 2006-01-02; nothing is finer.

-- +goose Up
CREATE TABLE organiser_key (
    one     INTEGER PRIMARY KEY,
    wrapped {blob} NOT NULL
);

CREATE TABLE organiser_committee (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    made TEXT NOT NULL
) {norowid};

-- Whose a case is; one that stands nowhere is the first committee's.
CREATE TABLE organiser_case (
    casefile  TEXT PRIMARY KEY,
    committee TEXT NOT NULL
) {norowid};

-- mark: of the folded pseudonym, under a key; name, password (a hash) and totp (a secret): sealed. step: of the last code that was taken.
CREATE TABLE organiser (
    id        TEXT PRIMARY KEY,
    committee TEXT NOT NULL,
    mark      {blob} NOT NULL,
    name      {blob} NOT NULL,
    role      TEXT NOT NULL,
    place     TEXT NOT NULL,
    password  {blob} NOT NULL,
    totp      {blob} NOT NULL,
    step      BIGINT NOT NULL,
    made      TEXT NOT NULL,
    UNIQUE (committee, mark)
) {norowid};

-- hash: of the credential's id; label and record: sealed.
CREATE TABLE organiser_passkey (
    hash      {blob} PRIMARY KEY,
    organiser TEXT NOT NULL,
    label     {blob} NOT NULL,
    record    {blob} NOT NULL,
    made      TEXT NOT NULL
) {norowid};
CREATE INDEX organiser_passkey_organiser ON organiser_passkey (organiser);

CREATE TABLE organiser_recovery (
    hash      {blob} PRIMARY KEY,
    organiser TEXT NOT NULL
) {norowid};
CREATE INDEX organiser_recovery_organiser ON organiser_recovery (organiser);

-- until: the hour in which it ends.
CREATE TABLE organiser_invitation (
    hash      {blob} PRIMARY KEY,
    committee TEXT NOT NULL,
    role      TEXT NOT NULL,
    until     BIGINT NOT NULL
) {norowid};

-- made, used: hours; fresh: the minute until which grave acts may be done.
CREATE TABLE organiser_session (
    hash      {blob} PRIMARY KEY,
    organiser TEXT NOT NULL,
    made      BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    fresh     BIGINT NOT NULL,
    device    TEXT NOT NULL,
    lang      TEXT NOT NULL
) {norowid};
CREATE INDEX organiser_session_organiser ON organiser_session (organiser);

-- What a passkey is asked, for some minutes. until: a minute.
CREATE TABLE organiser_ceremony (
    hash  {blob} PRIMARY KEY,
    data  {blob} NOT NULL,
    until BIGINT NOT NULL
) {norowid};

-- Acts that wait for a second person. organiser: who proposed; made: an hour.
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

-- Who did what, by role, and never who: each entry holds the hash of the one before. hour: hours.
CREATE TABLE organiser_trail (
    committee TEXT NOT NULL,
    n         BIGINT NOT NULL,
    hour      BIGINT NOT NULL,
    role      TEXT NOT NULL,
    act       TEXT NOT NULL,
    object    TEXT NOT NULL,
    prev      {blob} NOT NULL,
    hash      {blob} NOT NULL,
    PRIMARY KEY (committee, n)
) {norowid};

-- How a day's last entry stood, for when the entries are gone.
CREATE TABLE organiser_cut (
    committee TEXT NOT NULL,
    day       TEXT NOT NULL,
    n         BIGINT NOT NULL,
    hash      {blob} NOT NULL,
    PRIMARY KEY (committee, day)
) {norowid};

-- +goose Down
DROP TABLE organiser_cut;
DROP TABLE organiser_trail;
DROP TABLE organiser_proposal;
DROP TABLE organiser_ceremony;
DROP TABLE organiser_session;
DROP TABLE organiser_invitation;
DROP TABLE organiser_recovery;
DROP TABLE organiser_passkey;
DROP TABLE organiser;
DROP TABLE organiser_case;
DROP TABLE organiser_committee;
DROP TABLE organiser_key;
