-- Days of the trail that are older than thirty days: what the lines said is sealed to the keys of the committee's campaigns, whose secret halves are on no server.
-- n: number of the first line in the box; part: 0 for keys that hold against a quantum computer, 1 for others; day: 2006-01-02; keys: fingerprints of those that open it.

-- +goose Up
CREATE TABLE organiser_trail_sealed (
    committee TEXT NOT NULL,
    n         BIGINT NOT NULL,
    part      BIGINT NOT NULL,
    day       TEXT NOT NULL,
    keys      TEXT NOT NULL,
    box       {blob} NOT NULL,
    PRIMARY KEY (committee, n, part)
);

-- +goose Down
DROP TABLE organiser_trail_sealed;
