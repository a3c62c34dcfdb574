-- Of streams that are read from dropped files: the files of their last complete reading, so that nobody reads a year of
-- files again to learn that nothing is new.
CREATE TABLE raw.file_read (
    system VARCHAR NOT NULL,
    stream VARCHAR NOT NULL,
    mark   VARCHAR NOT NULL                  -- of a file's content and of how it was understood
);
