"""What must hold in every database, one SQL file for each; run by `analytics.checkup`."""
