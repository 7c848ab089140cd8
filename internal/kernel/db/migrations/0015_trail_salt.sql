-- salt: of a line of the trail, random, and a part of its hash, lest the marks of days tell what was done on them to whoever guesses; it goes with the line. Empty: older.

-- +goose Up
ALTER TABLE organiser_trail ADD COLUMN salt TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE organiser_trail DROP COLUMN salt;
