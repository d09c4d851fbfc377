"""SQL views, rebuilt from the log alone: for pages, queries and commands.

`views` `nounviews` `arrangementviews` `contractviews` the tables · `projector` `telling` `facts`
`nouns` `goodsnouns` `neednouns` `contractnouns` `arrangements` `corrected` `legs` `lines` from
entry to rows · `rows` bulk reading and writing · `follower` and `apart` who runs it · `rebuild`
drop and compare · `queries` `holdings` `situation` `agreements` `adopted` `lots` the questions
"""
