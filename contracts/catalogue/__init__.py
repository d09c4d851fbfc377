"""The catalogue: everything that a contract may speak of, and where each value comes from.

judged       a statement that is judged, and what all views have in common
view         the form of a view: its fields as they are declared, and the function that fills them
records      rows of the state as records: the functions that read them
forms        the types of records and of their keys
queries      lists of records in a fixed order
money, goods, people, situation   the judged view of each kind of statement
catalogue    all of it put together, for one currency
"""
