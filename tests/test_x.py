from shelf import *
def test_x(library, samples, tmp_path):
    print(add(library, tmp_path, HARBOUR, BAKERY, GLACIER))
    for q in ["What did the rat bite?", "Who won the prize for rye bread?", "What was lost when the lake drained?", "?!", "🚢", "the"]:
        print(q, library.answer(q))
