"""The Telegram bot: `quotewise telegram`."""
