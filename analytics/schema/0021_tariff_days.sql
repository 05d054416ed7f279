-- Days are rolled up for each tariff too.

-- Days of before have no rows of tariffs yet: they are worked out again.
DELETE FROM rolled_day;
