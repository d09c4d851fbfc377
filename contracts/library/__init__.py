"""Contracts that are ready to be adopted: one rule, one file, its cases beside it.

Each file is a document of `docs/spec/contract-document.md` in YAML. Its first line says in one
sentence what it does; its params are what an organisation changes; its `basis` says where nobody
has checked the law. They speak of no currency by name, so that each can be adopted in any.
`tools.contracts.library` reads them; the table of all is `docs/reference/contract-library.md`.
"""
