"""What the bot answers to each kind of update: one file a subject."""
