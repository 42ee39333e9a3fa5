"""The indexes: vectors in FAISS, words in tantivy; both are made from the catalog."""
