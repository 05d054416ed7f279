"""Charger to domain: vocabulary, protocol translation, the server and simulated chargers."""
