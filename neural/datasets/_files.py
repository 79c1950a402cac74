"""Every file of every data set: its digest, its size, where it comes from."""

from __future__ import annotations

__all__ = ["ARCHIVES", "FILES", "SOURCES"]


def _github(repository: str, commit: str, path: str) -> str:
    return f"https://raw.githubusercontent.com/{repository}/{commit}/{path}"


# Bytes that were at hand when this was written had these digests and sizes. Where they were not
# (full CIFAR-10, Fashion-MNIST and Omniglot, the training text of WikiText-2, version 1.2 of bAbI),
# the digests are those that several public loaders pin, and the parsers are tested on files made by
# hand alone.
FILES = """
sha256:f7f0bee187efca0d81c3daac1b162cda4eb7f9505dee5ad6846eabbed3dbf92e 19212062 babi/babi.tar.gz
sha256:2732e0731e2ac5d2efbe3b0e0ff50231d0cb524e8481378db4edad8bb62d794d 609397 babi/babi_en_1k_v11.zip
sha256:1c5843e94ffd32079d61e583768a4d94668c44d2bc8461933f441e073ccaa747 2434167 babi/babi_en_10k.zip
sha256:0614720d69293a033786d5fe2924c4e9a9b48874f19ca4627c4662a864ee9f2d 2318456 cifar10/cifar10_batch_0.png
sha256:2927e26ea68602e34a7424826b76b7336ce36b8f6bcc2e9fce0c05568ff6b4c1 2326379 cifar10/cifar10_batch_1.png
sha256:0b2759e307bb405bb1a6531f8a0f557eaec46d7546050612fdb836f0fa60eae0 2312906 cifar10/cifar10_batch_2.png
sha256:a4530ff15c83886058a97c352f53f38be07d191de8f410e998e91786b5900a26 2328590 cifar10/cifar10_batch_3.png
sha256:5cea9e8fb7933540a2236a4bb25c1ed3a8447f345c55ae659143a95a5d8dac5e 2315890 cifar10/cifar10_batch_50.png
sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd 170052171 cifar10/cifar-10-binary.tar.gz
sha256:a8ca303f0a42b383adc3aff4b7c0a75fb4f5e518847841f8e3866cb31ad47ecb 396902 cifar10/labels.csv
sha256:a7de0a151f8c68e6e96f157a018ac290d1f6b0e7845892c3d7d85cb64961c3cb 790450 fashion_mnist/fashion-mnist-sprite.png
sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073 4422102 fashion_mnist/t10k-images-idx3-ubyte.gz
sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5 5148 fashion_mnist/t10k-labels-idx1-ubyte.gz
sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84 26421880 fashion_mnist/train-images-idx3-ubyte.gz
sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845 29515 fashion_mnist/train-labels-idx1-ubyte.gz
sha256:208ee27da91f30cf130f0e33f430990065db73238f0ce71c8a133a76c6a8bf3d 1586940 fsdd/recordings_test.zip
sha256:9750eedaf351744595252484277e498d92aec5e73feda4b987316fedca901b7c 6427457 fsdd/recordings_train_05_24.zip
sha256:12c0ed6f42fc09f512abf6b354f217c950e4c8223b57a0315449b62a14556523 187651 isbi2012_em/image/0.png
sha256:2cfc7ee635a6f85d5faf5c82a71d3a37bf5af4784b554964e3e07193e3ee2166 188189 isbi2012_em/image/1.png
sha256:fe60d8d4f93102666a23a18d718b4b59fab8e616987d11c5072f4a87fac7301f 188971 isbi2012_em/image/2.png
sha256:636d16cbb02f99dda4c9fb6db98dfba066142afa981ffdcfaf54453982e8250c 187963 isbi2012_em/image/3.png
sha256:991fb3a8e4abc73da1d6159ca28fa4397f0a8351f30a8ba3669c86414d2ce239 189054 isbi2012_em/image/4.png
sha256:7e9d9fb787664336d6f2cd68b23986f04527e7f8f494410983b4d70c6de1de3b 183664 isbi2012_em/image/5.png
sha256:7c0a87933ffc72f4ff02f5996d9c3f69fe9a0b5277507415743ad8afb5e5d308 192916 isbi2012_em/image/6.png
sha256:19f2c25716107d41008c83ba8a814ae47a090e00dea766dde38dce1f00899270 181724 isbi2012_em/image/7.png
sha256:a8979e4abd1a10af9ca75e614d97875659adbd8ee3a68eba483bf556cfe3023d 178028 isbi2012_em/image/8.png
sha256:730ebf435ab0f6e625d342552ad03736799fd660d0c6af744674c61a46aa082a 189577 isbi2012_em/image/9.png
sha256:7c3717bcd48c4b7e5c878d7f0b809b8687a4e6fac471f3863de320a82ee72b8a 189050 isbi2012_em/image/10.png
sha256:dd7857b25ca1417f87c282750e22c50947f75e81fa032d4e0c96b902c9dc9757 185739 isbi2012_em/image/11.png
sha256:9f8eff9239bb764d51524a998387a7babcff9f62161804651b030b81aabd5ab8 185884 isbi2012_em/image/12.png
sha256:377e5cdbcd7f0ac7336f482fc7ead7446887863f26769b3841fe98aadca77dad 188673 isbi2012_em/image/13.png
sha256:f50d2d77acd2df564c5f0f40b1b24cd929f5944460aa4cd90c422cb5cef33a59 188074 isbi2012_em/image/14.png
sha256:3e13fdea09accc14f46fb2f3ffa1e882cdd9c53b28a6842c4c10229692c7d1a4 220502 isbi2012_em/image/15.png
sha256:ffc951c12450f94129582c16fd0d4b165c4a31469b0c42d966f07c183d3132e2 215959 isbi2012_em/image/16.png
sha256:0f4f7e8e0619e4c7d517ac68d3789a3b6248253747717eac418bb7d32bef4de3 217858 isbi2012_em/image/17.png
sha256:1bb1edd50595861743d14e1955dfa5d3c9395fb87563eca6dc81433bf9df49de 218408 isbi2012_em/image/18.png
sha256:999b55633f8d7082add72082656e9532c5c3d97203b376eb317f09ba88a5a5b7 218527 isbi2012_em/image/19.png
sha256:9153d14bfd15955fab576ea23281c4f23104b45dceed6e03e0b254607f50a1b2 215775 isbi2012_em/image/20.png
sha256:9ad07cf4f67984f17a08aa63e6d92d395ce55f5132e6ff4fa6d95d6890ea7f97 223576 isbi2012_em/image/21.png
sha256:6278609b4c42a7cb43212de0e2e2ceded758bafe0856fb56214ce658a61668e4 218862 isbi2012_em/image/22.png
sha256:9ef4e9fbc838b9791af83a36918d729a0ea2e90ebc71c4a3c4554059f9379756 223127 isbi2012_em/image/23.png
sha256:f0f917b9c3e9c96d16ea287aff9b05ecf4de88bc61d478e4aefcb64932fba70c 222814 isbi2012_em/image/24.png
sha256:e0154737e76392e8bf94fb2c0dfa5ddad4b53aeec942a0a8cdd8ba63443e6072 221564 isbi2012_em/image/25.png
sha256:d0ff11e09b0ee0c817334946e746a38ab621161d5f9c46af95c68b851f8d9a1a 220633 isbi2012_em/image/26.png
sha256:eed8e8bee1db8fe7af39b5b43ecf14282c5c33eca0959726eea06f662027eacc 219595 isbi2012_em/image/27.png
sha256:974df4b51e8905bdaabe61e80496cbf331f5c9aa9ddc2cb94113f58c2b7d2837 222756 isbi2012_em/image/28.png
sha256:d9ae868509c610a69acbf3d69cde4f36a8e344cbbc444f93c917bf7b9f3e784f 220730 isbi2012_em/image/29.png
sha256:13b67edd7607a1f284c09170c96a27d38422b0ffaf88024ea5b689acb5e1b4b0 14322 isbi2012_em/label/0.png
sha256:cff60a00de2901e67165c91d7708d784e4c5bcc9d1c8c677922c905d63bbc3d1 13977 isbi2012_em/label/1.png
sha256:a578af998c017f56763b81941c4dc612dde5731809b2cea0e8ebc37aecb84dbb 14052 isbi2012_em/label/2.png
sha256:c8ae3b843fed02e09411a24c10850160922c331041b17c2674025f05a99b8834 13829 isbi2012_em/label/3.png
sha256:a2f19c01b5d982a97923a0d29e64127a05e3f496731480ac9d9d302b5427f7ff 14312 isbi2012_em/label/4.png
sha256:2dd5779118f6f4d87f88ec112f1cea20663b50acb8c748b0db1f23eda82b5118 14048 isbi2012_em/label/5.png
sha256:2b0984e9f31fb41d4c5f4a754a3e080036b7321a0cbd9591a62010d20a574ce7 14144 isbi2012_em/label/6.png
sha256:2ebc8c835999589bfd7d80d81f83d24e5c41138362b0faafef0f009e1ce82144 13714 isbi2012_em/label/7.png
sha256:db979010ca4fbdb38c8b32d455aed0da90d598153f2a0046b63d02a6efa32b9e 13275 isbi2012_em/label/8.png
sha256:8ee6c79adbb740595c4d61776e065e7164c00d52c7dd7562b5279041e7f3567b 14066 isbi2012_em/label/9.png
sha256:b0156cc8186b0ee521927ac95645b406a42d27564607a6fea3a59c34add78f7c 12987 isbi2012_em/label/10.png
sha256:e47b3aa0cfb3106476af1666e631d45bd16dbf2aff88260ee65d16e4134332db 12984 isbi2012_em/label/11.png
sha256:85a7a899c0b72b81633ad122887ba5161d650385d7775a5b3074eb00131b3620 12517 isbi2012_em/label/12.png
sha256:88549c22fd647312d6b37e17d33e90800d347d60ccb1156a8dde5e67394f9f3d 12912 isbi2012_em/label/13.png
sha256:bcd775017eb4fdbdfe7ad6cc6420b2f16aa9d0576894d08370edcf564b46680a 12795 isbi2012_em/label/14.png
sha256:59a854887b504ff00a5b4b93b2299bbc0bf0cbe54dea58d2b31969229b28b369 12306 isbi2012_em/label/15.png
sha256:b34eb88cdc3313a6f4190f5753465df7f69d8f3c243a5c25427b1b99ecfe2499 12333 isbi2012_em/label/16.png
sha256:4fa076cbeb744803d987dc46cf308dc3026408e7a5188838e30e25fe3ea67dbe 11930 isbi2012_em/label/17.png
sha256:bd009dda57f204804732f592ed1d41ba18961d83c492413fe71548efa4a288d9 11629 isbi2012_em/label/18.png
sha256:bf38407c55b6033c1677230228ecb100a11294aa74a7b92e5edfdc4abadcfef9 11662 isbi2012_em/label/19.png
sha256:7af7296f2e892866669d4e4f9c0d4178987e6ec6e7d0751ec238d1bbe2da9c55 11970 isbi2012_em/label/20.png
sha256:772c722acb2eac01769b53fa5037a3d62745e53102398bf9b2202df605cadda4 11617 isbi2012_em/label/21.png
sha256:b19f5533ec24077a2395a085fe53af75dd350ef03798c4ff40ba9ebecb2ee0ad 11674 isbi2012_em/label/22.png
sha256:2d8f1df5c9ee83e59eb2d709eb153b0570f12e726690f586154b01b0a88bb540 12257 isbi2012_em/label/23.png
sha256:6ab02d922b5c937ecfe2a479be87a5d3e5ef950dc48da09d31f37b47d899ca9c 12080 isbi2012_em/label/24.png
sha256:c5ea59aca7789dd507ac31c4a82bbd4c172f9e3544f8e040442c20d1dfa9e16d 12226 isbi2012_em/label/25.png
sha256:b056fae9f358111b6c9e2494bdba645f206be581959b8d3763e97d62a65dd961 12669 isbi2012_em/label/26.png
sha256:5be3823a57c82b632cead6eb09f438c6010a244dc0975f2a3e466f45d2c06840 13023 isbi2012_em/label/27.png
sha256:c0b0e2a2b7aad46919d1afc980f7d5e39101fb07948ce65d9cac802d8b47682e 13061 isbi2012_em/label/28.png
sha256:1e8839a97178914171defd6a97158f06fcac1fc3f0d45f2acdff9c49ab3fced9 12983 isbi2012_em/label/29.png
sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6 1648877 mnist/t10k-images-idx3-ubyte.gz
sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6 4542 mnist/t10k-labels-idx1-ubyte.gz
sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609 9912422 mnist/train-images-idx3-ubyte.gz
sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c 28881 mnist/train-labels-idx1-ubyte.gz
sha256:53f4d75dad1ff26224df1fe0523de4af1ecf867855f18c1794a1a20de44d42da 223301 molecules/Lipophilicity.csv
sha256:8c06a76f0c6487d29ab0f903e6a7a7139f189ab3c1178f159c8be8964602f189 96699 molecules/delaney-processed.csv
sha256:2d13f095713bc39b85f85dd7b4e5483fbb12fc694bf253bb1d92a4c4d484f260 144897 molecules/freesolv_database.txt
sha256:e11bc6aac9e76b12bffcdf8d6579a8c21bea6b7e7ef59d742fd7e0f440bd42d4 232789 molecules/hof_qm7.txt
sha256:f0498d3a40e60459aac5cbf26bfb6df155627ffb568ab1a6f7bb9d0faceaa454 2495556 molecules/qm7_xyz.zip
sha256:9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8 22890 multi30k/test_2016_flickr.de.gz
sha256:611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9 21077 multi30k/test_2016_flickr.en.gz
sha256:6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90 22310 multi30k/test_2016_flickr.fr.gz
sha256:726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6 637044 multi30k/train.de.gz
sha256:d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f 568929 multi30k/train.en.gz
sha256:622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c 604242 multi30k/train.fr.gz
sha256:f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a 24681 multi30k/val.de.gz
sha256:14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28 21650 multi30k/val.en.gz
sha256:ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9 23001 multi30k/val.fr.gz
sha256:437c1eeab0af8484112e1b4cc0f3d541ec727f7c47b9b202da738af9dfd6c325 352787 omniglot/all_runs.zip
md5:68d2efa1b9178cc56df9314c21c6e718 9464212 omniglot/images_background.zip
sha256:f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4 1319022 omniglot/images_background_small1.zip
sha256:3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f 1580917 omniglot/images_background_small2.zip
md5:6b91aef0f799c5bb55b94e3f2daec811 6462886 omniglot/images_evaluation.zip
sha256:f80e581ae291aa34dd3aba7bd98b5e9505234da4318e2f3295df70a1520c7f61 2767131 tatoeba_spa_eng/spa-eng.zip
sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed 1115394 tinyshakespeare/input.txt
sha256:d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0 1256449 wikitext2/test.txt
sha256:f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8 1121681 wikitext2/valid.txt
sha256:92675f1d63015c1c8b51f1656a52d5bdbc33aafa60cc47a218a66e7ee817488c 4475746 wikitext2/wikitext-2-v1.zip
"""  # noqa: E501
"""One file a line: algorithm and digest, size in bytes, folder/name. The two that have an MD5 are
those for which no SHA-256 was to be found."""

# No address was opened when this was written, for want of a network: repositories, commits and
# paths inside them were seen in copies of the repositories; all other hosts are from memory and
# other loaders. What comes from any of them is used only if it has the digest above.
SOURCES = {
    "babi/babi.tar.gz": "https://dl.fbaipublicfiles.com/parlai/babi/{name}",
    "cifar10/cifar-10-binary.tar.gz": "https://www.cs.toronto.edu/~kriz/{name}",
    "fashion_mnist": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/{name}",
    "fashion_mnist/fashion-mnist-sprite.png": _github(
        "zalandoresearch/fashion-mnist", "master", "doc/img/{name}"
    ),
    "isbi2012_em": _github(
        "zhixuhao/unet", "b45af4d458437d8281cc218a07fd4380818ece4a", "data/membrane/train/{name}"
    ),
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/{name}",
    "molecules/Lipophilicity.csv": _github("LCY02/ABT-MPNN", "HEAD", "data/{name}"),
    "molecules/delaney-processed.csv": _github("deepchem/deepchem", "master", "datasets/{name}"),
    "molecules/freesolv_database.txt": _github(
        "MobleyLab/FreeSolv", "ff0961a3177863c8002e8487ff9718c513974138", "database.txt"
    ),
    "molecules/hof_qm7.txt": _github(
        "qmlcode/qml", "8bb833cdbbe69405384d6796920c5418dc53b6ba", "tests/data/{name}"
    ),
    "multi30k": _github(
        "multi30k/dataset", "a3d2e0d26b56f3846f66a952536ffed4e401d05a", "data/task1/raw/{name}"
    ),
    "omniglot": _github(
        "brendenlake/omniglot", "057f034baf2ecb8530bc5710e5a23584d2a519cc", "python/{name}"
    ),
    "omniglot/all_runs.zip": _github(
        "brendenlake/omniglot",
        "057f034baf2ecb8530bc5710e5a23584d2a519cc",
        "python/one-shot-classification/{name}",
    ),
    # the edition of 2018-05-13; the canonical host has later ones under the same name
    "tatoeba_spa_eng": _github("Hoangduc212001/hoang", "HEAD", "{name}"),
    "tinyshakespeare": _github(
        "karpathy/char-rnn",
        "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e",
        "data/tinyshakespeare/{name}",
    ),
    "wikitext2": _github("pytorch/examples", "main", "word_language_model/data/wikitext-2/{name}"),
    "wikitext2/wikitext-2-v1.zip": (
        "https://s3.amazonaws.com/research.metamind.io/wikitext/{name}"
    ),
}
"""Folder, or folder/name where that differs from the rest of its folder -> address."""

_DIGITS = (
    "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/"
    "26eb9aaf76e81b692f806f9140c2d2777410d7a1.zip"
)
_QML = "https://github.com/qmlcode/qml/archive/8bb833cdbbe69405384d6796920c5418dc53b6ba.zip"

# GitHub promises the contents of an archive of a commit and not its bytes: the digest is one of the
# members, as `archives.contents_digest` makes it, computed from copies of the repositories.
ARCHIVES = {
    "fsdd/free-spoken-digit-dataset.zip": (
        _DIGITS,
        r"\d_[a-z]+_([5-9]|[1-4]\d)\.wav",
        "3b20cef01fb219e950a3afef77c5537180bc30a601d266df7c16631343ad4795",
    ),
    "fsdd/recordings_test.zip": (
        _DIGITS,
        r"\d_[a-z]+_[0-4]\.wav",
        "b998c9b7ea7b352767da3446bb57c3eaf954922bef08071570c614502755711e",
    ),
    "fsdd/recordings_train_05_24.zip": (
        _DIGITS,
        r"\d_[a-z]+_([5-9]|1\d|2[0-4])\.wav",
        "d812b8d3beefc6adefbe4926907fb4693fc2e6084742f78a2e4b0ab00ef0cbbc",
    ),
    "molecules/qm7_xyz.zip": (
        _QML,
        r"\d{4}\.xyz",
        "6e6c27f8a1fd9bf043855aa98b1b66e81b65ed4be0a606701f17bf4bcdc2d330",
    ),
}
"""Folder/name -> an archive that has the same members, a pattern of their names, their digest."""
