-- Exact division for facts: the database's own `/` on decimals gives floating point, whole numbers do not.
-- A DECIMAL(19,6) is at most 10^19 millionths, so the product of two always fits a HUGEINT.
CREATE OR REPLACE MACRO fact.millionths(amount) AS CAST(CAST(amount AS DECIMAL(19,6)) * 1000000 AS HUGEINT);
CREATE OR REPLACE MACRO fact.rounded_quotient(numerator, denominator) AS
    CASE WHEN (numerator < 0) <> (denominator < 0)
         THEN -((2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)))
         ELSE (2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)) END;
CREATE OR REPLACE MACRO fact.floor_quotient(numerator, denominator) AS
    CASE WHEN numerator >= 0 THEN numerator // denominator
         ELSE -((-numerator + denominator - 1) // denominator) END;
-- amount x part / whole, rounded half up to the hundredth
CREATE OR REPLACE MACRO fact.share(amount, part, whole) AS
    CASE WHEN part = whole THEN CAST(amount AS DECIMAL(19,6))
         ELSE CAST(CAST(fact.rounded_quotient(fact.millionths(amount) * fact.millionths(part),
                                              fact.millionths(whole) * 10000) AS DECIMAL(17,0)) * 0.01
                   AS DECIMAL(19,6)) END;
-- Tax on a base, in the currency's smallest coins, rounded half up; is_included: the base contains the tax.
CREATE OR REPLACE MACRO fact.tax_in_coins(base, rate, is_included, coin) AS CAST(fact.rounded_quotient(
    fact.millionths(base) * fact.millionths(rate),
    fact.millionths(coin) * CASE WHEN is_included THEN 1000000 + fact.millionths(rate) ELSE 1000000 END) AS BIGINT);
-- What a policy counts as sellable of a warehouse row.
CREATE OR REPLACE MACRO fact.figure(policy, on_hand, committed, ordered) AS CAST(
    coalesce(on_hand, 0) - CASE WHEN policy = 'on_hand' THEN 0 ELSE coalesce(committed, 0) END
    + CASE WHEN policy = 'available_and_ordered' THEN coalesce(ordered, 0) ELSE 0 END AS DECIMAL(19,6));
-- How many whole units of a channel `base` inventory units make, when one takes units / per of them.
CREATE OR REPLACE MACRO fact.whole_units(base, units, per) AS
    CAST(fact.floor_quotient(fact.millionths(base) * per, units * 1000000) AS DECIMAL(13,0));
