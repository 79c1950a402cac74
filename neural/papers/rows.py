"""The reading list: every work with what to cite, in the order and the groups of the project."""

from __future__ import annotations

from dataclasses import dataclass

from neural.engine.paper import Reference

__all__ = ["GROUPS", "ROWS", "Row"]

GROUPS = ("theory", "sequences", "vision and scale")


@dataclass(frozen=True)
class Row:
    """A work of the list.

    Attributes:
        key: its name here.
        group: one of `GROUPS`.
        reference: what to cite.
    """

    key: str
    group: str
    reference: Reference


def _arxiv(number: str) -> tuple[str, str]:
    return f"arXiv:{number}", f"https://arxiv.org/abs/{number}"


def _row(
    group: int,
    key: str,
    title: str,
    authors: str,
    year: int,
    venue: str = "",
    url: str = "",
    *,
    kind: str = "article",
    arxiv: str = "",
) -> Row:
    if arxiv:
        place, url = _arxiv(arxiv)
        venue = f"{venue}, {place}" if venue else place
    names = tuple(author.strip() for author in authors.split(";"))
    return Row(key, GROUPS[group], Reference(title, names, year, venue, url, kind))  # type: ignore[arg-type]


_ALL = (
    _row(0, "complexodynamics", "The First Law of Complexodynamics", "Scott Aaronson", 2011,
         "Shtetl-Optimized", "https://scottaaronson.blog/?p=762", kind="misc"),
    _row(0, "coffee-automaton", "Quantifying the Rise and Fall of Complexity in Closed Systems: "
         "The Coffee Automaton", "Scott Aaronson; Sean M. Carroll; Lauren Ouellette", 2014,
         arxiv="1405.6903"),
    _row(0, "kolmogorov-complexity", "Kolmogorov Complexity and Algorithmic Randomness",
         "Alexander Shen; Vladimir A. Uspensky; Nikolay Vereshchagin", 2017,
         "American Mathematical Society, Mathematical Surveys and Monographs 220", kind="book"),
    _row(0, "machine-super-intelligence", "Machine Super Intelligence", "Shane Legg", 2008,
         "University of Lugano", "https://www.vetta.org/documents/Machine_Super_Intelligence.pdf",
         kind="phdthesis"),
    _row(0, "mdl-tutorial", "A Tutorial Introduction to the Minimum Description Length Principle",
         "Peter Grünwald", 2004, arxiv="math/0406077"),
    _row(0, "hinton-van-camp", "Keeping Neural Networks Simple by Minimizing the Description "
         "Length of the Weights", "Geoffrey E. Hinton; Drew van Camp", 1993,
         "Proceedings of the Sixth Annual Conference on Computational Learning Theory (COLT)",
         "https://www.cs.toronto.edu/~hinton/absps/colt93.pdf", kind="inproceedings"),
    _row(1, "char-rnn", "The Unreasonable Effectiveness of Recurrent Neural Networks",
         "Andrej Karpathy", 2015, "Andrej Karpathy blog",
         "https://karpathy.github.io/2015/05/21/rnn-effectiveness/", kind="misc"),
    _row(1, "understanding-lstm", "Understanding LSTM Networks", "Christopher Olah", 2015,
         "colah's blog", "https://colah.github.io/posts/2015-08-Understanding-LSTMs/",
         kind="misc"),
    _row(1, "rnn-regularization", "Recurrent Neural Network Regularization",
         "Wojciech Zaremba; Ilya Sutskever; Oriol Vinyals", 2014, arxiv="1409.2329"),
    _row(1, "pointer-networks", "Pointer Networks",
         "Oriol Vinyals; Meire Fortunato; Navdeep Jaitly", 2015,
         "Advances in Neural Information Processing Systems 28", kind="inproceedings",
         arxiv="1506.03134"),
    _row(1, "order-matters", "Order Matters: Sequence to Sequence for Sets",
         "Oriol Vinyals; Samy Bengio; Manjunath Kudlur", 2016,
         "International Conference on Learning Representations", kind="inproceedings",
         arxiv="1511.06391"),
    _row(1, "attention", "Attention Is All You Need",
         "Ashish Vaswani; Noam Shazeer; Niki Parmar; Jakob Uszkoreit; Llion Jones; Aidan N. Gomez; "
         "Łukasz Kaiser; Illia Polosukhin", 2017,
         "Advances in Neural Information Processing Systems 30", kind="inproceedings",
         arxiv="1706.03762"),
    _row(1, "annotated-transformer", "The Annotated Transformer", "Alexander M. Rush", 2018,
         "Proceedings of the Workshop for NLP Open Source Software (NLP-OSS)",
         "https://aclanthology.org/W18-2509", kind="inproceedings"),
    _row(1, "bahdanau", "Neural Machine Translation by Jointly Learning to Align and Translate",
         "Dzmitry Bahdanau; Kyunghyun Cho; Yoshua Bengio", 2015,
         "International Conference on Learning Representations", kind="inproceedings",
         arxiv="1409.0473"),
    _row(1, "relational-rnn", "Relational Recurrent Neural Networks",
         "Adam Santoro; Ryan Faulkner; David Raposo; Jack Rae; Mike Chrzanowski; Théophane Weber; "
         "Daan Wierstra; Oriol Vinyals; Razvan Pascanu; Timothy Lillicrap", 2018,
         "Advances in Neural Information Processing Systems 31", kind="inproceedings",
         arxiv="1806.01822"),
    _row(1, "ntm", "Neural Turing Machines", "Alex Graves; Greg Wayne; Ivo Danihelka", 2014,
         arxiv="1410.5401"),
    _row(1, "relation-network", "A Simple Neural Network Module for Relational Reasoning",
         "Adam Santoro; David Raposo; David G. T. Barrett; Mateusz Malinowski; Razvan Pascanu; "
         "Peter Battaglia; Timothy Lillicrap", 2017,
         "Advances in Neural Information Processing Systems 30", kind="inproceedings",
         arxiv="1706.01427"),
    _row(1, "deep-speech-2", "Deep Speech 2: End-to-End Speech Recognition in English and Mandarin",
         "Dario Amodei; Rishita Anubhai; Eric Battenberg; others", 2016,
         "International Conference on Machine Learning", kind="inproceedings",
         arxiv="1512.02595"),
    _row(2, "alexnet", "ImageNet Classification with Deep Convolutional Neural Networks",
         "Alex Krizhevsky; Ilya Sutskever; Geoffrey E. Hinton", 2012,
         "Advances in Neural Information Processing Systems 25", kind="inproceedings"),
    _row(2, "resnet", "Deep Residual Learning for Image Recognition",
         "Kaiming He; Xiangyu Zhang; Shaoqing Ren; Jian Sun", 2016,
         "Computer Vision and Pattern Recognition", kind="inproceedings", arxiv="1512.03385"),
    _row(2, "identity-mappings", "Identity Mappings in Deep Residual Networks",
         "Kaiming He; Xiangyu Zhang; Shaoqing Ren; Jian Sun", 2016,
         "European Conference on Computer Vision", kind="inproceedings", arxiv="1603.05027"),
    _row(2, "dilated-convolutions", "Multi-Scale Context Aggregation by Dilated Convolutions",
         "Fisher Yu; Vladlen Koltun", 2016, "International Conference on Learning Representations",
         kind="inproceedings", arxiv="1511.07122"),
    _row(2, "message-passing", "Neural Message Passing for Quantum Chemistry",
         "Justin Gilmer; Samuel S. Schoenholz; Patrick F. Riley; Oriol Vinyals; George E. Dahl",
         2017, "International Conference on Machine Learning", kind="inproceedings",
         arxiv="1704.01212"),
    _row(2, "gpipe", "GPipe: Efficient Training of Giant Neural Networks using Pipeline "
         "Parallelism", "Yanping Huang; Youlong Cheng; Ankur Bapna; Orhan Firat; Mia Xu Chen; "
         "Dehao Chen; HyoukJoong Lee; Jiquan Ngiam; Quoc V. Le; Yonghui Wu; Zhifeng Chen", 2019,
         "Advances in Neural Information Processing Systems 32", kind="inproceedings",
         arxiv="1811.06965"),
    _row(2, "vlae", "Variational Lossy Autoencoder",
         "Xi Chen; Diederik P. Kingma; Tim Salimans; Yan Duan; Prafulla Dhariwal; John Schulman; "
         "Ilya Sutskever; Pieter Abbeel", 2017,
         "International Conference on Learning Representations", kind="inproceedings",
         arxiv="1611.02731"),
    _row(2, "scaling-laws", "Scaling Laws for Neural Language Models",
         "Jared Kaplan; Sam McCandlish; Tom Henighan; Tom B. Brown; Benjamin Chess; Rewon Child; "
         "Scott Gray; Alec Radford; Jeffrey Wu; Dario Amodei", 2020, arxiv="2001.08361"),
    _row(2, "cs231n", "CS231n: Convolutional Neural Networks for Visual Recognition",
         "Fei-Fei Li; Andrej Karpathy; Justin Johnson", 2016, "Stanford University",
         "https://cs231n.github.io/", kind="misc"),
)  # fmt: skip

ROWS = {row.key: row for row in _ALL}
"""Key -> row, in the order of the list."""
