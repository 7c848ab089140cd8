-- Persons' photographs: the bytes as they are shown, by their SHA-256 in hexadecimal, and nothing of the files from which they were made. day: on which it was kept, days
-- since 1970; one that no case names is dropped some time after it.

-- +goose Up
CREATE TABLE casefile_photo (
    sha256 TEXT PRIMARY KEY,
    bytes  {blob} NOT NULL,
    width  INTEGER NOT NULL,
    height INTEGER NOT NULL,
    day    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE casefile_photo;
