"""A real Elasticsearch node without Docker: `build` makes it once, `node` runs it; standard library only."""
