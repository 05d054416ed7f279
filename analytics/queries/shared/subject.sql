-- Shared: what a row of `{of}` is counted under by $split.
CASE $split
    WHEN 'site' THEN 'all'
    WHEN 'charger' THEN {of}.charge_point_id
    WHEN 'connector' THEN {of}.charge_point_id || '/' || {of}.connector_id
    WHEN 'driver'
        THEN coalesce('driver:' || token_owner.driver_id, 'token:' || lower(session.id_token))
    ELSE coalesce(session.tariff_id || ' v' || session.tariff_version, 'no tariff')
END
