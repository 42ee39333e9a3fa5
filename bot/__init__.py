"""The people's side of Quotewise: terminals and chats."""
