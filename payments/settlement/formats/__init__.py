"""
Readers for processors' settlement and payout reports. Pure: no database, no clock, no network.

Every reader turns its file into `ReportRow`s; `sniff.open_report` recognises the file, `tally.Tally` checks it.
A new format is one module here and one line in `registry.py`.
"""
