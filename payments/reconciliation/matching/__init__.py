"""What belongs together: the passes over report lines and bank lines, surest first, and the names of what is left over."""
