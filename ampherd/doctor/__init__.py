"""What may be wrong with a site, said in words with a remedy; and a bundle for whoever helps."""
