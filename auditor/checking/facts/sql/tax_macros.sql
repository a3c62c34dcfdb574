-- Tax of a line in the currency's smallest coins, beside fact.tax_in_coins: each of its equal units rounded by itself.
CREATE OR REPLACE MACRO fact.unit_tax_in_coins(base, units, rate, is_included, coin) AS CAST(
    units * fact.rounded_quotient(
        fact.millionths(base) * fact.millionths(rate),
        fact.millionths(coin) * units
            * CASE WHEN is_included THEN 1000000 + fact.millionths(rate) ELSE 1000000 END) AS BIGINT);
-- The same cut off at the smallest coin, towards nothing.
CREATE OR REPLACE MACRO fact.cut_tax_in_coins(base, rate, is_included, coin) AS CAST(
    sign(base) * ((fact.millionths(abs(base)) * fact.millionths(rate))
    // (fact.millionths(coin)
        * CASE WHEN is_included THEN 1000000 + fact.millionths(rate) ELSE 1000000 END)) AS BIGINT);
