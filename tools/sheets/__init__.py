"""Spreadsheets in: from a table and its mapping to signed statements.

`reading` CSV and XLSX · `cells` one cell, strictly · `mapping` what columns mean · `tables` rows
checked · `drafts` `goods_drafts` statements in the making · `loading` signed, kept, sent ·
`targets` a node here or elsewhere · `row_receipts` a receipt for a row
"""
