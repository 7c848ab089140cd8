-- What committees write before it is public. Documents and remarks are sealed under a key that the unlock secret wraps. Hours are hours since 1970, days 2006-01-02.

-- +goose Up
CREATE TABLE draft_key (
    one     INTEGER PRIMARY KEY,
    wrapped {blob} NOT NULL
);

-- head: the revision that the draft says; last: the highest number given; published: what is public; earlier: what was public before it; applied: what the installation
-- told of itself when it was last looked at, on which a merge with what was applied elsewhere rests; looked: whether it was looked at since the last publication. 0: none.
CREATE TABLE draft (
    slug      TEXT PRIMARY KEY,
    head      BIGINT NOT NULL,
    last      BIGINT NOT NULL,
    published BIGINT NOT NULL,
    earlier   BIGINT NOT NULL,
    applied   BIGINT NOT NULL,
    looked    BIGINT NOT NULL
) {norowid};

-- base: the revision that it was made from; made: an hour; aside: 0 of the chain, 1 kept aside, 2 kept aside and settled; doc: sealed.
CREATE TABLE draft_revision (
    slug  TEXT NOT NULL,
    n     BIGINT NOT NULL,
    base  BIGINT NOT NULL,
    role  TEXT NOT NULL,
    what  TEXT NOT NULL,
    made  BIGINT NOT NULL,
    aside BIGINT NOT NULL,
    doc   {blob} NOT NULL,
    PRIMARY KEY (slug, n)
) {norowid};

-- back: whether it was answered; role and remark (sealed) are then of who answered.
CREATE TABLE draft_review (
    slug   TEXT PRIMARY KEY,
    n      BIGINT NOT NULL,
    role   TEXT NOT NULL,
    remark {blob} NOT NULL,
    made   BIGINT NOT NULL,
    back   BIGINT NOT NULL
) {norowid};

-- What is known of a draft's texts in a language: who translated which from what, and what waits. part: state, or file-… for a file that waits to be taken in; hour: when it was
-- last written; turn: how often; kept: sealed, for paths and hashes of what nobody has seen yet would tell of it.
CREATE TABLE draft_translation (
    slug   TEXT NOT NULL,
    tongue TEXT NOT NULL,
    part   TEXT NOT NULL,
    hour   BIGINT NOT NULL,
    turn   BIGINT NOT NULL,
    kept   {blob} NOT NULL,
    PRIMARY KEY (slug, tongue, part)
) {norowid};

-- Private links of translators who are no organisers. hash: of the link's secret, which is told once; until, made: hours. Whose it is stands nowhere.
CREATE TABLE draft_guest (
    hash   {blob} PRIMARY KEY,
    slug   TEXT NOT NULL,
    tongue TEXT NOT NULL,
    until  BIGINT NOT NULL,
    made   BIGINT NOT NULL
) {norowid};
CREATE INDEX draft_guest_slug ON draft_guest (slug);

-- +goose Down
DROP TABLE draft_guest;
DROP TABLE draft_translation;
DROP TABLE draft_review;
DROP TABLE draft_revision;
DROP TABLE draft;
DROP TABLE draft_key;
