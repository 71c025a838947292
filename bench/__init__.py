"""How fast search is, and how good: `make bench`. Nothing of the product imports this."""
