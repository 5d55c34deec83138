"""Money in, money out, and the proof of both. Start in `records/`, then `processing/`, then `settlement/`."""
