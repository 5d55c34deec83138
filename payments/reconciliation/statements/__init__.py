"""What the bank says: its files kept, read and checked, and the accounts they are of."""
