"""Determinants of small matrices, by expansion along the first row."""

from gradus.grading.reader import NotUnderstood
from gradus.grading.rewrite import negative
from gradus.grading.tree import Add, Matrix, Mul, Node

_LARGEST = 4


def determinant(matrix: Matrix) -> Node:
    """Raises NotUnderstood if the matrix is not square or too large to expand."""
    rows = matrix.rows
    if len(rows) != len(rows[0]) or len(rows) > _LARGEST:
        raise NotUnderstood("determinant")
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for column, entry in enumerate(rows[0]):
        rest = Matrix(tuple(row[:column] + row[column + 1 :] for row in rows[1:]))
        term = Mul((entry, determinant(rest)))
        terms.append(negative(term) if column % 2 else term)
    return Add(tuple(terms))
