"""Cash, gift cards and bank transfers: tenders no processor is asked about. Start in `gateway.py`."""
