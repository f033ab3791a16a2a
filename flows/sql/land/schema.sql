-- land: every delivered file, byte for byte, and what was read from it, as text. Nothing here is ever changed but a
-- file's status; nothing is ever deleted.
--   current      counts for its day          superseded   a later delivery of the same path took its place
--   withdrawn    no longer in the folder     duplicate    the same bytes stand in the folder under another name
--   reread       read again by newer profiles

CREATE SCHEMA IF NOT EXISTS land;

CREATE TABLE IF NOT EXISTS land.source_file (
    file_no         INTEGER PRIMARY KEY,
    firm            VARCHAR NOT NULL,
    as_of           DATE NOT NULL,
    custodian       VARCHAR NOT NULL,
    path            VARCHAR NOT NULL,
    sha256          VARCHAR NOT NULL,
    bytes           BIGINT NOT NULL,
    reader          VARCHAR NOT NULL,
    profile         VARCHAR NOT NULL,
    profile_version INTEGER NOT NULL,
    encoding        VARCHAR NOT NULL,
    stated_as_of    DATE,
    as_of_source    VARCHAR NOT NULL,
    period_from     DATE,
    period_to       DATE,
    lines           BIGINT NOT NULL,
    facts           BIGINT NOT NULL,
    rejects         BIGINT NOT NULL,
    ignored         BIGINT NOT NULL,
    trailer_count   BIGINT,
    detail_count    BIGINT NOT NULL,
    supersedes      INTEGER,
    status          VARCHAR NOT NULL CHECK (status IN ('current', 'superseded', 'withdrawn', 'duplicate', 'reread')),
    landed_at       TIMESTAMP NOT NULL DEFAULT current_localtimestamp()
);

-- The bytes, compressed in pieces; the same bytes are kept once.
CREATE TABLE IF NOT EXISTS land.source_bytes (
    sha256   VARCHAR NOT NULL,
    piece_no INTEGER NOT NULL,
    length   BIGINT NOT NULL,
    zstd     BLOB NOT NULL,
    PRIMARY KEY (sha256, piece_no)
);

CREATE TABLE IF NOT EXISTS land.reject (
    file_no INTEGER, line_no INTEGER, table_name VARCHAR, account_ref VARCHAR, column_name VARCHAR, reason VARCHAR, raw VARCHAR
);

CREATE TABLE IF NOT EXISTS land.finding (
    file_no INTEGER, code VARCHAR, severity VARCHAR, scope VARCHAR, message VARCHAR, help VARCHAR,
    path VARCHAR, line INTEGER, "column" INTEGER, width INTEGER, subject VARCHAR, snippet VARCHAR
);

CREATE TABLE IF NOT EXISTS land.positions (
    file_no INTEGER, line_no INTEGER, account_ref VARCHAR, sub_account VARCHAR, symbol VARCHAR, cusip VARCHAR, isin VARCHAR,
    description VARCHAR, quantity VARCHAR, settled_quantity VARCHAR, pending_split_quantity VARCHAR, price VARCHAR,
    price_date VARCHAR, market_value VARCHAR, cost_basis VARCHAR, is_short VARCHAR
);

CREATE TABLE IF NOT EXISTS land.tax_lots (
    file_no INTEGER, line_no INTEGER, account_ref VARCHAR, symbol VARCHAR, cusip VARCHAR, lot_id VARCHAR, acquired_date VARCHAR,
    holding_from VARCHAR, quantity VARCHAR, cost_basis VARCHAR, unit_cost VARCHAR, wash_disallowed VARCHAR, covered VARCHAR,
    term VARCHAR
);

CREATE TABLE IF NOT EXISTS land.cash (
    file_no INTEGER, line_no INTEGER, account_ref VARCHAR, currency VARCHAR, settled_cash VARCHAR, unsettled_cash VARCHAR
);

CREATE TABLE IF NOT EXISTS land.transactions (
    file_no INTEGER, line_no INTEGER, account_ref VARCHAR, trade_date VARCHAR, settle_date VARCHAR, action VARCHAR,
    raw_action VARCHAR, symbol VARCHAR, quantity VARCHAR, price VARCHAR, amount VARCHAR
);

CREATE TABLE IF NOT EXISTS land.realized (
    file_no INTEGER, line_no INTEGER, account_ref VARCHAR, symbol VARCHAR, lot_id VARCHAR, acquired_date VARCHAR,
    sold_date VARCHAR, quantity VARCHAR, proceeds VARCHAR, cost_basis VARCHAR, wash_disallowed VARCHAR, term VARCHAR
);

CREATE TABLE IF NOT EXISTS land.control_totals (
    file_no INTEGER, line_no INTEGER, scope VARCHAR, account_ref VARCHAR, symbol VARCHAR, measure VARCHAR, of_file VARCHAR,
    reported VARCHAR
);
