"""The sentences of `relief verify`, `trace` and `doctor` in three languages, by their English.

`telling` finds the Chinese of a sentence · `checks` `forms` why a check fails · `things` what was
checked · `steps` what a step found · `doctor` `readonly` `trace` what these commands say · `stops`
why work ended · `helps` what `--help` says
"""
