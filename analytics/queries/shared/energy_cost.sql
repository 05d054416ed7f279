-- Shared: what the energy of intervals with their `pv_share` cost the site.
sum(
    energy_wh / 1000
    * ((1 - pv_share) * price_per_kwh + pv_share * coalesce(feed_in_per_kwh, 0))
)
