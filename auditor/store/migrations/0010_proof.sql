-- What planted faults proved: one row per plant, channel and night.
CREATE TABLE audit.proof (
    proved_at TIMESTAMP NOT NULL,
    known_at  TIMESTAMP NOT NULL,            -- the snapshot into a copy of which was planted
    check_id  VARCHAR NOT NULL,
    channel   VARCHAR NOT NULL,
    plant     VARCHAR NOT NULL,              -- what was done
    outcome   VARCHAR NOT NULL,              -- proved | missed | wrong | no_victim | not_judged
    reason    VARCHAR                        -- one sentence; NULL when proved
);
