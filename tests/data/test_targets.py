from emotions.data.targets import multi_hot


def test_a_target_is_one_where_a_row_carries_the_label():
    assert multi_hot([[0, 2], [1], []], 3).tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
