"""`ampherd simulate`: a made-up fleet against any central system."""
