"""How dates and numbers read in each language, where Django's own way is not ours."""
