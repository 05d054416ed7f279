-- Roll-ups are by the confirmed unit of each charger: `register_wh`, `power_w` and `power_max_w` of
-- meter_minute, meter_quarter and meter_day hold what was read times its factor in reading_factor.

UPDATE meter_minute
SET register_wh = register_wh * factors.factor
FROM reading_factor AS factors
WHERE
    factors.charge_point_id = meter_minute.charge_point_id
    AND factors.quantity = 'register';

UPDATE meter_minute
SET power_w = power_w * factors.factor, power_max_w = power_max_w * factors.factor
FROM reading_factor AS factors
WHERE
    factors.charge_point_id = meter_minute.charge_point_id
    AND factors.quantity = 'power';

UPDATE meter_quarter
SET register_wh = register_wh * factors.factor
FROM reading_factor AS factors
WHERE
    factors.charge_point_id = meter_quarter.charge_point_id
    AND factors.quantity = 'register';

UPDATE meter_quarter
SET power_w = power_w * factors.factor, power_max_w = power_max_w * factors.factor
FROM reading_factor AS factors
WHERE
    factors.charge_point_id = meter_quarter.charge_point_id
    AND factors.quantity = 'power';

UPDATE meter_day
SET register_wh = register_wh * factors.factor
FROM reading_factor AS factors
WHERE
    factors.charge_point_id = meter_day.charge_point_id
    AND factors.quantity = 'register';

UPDATE meter_day
SET power_w = power_w * factors.factor, power_max_w = power_max_w * factors.factor
FROM reading_factor AS factors
WHERE
    factors.charge_point_id = meter_day.charge_point_id
    AND factors.quantity = 'power';
