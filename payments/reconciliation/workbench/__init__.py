"""The workbench on screen: a batch on both sides, its exceptions, the ways out of each, and the rules."""
