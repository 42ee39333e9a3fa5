"""The article that the tests of reading write into files of every kind."""

FERRY = (
    "The harbour council voted on Tuesday to reopen the north pier after a nine-month closure,"
    " ending a dispute that had split the town."
)
MAYOR = (
    '"We waited long enough," said Mayor Ines Calder. The first ferry to Low Island leaves at six'
    " in the morning."
)
COST = (
    "Repairs cost 4.2 million crowns, a third more than planned, and were paid from the storm fund."
)
