"""What is sold, at which price, and how many of it stand where. Never touches money. Start in `catalog/`."""
