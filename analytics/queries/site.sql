-- Question: which site does this database belong to?
-- Parameters: none
-- Units: limit_w W, of the grid connection as configured
SELECT
    site.site_id,
    site.name,
    site.timezone,
    site.currency,
    least(root.limit_w, root.limit_a * 3 * site.voltage_v) AS limit_w
FROM site
LEFT JOIN circuit AS root
    ON root.site_id = site.site_id AND root.parent_id IS NULL AND root.configured
