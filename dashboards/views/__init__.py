"""One page a module; each has `page()`."""
