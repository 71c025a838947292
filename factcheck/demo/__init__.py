"""An invented article with which somebody can try the desk. `make demo` loads it; `loadseeds` never does."""
