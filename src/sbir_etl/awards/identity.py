"""Which award a row is: a key of identifiers that upstream does not rewrite, made unique where identifiers collide.

The base key is (agency tracking number, contract, phase). Amounts, dates, titles and solicitation numbers are rewritten
between vintages, contract numbers and DUNS are not. Where several rows share a base key, or a row has no identifier at
all, a suffix of who received the award, and as a last resort of the whole content, keeps them apart.
"""
