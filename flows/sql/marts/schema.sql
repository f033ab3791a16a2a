-- marts: the book of each day, resolved to the firm's accounts and securities. A snapshot's rows are written together
-- and replaced together; `file_no` and `line` lead every fact back to the delivered line.

CREATE SCHEMA IF NOT EXISTS staging;
CREATE SCHEMA IF NOT EXISTS marts;

CREATE TABLE IF NOT EXISTS marts.snapshot (
    snapshot_no INTEGER PRIMARY KEY, firm VARCHAR NOT NULL, as_of DATE NOT NULL, fingerprint VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS marts.households (
    snapshot_no INTEGER, household_id VARCHAR, name VARCHAR, advisor VARCHAR, model VARCHAR, last_rebalanced DATE, mode VARCHAR,
    line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.taxpayers (
    snapshot_no INTEGER, taxpayer_id VARCHAR, household_id VARCHAR, filing_status VARCHAR, state VARCHAR,
    ordinary_income DECIMAL(24, 6), taxable_interest DECIMAL(24, 6), nonqualified_dividends DECIMAL(24, 6),
    qualified_dividends DECIMAL(24, 6), deduction DECIMAL(24, 6), deduction_amt_addback DECIMAL(24, 6),
    st_carryforward DECIMAL(24, 6), lt_carryforward DECIMAL(24, 6), realized_st_ytd DECIMAL(24, 6),
    realized_lt_ytd DECIMAL(24, 6), line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.owners (
    snapshot_no INTEGER, owner VARCHAR, taxpayer_id VARCHAR, birth_date DATE, spouse_of VARCHAR, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.accounts (
    snapshot_no INTEGER, account_id VARCHAR, household_id VARCHAR, taxpayer_id VARCHAR, owner VARCHAR, custodian VARCHAR,
    custodian_ref VARCHAR, registration VARCHAR, tax_treatment VARCHAR, status VARCHAR, relief_method VARCHAR,
    reinvest_dividends BOOLEAN, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.securities (
    snapshot_no INTEGER, symbol VARCHAR, cusip VARCHAR, name VARCHAR, security_type VARCHAR, identity_group VARCHAR,
    equivalent_group VARCHAR, half_spread_bps DECIMAL(24, 6), whole_shares BOOLEAN, issuer VARCHAR,
    redemption_fee_frac DECIMAL(24, 6), line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.exposures (
    snapshot_no INTEGER, symbol VARCHAR, asset_class VARCHAR, weight DECIMAL(18, 10), line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.prices (
    snapshot_no INTEGER, symbol VARCHAR, date DATE, price DECIMAL(24, 8), source VARCHAR, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.cash_orders (
    snapshot_no INTEGER, account_id VARCHAR, household_id VARCHAR, kind VARCHAR, amount DECIMAL(24, 6), due DATE, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.held_away (
    snapshot_no INTEGER, taxpayer_id VARCHAR, symbol VARCHAR, trade_date DATE, side VARCHAR, quantity DECIMAL(24, 8), line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.aliases (
    snapshot_no INTEGER, alias VARCHAR, symbol VARCHAR, "from" DATE, until DATE, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.waivers (
    snapshot_no INTEGER, code VARCHAR, scope VARCHAR, subject VARCHAR, household_id VARCHAR, who VARCHAR, why VARCHAR, "from" DATE,
    until DATE, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.bad_cells (
    snapshot_no INTEGER, code VARCHAR, path VARCHAR, line INTEGER, "column" VARCHAR, raw VARCHAR, reason VARCHAR, help VARCHAR,
    household_id VARCHAR, taxpayer_id VARCHAR, account_id VARCHAR, owner VARCHAR, symbol VARCHAR
);

CREATE TABLE IF NOT EXISTS marts.positions (
    snapshot_no INTEGER, household_id VARCHAR, account_id VARCHAR, symbol VARCHAR, cusip VARCHAR, is_known BOOLEAN,
    disputed_symbol VARCHAR, sub_account VARCHAR, description VARCHAR, quantity DECIMAL(24, 8), settled_quantity DECIMAL(24, 8),
    pending_split_quantity DECIMAL(24, 8), market_value DECIMAL(24, 6), is_short BOOLEAN, file_no INTEGER, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.tax_lots (
    snapshot_no INTEGER, household_id VARCHAR, account_id VARCHAR, symbol VARCHAR, disputed_symbol VARCHAR,
    is_taxable BOOLEAN, lot_id VARCHAR, is_derived BOOLEAN, acquired_date DATE, holding_from DATE,
    quantity DECIMAL(24, 8), decimals INTEGER, cost_basis DECIMAL(24, 6), covered BOOLEAN, file_no INTEGER, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.cash (
    snapshot_no INTEGER, household_id VARCHAR, account_id VARCHAR, currency VARCHAR, settled_cash DECIMAL(24, 6),
    unsettled_cash DECIMAL(24, 6), file_no INTEGER, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.transactions (
    snapshot_no INTEGER, household_id VARCHAR, account_id VARCHAR, symbol VARCHAR, trade_date DATE, settle_date DATE, action VARCHAR,
    quantity DECIMAL(24, 8), price DECIMAL(24, 8), amount DECIMAL(24, 6), file_no INTEGER, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.realized (
    snapshot_no INTEGER, household_id VARCHAR, account_id VARCHAR, taxpayer_id VARCHAR, is_taxable BOOLEAN, symbol VARCHAR,
    lot_id VARCHAR, acquired_date DATE, sold_date DATE, quantity DECIMAL(24, 8), proceeds DECIMAL(24, 6),
    cost_basis DECIMAL(24, 6), wash_disallowed DECIMAL(24, 6), term_reported VARCHAR, file_no INTEGER, line INTEGER
);
CREATE TABLE IF NOT EXISTS marts.control_totals (
    snapshot_no INTEGER, custodian VARCHAR, file_no INTEGER, line INTEGER, scope VARCHAR, account_ref VARCHAR, symbol VARCHAR,
    measure VARCHAR, of_file VARCHAR, reported DECIMAL(24, 8), decimals INTEGER, computed DECIMAL(24, 8), addends BIGINT,
    rejects BIGINT, is_present BOOLEAN
);
CREATE TABLE IF NOT EXISTS marts.unmapped (
    snapshot_no INTEGER, custodian VARCHAR, account_ref VARCHAR, table_name VARCHAR, file_no INTEGER, line INTEGER, rows BIGINT,
    market_value DECIMAL(24, 6)
);
CREATE TABLE IF NOT EXISTS marts.rejected (
    snapshot_no INTEGER, custodian VARCHAR, file_no INTEGER, line INTEGER, table_name VARCHAR, account_ref VARCHAR,
    account_id VARCHAR, household_id VARCHAR, column_name VARCHAR, reason VARCHAR, raw VARCHAR
);
CREATE TABLE IF NOT EXISTS marts.restated (
    snapshot_no INTEGER, household_id VARCHAR, account_id VARCHAR, symbol VARCHAR, lot_id VARCHAR, quantity DECIMAL(24, 8),
    day_before DATE, basis_before DECIMAL(24, 6), basis_now DECIMAL(24, 6), acquired_before DATE, acquired_now DATE,
    holding_before DATE, holding_now DATE, file_no INTEGER, line INTEGER
);
