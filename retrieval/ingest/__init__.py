"""From a source to the catalog: read, chunk, embed, store."""
