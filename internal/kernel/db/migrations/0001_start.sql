-- One text for both engines. Blanks: {blob} bytes, {norowid} tables without a hidden insertion order, {bytewise} text ordered by its bytes.
-- Times are int64 Unix microseconds; in letter tables a day (days since 1970). No identity columns, no now(), no triggers.

-- +goose Up
CREATE TABLE day_key (
    day     BIGINT PRIMARY KEY,
    wrapped {blob} NOT NULL
) {norowid};

CREATE TABLE job (
    id      {blob} PRIMARY KEY,
    kind    TEXT NOT NULL,
    due     BIGINT NOT NULL,
    lease   BIGINT NOT NULL,
    tries   INTEGER NOT NULL,
    expires BIGINT NOT NULL,
    payload {blob} NOT NULL
) {norowid};
CREATE INDEX job_due ON job (due);

CREATE TABLE log_state (
    one  INTEGER PRIMARY KEY,
    size BIGINT NOT NULL,
    root {blob} NOT NULL,
    note {blob} NOT NULL
);

CREATE TABLE log_key (
    one     INTEGER PRIMARY KEY,
    vkey    TEXT NOT NULL,
    wrapped {blob} NOT NULL
);

CREATE TABLE log_entry (
    idx  BIGINT PRIMARY KEY,
    ref  {blob} UNIQUE,
    data {blob} NOT NULL
);

CREATE TABLE log_tile (
    level INTEGER NOT NULL,
    n     BIGINT NOT NULL,
    data  {blob} NOT NULL,
    PRIMARY KEY (level, n)
) {norowid};

-- pool: leaves of one pool leave together as soon as a crowd of them waits; NULL waits for not_before alone.
CREATE TABLE log_queue (
    ref        {blob} PRIMARY KEY,
    data       {blob} NOT NULL,
    of_ref     {blob},
    pool       {blob},
    not_before BIGINT NOT NULL
) {norowid};
CREATE INDEX log_queue_due ON log_queue (not_before);

CREATE TABLE casefile (
    slug     TEXT PRIMARY KEY,
    doc      TEXT NOT NULL,
    revision BIGINT NOT NULL
) {norowid};

CREATE TABLE letter (
    id       {blob} PRIMARY KEY,
    campaign {blob} NOT NULL,
    casefile TEXT NOT NULL,
    slug     TEXT NOT NULL,
    state    TEXT NOT NULL,
    version  INTEGER NOT NULL,
    pace     TEXT NOT NULL,
    dated    TEXT NOT NULL,
    about    TEXT NOT NULL,
    UNIQUE (casefile, slug)
) {norowid};

CREATE TABLE letter_text (
    letter    {blob} NOT NULL,
    version   INTEGER NOT NULL,
    lang      TEXT NOT NULL,
    title     TEXT NOT NULL,
    body      TEXT NOT NULL,
    demand    TEXT NOT NULL,
    addressee TEXT NOT NULL,
    sha       {blob} NOT NULL,
    PRIMARY KEY (letter, version, lang)
) {norowid};

-- A signature. The tag is under a pepper that is not on this disk, and is forgotten at withdrawal.
CREATE TABLE letter_signature (
    lock      {blob} PRIMARY KEY,
    letter    {blob} NOT NULL,
    tag       {blob},
    version   INTEGER NOT NULL,
    assurance INTEGER NOT NULL,
    state     TEXT NOT NULL,
    link_hash {blob},
    day       BIGINT NOT NULL,
    UNIQUE (letter, tag)
) {norowid};
CREATE UNIQUE INDEX letter_signature_link ON letter_signature (link_hash) WHERE link_hash IS NOT NULL;

-- Used tokens, by hash, until the day they end.
CREATE TABLE letter_used (
    token_hash {blob} PRIMARY KEY,
    expires    BIGINT NOT NULL
) {norowid};
CREATE INDEX letter_used_expires ON letter_used (expires);

-- Counts kept elsewhere: a sourced line each, never added to ours.
CREATE TABLE letter_report (
    id         {blob} PRIMARY KEY,
    letter     {blob} NOT NULL,
    kind       TEXT NOT NULL,
    value      BIGINT NOT NULL,
    comparator TEXT NOT NULL,
    as_of      TEXT NOT NULL,
    source     TEXT NOT NULL,
    nature     TEXT NOT NULL,
    note       TEXT NOT NULL
) {norowid};
CREATE INDEX letter_report_letter ON letter_report (letter);

-- +goose Down
DROP TABLE letter_report;
DROP TABLE letter_used;
DROP TABLE letter_signature;
DROP TABLE letter_text;
DROP TABLE letter;
DROP TABLE casefile;
DROP TABLE log_queue;
DROP TABLE log_tile;
DROP TABLE log_entry;
DROP TABLE log_key;
DROP TABLE log_state;
DROP TABLE job;
DROP TABLE day_key;
