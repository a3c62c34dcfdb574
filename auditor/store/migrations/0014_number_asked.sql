-- Numbers of documents between known ones for which the system was asked, because no reading had brought them.
CREATE TABLE audit.number_asked (
    system    VARCHAR NOT NULL,
    stream    VARCHAR NOT NULL,
    number    BIGINT NOT NULL,
    asked_at  TIMESTAMP NOT NULL,
    was_there BOOLEAN NOT NULL               -- FALSE: the system has no document of this number, or shows none
);
