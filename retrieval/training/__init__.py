"""How the reader is trained, measured and exported. Needs the extra `[train]`."""
