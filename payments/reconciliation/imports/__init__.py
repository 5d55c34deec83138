"""The pages of imports: reports and statements sent in, what became of each, and the columns assigned to strange ones."""
