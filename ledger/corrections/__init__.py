"""How a correction is booked: restored where it can be, else the difference.

`recorded` what the targets did, `posted` what a held one did when it was posted · `parts` read
apart · `replacements` what is true instead · `restore` undo and book anew · `agreed` undoes loans,
requisitions, projects · `goods` and `money` book only the difference
"""
