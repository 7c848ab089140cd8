-- Photographs of what is not public yet. name: stands for a draft and a photograph's hash, under the drafts' key: whoever has the file that it was made from can't tell by it
-- whether it is here; hour: in which it was kept last, hours since 1970; kept: sealed, filled up to a round size. Publication copies one to casefile_photo.

-- +goose Up
CREATE TABLE draft_photo (
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    hour BIGINT NOT NULL,
    kept {blob} NOT NULL,
    PRIMARY KEY (slug, name)
);

-- photo: the name of the photograph that a revision says; a hyphen: it says none; empty: it is older than this column, and nobody has looked yet.
ALTER TABLE draft_revision ADD COLUMN photo TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE draft_revision DROP COLUMN photo;
DROP TABLE draft_photo;
