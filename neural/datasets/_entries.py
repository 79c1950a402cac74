"""The data sets, one after the other; `registry` says what the fields mean."""

from __future__ import annotations

from neural.datasets.registry import DatasetEntry

__all__ = ["ENTRIES"]

_IDX = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
_LAKE = (
    "B. Lake, R. Salakhutdinov, J. Tenenbaum, Human-level concept learning through probabilistic "
    "program induction, Science 2015"
)
_KRIZHEVSKY = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"
_WESTON = (
    "J. Weston et al., Towards AI-Complete Question Answering: A Set of Prerequisite Toy Tasks, "
    "2015"
)
_XIAO = "H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, 2017"
_IMAGES = ("cs231n", "identity-mappings", "resnet")
_TEXTS = ("char-rnn", "rnn-regularization", "scaling-laws")
_QUESTIONS = ("relation-network", "relational-rnn")
_LANGUAGES = ("en", "de", "fr")

ENTRIES = (
    DatasetEntry(
        name="digits",
        summary="1,797 handwritten digits of 8x8 pixels that come with scikit-learn",
        licence="CC BY 4.0",
        reference="E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI 1998",
        folder="",
        splits={"all": ()},
        papers=("alexnet", *_IMAGES, "gpipe", "mdl-tutorial", "vlae"),
        verified=("all",),
        extra="sklearn",
    ),
    DatasetEntry(
        name="mnist",
        summary="70,000 handwritten digits of 28x28 pixels",
        licence="CC BY-SA 3.0",
        reference="Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, 1998",
        folder="mnist",
        splits=_IDX,
        papers=(*_IMAGES, "vlae"),
        verified=("train", "test"),
    ),
    DatasetEntry(
        name="fashion_mnist",
        summary="70,000 articles of clothing of 28x28 pixels",
        licence="MIT",
        reference=_XIAO,
        folder="fashion_mnist",
        splits=_IDX,
        papers=_IMAGES,
        instead="fashion_mnist_sprite",
    ),
    DatasetEntry(
        name="fashion_mnist_sprite",
        summary="900 of them, 90 of a class, the figure of their README",
        licence="MIT",
        reference=_XIAO,
        folder="fashion_mnist",
        splits={"all": ("fashion-mnist-sprite.png",)},
        verified=("all",),
        instead="fashion_mnist",
    ),
    DatasetEntry(
        name="cifar10",
        summary="60,000 colour images of 32x32 pixels in ten classes",
        licence="none stated",
        reference=_KRIZHEVSKY,
        folder="cifar10",
        splits={"train": ("cifar-10-binary.tar.gz",), "test": ("cifar-10-binary.tar.gz",)},
        papers=("alexnet", *_IMAGES),
        instead="cifar10_sample",
    ),
    DatasetEntry(
        name="cifar10_sample",
        summary="the first 4,000 of its training and 1,000 of its test images",
        licence="none stated",
        reference=_KRIZHEVSKY,
        folder="cifar10",
        splits={
            "train": (*(f"cifar10_batch_{i}.png" for i in range(4)), "labels.csv"),
            "test": ("cifar10_batch_50.png", "labels.csv"),
        },
        papers=("alexnet", *_IMAGES),
        verified=("train", "test"),
        instead="cifar10",
    ),
    DatasetEntry(
        name="omniglot",
        summary="handwritten characters of 50 alphabets, each drawn by 20 people, 105x105 pixels",
        licence="MIT",
        reference=_LAKE,
        folder="omniglot",
        splits={
            "small1": ("images_background_small1.zip",),
            "small2": ("images_background_small2.zip",),
            "background": ("images_background.zip",),
            "evaluation": ("images_evaluation.zip",),
        },
        papers=("vlae",),
        verified=("small1", "small2"),
    ),
    DatasetEntry(
        name="omniglot_one_shot",
        summary="20 runs of one-shot classification among 20 of its characters",
        licence="MIT",
        reference=_LAKE,
        folder="omniglot",
        splits={"all": ("all_runs.zip",)},
        verified=("all",),
    ),
    DatasetEntry(
        name="isbi2012_em",
        summary="30 electron micrographs of 512x512 pixels, their membranes marked",
        licence="none stated; for research",
        reference="I. Arganda-Carreras et al., Crowdsourcing the creation of image segmentation "
        "algorithms for connectomics, 2015",
        folder="isbi2012_em",
        splits={"all": tuple(f"{kind}/{i}.png" for kind in ("image", "label") for i in range(30))},
        papers=("dilated-convolutions",),
        verified=("all",),
    ),
    DatasetEntry(
        name="tinyshakespeare",
        summary="1,115,394 characters of Shakespeare's plays",
        licence="public domain",
        reference="A. Karpathy, The Unreasonable Effectiveness of Recurrent Neural Networks, 2015",
        folder="tinyshakespeare",
        splits=dict.fromkeys(("all", "train", "validation"), ("input.txt",)),
        papers=_TEXTS,
        verified=("all", "train", "validation"),
    ),
    DatasetEntry(
        name="wikitext2",
        summary="2.5 million words of articles of Wikipedia, rare ones replaced",
        licence="CC BY-SA 3.0",
        reference="S. Merity, C. Xiong, J. Bradbury, R. Socher, Pointer Sentinel Mixture Models, "
        "2016",
        folder="wikitext2",
        splits={
            "train": ("wikitext-2-v1.zip",),
            "validation": ("valid.txt",),
            "test": ("test.txt",),
        },
        papers=_TEXTS,
        verified=("validation", "test"),
    ),
    DatasetEntry(
        name="multi30k",
        summary="31,014 captions of images in English, German and French",
        licence="none stated; for research",
        reference="D. Elliott, S. Frank, K. Sima'an, L. Specia, Multi30K: Multilingual "
        "English-German Image Descriptions, 2016",
        folder="multi30k",
        splits={
            split: tuple(f"{file}.{language}.gz" for language in _LANGUAGES)
            for split, file in {
                "train": "train",
                "validation": "val",
                "test": "test_2016_flickr",
            }.items()
        },
        papers=("annotated-transformer", "attention", "bahdanau"),
        verified=("train", "validation", "test"),
    ),
    DatasetEntry(
        name="tatoeba_spa_eng",
        summary="118,964 short sentences in English and Spanish, edition of 2018-05-13",
        licence="CC BY 2.0",
        reference="tatoeba.org, by way of www.manythings.org/anki",
        folder="tatoeba_spa_eng",
        splits=dict.fromkeys(("all", "train", "validation", "test"), ("spa-eng.zip",)),
        verified=("all", "train", "validation", "test"),
    ),
    DatasetEntry(
        name="babi",
        summary="questions about stories in 20 tasks, version 1.2 with a part for validation",
        licence="CC BY 3.0",
        reference=_WESTON,
        folder="babi",
        splits=dict.fromkeys(("train", "validation", "test"), ("babi.tar.gz",)),
        papers=_QUESTIONS,
        instead="babi_1k",
    ),
    DatasetEntry(
        name="babi_1k",
        summary="questions about stories in 20 tasks, version 1.1, 1,000 to train on",
        licence="CC BY 3.0",
        reference=_WESTON,
        folder="babi",
        splits=dict.fromkeys(("train", "test"), ("babi_en_1k_v11.zip",)),
        papers=_QUESTIONS,
        verified=("train", "test"),
        instead="babi",
    ),
    DatasetEntry(
        name="babi_10k",
        summary="the same with 10,000 to train on; task 3 has no training part",
        licence="CC BY 3.0",
        reference=_WESTON,
        folder="babi",
        splits=dict.fromkeys(("train", "test"), ("babi_en_10k.zip",)),
        papers=_QUESTIONS,
        verified=("train", "test"),
        instead="babi",
    ),
    DatasetEntry(
        name="fsdd",
        summary="3,000 recordings of spoken digits by six people, 8 kHz",
        licence="CC BY-SA 4.0",
        reference="Z. Jackson et al., Free Spoken Digit Dataset, 2018",
        folder="fsdd",
        splits={
            "train": ("recordings_train_05_24.zip",),
            "train_all": ("free-spoken-digit-dataset.zip",),
            "test": ("recordings_test.zip",),
        },
        papers=("deep-speech-2",),
        verified=("train", "train_all", "test"),
    ),
    DatasetEntry(
        name="qm7",
        summary="7,101 small molecules: positions of their atoms and heats of formation",
        licence="MIT (the copy)",
        reference="M. Rupp, A. Tkatchenko, K.-R. Müller, O. A. von Lilienfeld, Fast and Accurate "
        "Modeling of Molecular Atomization Energies with Machine Learning, 2012",
        folder="molecules",
        splits={"all": ("qm7_xyz.zip", "hof_qm7.txt")},
        papers=("message-passing",),
        verified=("all",),
    ),
    DatasetEntry(
        name="esol",
        summary="1,128 molecules and their solubility in water",
        licence="MIT (the copy)",
        reference="J. Delaney, ESOL: Estimating Aqueous Solubility Directly from Molecular "
        "Structure, 2004",
        folder="molecules",
        splits={"all": ("delaney-processed.csv",)},
        papers=("message-passing",),
        verified=("all",),
    ),
    DatasetEntry(
        name="freesolv",
        summary="642 molecules and their free energy of hydration",
        licence="none stated",
        reference="D. Mobley, J. P. Guthrie, FreeSolv: a database of experimental and calculated "
        "hydration free energies, with input files, 2014",
        folder="molecules",
        splits={"all": ("freesolv_database.txt",)},
        verified=("all",),
    ),
    DatasetEntry(
        name="lipophilicity",
        summary="4,200 molecules and their octanol/water distribution coefficient",
        licence="none stated",
        reference="Z. Wu et al., MoleculeNet: A Benchmark for Molecular Machine Learning, 2018",
        folder="molecules",
        splits={"all": ("Lipophilicity.csv",)},
        verified=("all",),
    ),
)
"""In the order of what they hold: images, texts, stories, recordings, molecules."""
