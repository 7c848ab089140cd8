-- Independent witnesses: the newest checkpoint that enough of them signed, and what each last stated of a recount. All of it is public.

-- +goose Up
-- asked: when a process of this installation last asked the witnesses, Unix microseconds; so that several don't ask more often than one.
CREATE TABLE log_cosigned (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    size  BIGINT NOT NULL,
    note  {blob} NOT NULL,
    asked BIGINT NOT NULL
);

CREATE TABLE log_recount (
    name TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    note {blob} NOT NULL
) {norowid};

-- +goose Down
DROP TABLE log_recount;
DROP TABLE log_cosigned;
