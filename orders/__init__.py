"""What was agreed with a customer: lines, documents, hand-over. Never talks to a gateway. Start in `order/`."""
