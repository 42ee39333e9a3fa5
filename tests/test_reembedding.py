"""Another model takes the place of the one in use, which answers until it has read everything."""

from shelf import BAKERY, GLACIER, HARBOUR, add, found

from retrieval.library import Library


def test_x(tmp_path, copies, other_model):
    home = tmp_path / "home"
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, HARBOUR, BAKERY, GLACIER)
    with Library.open(home, copies=copies, model=str(other_model)) as library:
        print(library.change())
        print(found(library, "What did the rat bite through?"))
        for one in library.change_model():
            print(one)
        print(library.change())
        print(found(library, "What did the rat bite through?"))
        assert library.verify() == []
