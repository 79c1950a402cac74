"""The taxonomy of environments: definitions, inclusions, reductions and ergodicity."""

from contextlib import suppress
from fractions import Fraction
from itertools import product

import networkx as nx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from simulations.agents import thesis
from simulations.agents.interface import Interface
from simulations.agents.model import Belief, Model, Outcome
from simulations.agents.reductions import (
    bandit_to_mdp,
    classification_to_mdp,
    episode_actions,
    game_to_bandit,
    to_first_order,
    window_number,
)
from simulations.agents.taxonomy import (
    CLASSES,
    TESTS,
    is_bandit,
    is_bernoulli_scheme,
    is_classification,
    is_ergodic,
    is_function_maximisation,
    is_markov_chain,
    is_mdp,
    is_nth_order_mdp,
    is_passive,
    is_repeated_game,
    is_sequence_prediction,
    is_totally_passive,
    order,
    taxonomy_graph,
)

F = Fraction
CHAIN = {"bernoulli-scheme", "markov-chain", "totally-passive", "passive", "mdp", "bandit"}

# what each environment is by the definitions of chapter 3, worked out by hand
BELONGS = {
    "alternation": {"passive"},
    "bandit": {"bandit", "mdp", "passive", "sequence-prediction"},
    "classification": {"classification", "mdp", "passive"},
    "die": CHAIN | {"sequence-prediction"},
    "digits-of-pi": {"passive", "sequence-prediction"},
    "function-maximisation": {"function-maximisation"},
    "heaven-or-hell": {"mdp"},
    "noisy-ring": set(),
    "prisoners-dilemma": set(),
    "repeated-alternation": {"passive"},
    "repeated-slide": {"passive"},
    "ring": {"mdp"},
    # the reward is told by the cell that is seen, so Definition 3.1.7 holds as well
    "ring-chain": {"markov-chain", "totally-passive", "passive", "mdp", "sequence-prediction"},
    "sequence-prediction": {"passive", "sequence-prediction"},
    "slide": {"passive"},
    "two-coins": {"bandit", "mdp", "passive", "sequence-prediction"},
}


def model_of(name):
    if name == "function-maximisation":
        return thesis.function_maximisation([F(1, 2), 1, 0])
    return thesis.get(name)


def seen_in_actions(model):
    """A bandit whose observations are the actions: no passive environment."""
    return Model(
        "echo",
        Interface(2, 2, reward_levels=(0,)),
        (Outcome(F(1), 0, 0),),
        lambda state, action: [Outcome(F(1), 0, action)],
    )


@pytest.mark.parametrize("name", BELONGS)
def test_every_environment_of_the_thesis_is_where_it_belongs(name):
    depth = 3 if name == "noisy-ring" else 5
    found = {cls: test(model_of(name), depth) for cls, test in TESTS.items()}
    accepted = {cls for cls, membership in found.items() if membership}
    assert accepted == BELONGS[name]
    for membership in found.values():
        assert membership.holds or membership.witness is not None
        assert membership.to_dict()["holds"] is membership.holds


def test_finite_walks_are_proofs_and_endless_ones_are_not():
    assert is_passive(thesis.two_coins()).proved
    assert is_passive(thesis.sequence_prediction([0, 1, 1])).proved
    assert is_mdp(thesis.ring()).proved
    assert not is_passive(thesis.digits_of_pi(), 6).proved
    assert is_passive(thesis.digits_of_pi(), 6).depth == 6


def probability(model, first, cycles):
    """mu(history | actions), by the hidden states alone."""
    paths = {o.state: o.probability for o in model.start if o.observation == first}
    for action, observation, reward in cycles:
        following = {}
        for state, chance in paths.items():
            for each in model.outcomes(state, action):
                if (each.observation, each.reward) == (observation, reward):
                    joint = chance * each.probability
                    following[each.state] = following.get(each.state, F(0)) + joint
        paths = following
    return sum(paths.values(), F(0))


def next_law(model, history, action):
    """The distribution of the next percept, as a ratio of probabilities of histories."""
    base = probability(model, history.first, history.cycles)
    levels = model.interface.reward_levels
    law = {}
    for observation in range(model.interface.observations):
        for reward in levels:
            cycles = (*history.cycles, (action, observation, reward))
            law[observation, reward] = probability(model, history.first, cycles) / base
    return law


@pytest.mark.parametrize("name", ["ring", "prisoners-dilemma", "repeated-alternation"])
def test_witnesses_are_histories_that_contradict_the_class(name):
    model = thesis.get(name)
    membership = is_bandit(model, 5)
    assert not membership
    one, other, action, reason = membership.witness
    assert next_law(model, one, action) != next_law(model, other, action)
    assert "differs" in reason


def test_orders_of_markov():
    assert order(thesis.ring(), 4) == 1
    assert order(thesis.repeated_alternation(), 6) == 2
    assert order(thesis.sequence_prediction([0, 1, 1]), 6) == 2
    assert order(thesis.sequence_prediction([1, 1, 1, 0]), 8) == 3
    assert order(thesis.sequence_prediction([0, 0, 0, 1]), 8) == 4  # another 0 comes before it
    assert order(thesis.alternation(), 5) is None  # rewards 2^-k: not stationary
    assert order(thesis.function_maximisation([F(1, 2), 1, 0]), 6) is None
    assert order(thesis.repeated_slide(), 6) is None  # climbing for ever keeps the parity hidden


def test_games_and_their_episodes():
    game = thesis.prisoners_dilemma(3)
    assert is_repeated_game(game, 3).proved
    assert is_repeated_game(game, 6)
    assert not is_repeated_game(game, 2)
    assert not is_repeated_game(game, 1)
    for model in (thesis.die(), thesis.two_coins()):  # "clearly": section 3.3
        assert is_repeated_game(model, 1)
        assert is_repeated_game(model, 2)


def test_observations_that_follow_actions_are_not_passive():
    assert is_bandit(seen_in_actions(None))
    assert not is_passive(seen_in_actions(None))


def test_other_near_misses():
    # a question that is answered by two actions, or by another class than the examples tell
    wrong = [thesis.classification([0, 1], 2), thesis.classification([0, 1], 2)]
    bent = [lambda last, action: last % 3 == 2, lambda last, action: action == last // 3 == 0]
    for model, earns in zip(wrong, bent, strict=True):
        outcomes = model.outcomes
        changed = Model(
            "bent",
            model.interface,
            model.start,
            lambda last, action, outcomes=outcomes, earns=earns: [
                each._replace(reward=F(bool(earns(last, action))))
                for each in outcomes(last, action)
            ],
        )
        assert is_mdp(changed)
        assert not is_classification(changed)
    # the best so far, but of values that look alike
    blurred = thesis.function_maximisation([0, 1])
    same = Model(
        "blurred",
        blurred.interface,
        blurred.start,
        lambda state, action: [
            each._replace(observation=0) for each in blurred.outcomes(state, action)
        ],
    )
    assert is_function_maximisation(blurred)
    assert not is_function_maximisation(same)


def test_the_graph_is_the_figure():
    graph = taxonomy_graph()
    assert set(graph) == set(CLASSES)
    assert nx.is_directed_acyclic_graph(graph)
    assert nx.descendants(graph, "environment") == set(CLASSES) - {"environment"}
    sources = [node for node in graph if not graph.in_degree(node)]
    assert sources == ["environment"]
    # no arrow that two others make
    assert set(nx.transitive_reduction(graph).edges) == set(graph.edges)
    reductions = {(a, b) for a, b, where in graph.edges(data="reduces") if where}
    assert reductions == {("nth-order-mdp", "mdp"), ("repeated-game", "bandit")}


def all_memberships(model, depth=5):
    found = {cls: bool(test(model, depth)) for cls, test in TESTS.items()}
    found["nth-order-mdp"] = order(model, depth) is not None
    with suppress(ValueError):  # beliefs without end, though the percepts tell nothing
        found["ergodic-mdp"] = found["mdp"] and is_ergodic(model, limit=200)
    found["repeated-game"] = any(is_repeated_game(model, length, depth) for length in (1, 2))
    return found


def respects_inclusions(model):
    found = all_memberships(model)
    for wide, narrow in taxonomy_graph().edges:
        if found.get(narrow):
            assert found.get(wide, True), (model.name, narrow, wide)


@pytest.mark.parametrize("name", sorted(set(BELONGS) - {"noisy-ring", "digits-of-pi"}))
def test_memberships_go_up_the_graph(name):
    respects_inclusions(model_of(name))


@st.composite
def small_models(draw):
    """Models of two hidden states, two actions, two observations: of all sorts of classes."""
    shares = [F(0), F(1, 3), F(1, 2), F(1)]
    kind = draw(st.sampled_from(["nothing", "action", "state", "both"]))
    made = {}

    def law(state, action):
        key = (
            state if kind in ("state", "both") else 0,
            action if kind in ("action", "both") else 0,
        )
        return made[key]

    told = draw(st.booleans())
    for key in product((0, 1), (0, 1)):
        share = draw(st.sampled_from(shares))
        rewards = draw(st.tuples(st.sampled_from([F(0), F(1)]), st.sampled_from([F(0), F(1)])))
        made[key] = [
            Outcome(p, o, o if told else 0, rewards[o])
            for o, p in ((0, share), (1, 1 - share))
            if p
        ]
    return Model(
        f"small {kind} {told}",
        Interface(2, 2, reward_levels=(F(0), F(1))),
        (Outcome(F(1), 0, 0),),
        law,
    )


@settings(max_examples=40, phases=set(Phase) - {Phase.shrink})
@given(small_models())
def test_inclusions_hold_for_models_drawn_at_random(model):
    respects_inclusions(model)


def histories(model, actions):
    """History of percepts -> its probability, for a string of actions."""
    found = {}
    for first, (chance, belief) in model.prior.items():
        found[(first,)] = (chance, belief)
    for action in actions:
        following = {}
        for past, (chance, belief) in found.items():
            for percept, (p, after) in belief.expand(model, action).items():
                following[(*past, tuple(percept))] = (chance * p, after)
        found = following
    return {past: chance for past, (chance, _) in found.items()}


def as_windows(past, actions, n, interface):
    """The same history as the first-order MDP shows it."""
    seen, shown = (past[0],), [window_number((past[0],), interface)]
    for action, (observation, reward) in zip(actions, past[1:], strict=True):
        seen = (*seen, action, observation)[-(2 * n - 1) :]
        shown.append((window_number(seen, interface), reward))
    return tuple(shown)


@pytest.mark.parametrize(
    ("model", "n"),
    [
        (thesis.repeated_alternation(), 2),
        (thesis.sequence_prediction([0, 1, 1]), 2),
        (thesis.sequence_prediction([1, 1, 1, 0]), 3),
        (thesis.two_coins(), 2),
        (thesis.prisoners_dilemma(1), 1),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_lemma_3_2_6(model, n):
    first = to_first_order(model, n)
    assert is_mdp(first, 5)
    for actions in product(range(model.interface.actions), repeat=4):
        expected = {
            as_windows(past, actions, n, model.interface): chance
            for past, chance in histories(model, actions).items()
        }
        assert histories(first, actions) == expected


def test_window_numbers_are_distinct_and_fill_the_alphabet():
    interface = Interface(2, 3, reward_levels=(0,))
    windows = [
        tuple(value for pair in zip(seen, (*acts, None), strict=True) for value in pair)[:-1]
        for size in (1, 2, 3)
        for seen in product(range(3), repeat=size)
        for acts in product(range(2), repeat=size - 1)
    ]
    numbers = {window_number(past, interface) for past in windows}
    assert numbers == set(range(len(windows)))
    model = to_first_order(thesis.repeated_alternation(), 2)
    assert model.interface.observations == 1 + 1 * 2 * 1


@pytest.mark.parametrize("length", [1, 2, 3])
def test_lemma_3_5_5(length):
    game = thesis.prisoners_dilemma(length)
    bandit = game_to_bandit(game, length)
    assert is_bandit(bandit)
    assert bandit.interface.actions == 2**length
    assert bandit.optimal_value == length * game.optimal_value
    for moves in product(range(bandit.interface.actions), repeat=2):
        actions = [a for move in moves for a in episode_actions(move, 2, length)]
        totals = {}
        for past, chance in histories(game, actions).items():
            rewards = [reward for _, reward in past[1:]]
            sums = (sum(rewards[:length]), sum(rewards[length:]))
            totals[sums] = totals.get(sums, 0) + chance
        matches = {}
        for past, chance in histories(bandit, moves).items():
            sums = tuple(reward for _, reward in past[1:])
            matches[sums] = matches.get(sums, 0) + chance
        assert matches == totals


def test_a_match_is_told_apart_by_all_its_percepts():
    game = thesis.repeated_game(
        thesis.problems.PRISONERS_DILEMMA, lambda past: {0: F(1, 3), 1: F(2, 3)}, 2
    )
    bandit = game_to_bandit(game, 2)
    for move in range(4):
        plain = histories(game, episode_actions(move, 2, 2))
        packed = histories(bandit, [move])
        assert sorted(plain.values()) == sorted(packed.values())
        assert len(plain) == len(packed) == 4


def test_bandits_and_classification_are_ergodic_mdps():
    for model, reduce in (
        (thesis.two_coins(), bandit_to_mdp),
        (thesis.get("bandit"), bandit_to_mdp),
        (thesis.get("classification"), classification_to_mdp),
    ):
        mdp = reduce(model)
        assert is_mdp(mdp)
        assert is_ergodic(model)
        assert is_ergodic(mdp)
        for actions in product(range(model.interface.actions), repeat=2):
            assert histories(mdp, actions) == histories(model, actions)


def test_what_is_ergodic_and_what_is_not():
    assert is_ergodic(thesis.die())  # Lemma 3.5.2
    assert is_ergodic(thesis.ring_chain())
    assert is_ergodic(thesis.ring())
    assert not is_ergodic(thesis.heaven_or_hell())  # section 3.4
    assert not is_ergodic(thesis.prisoners_dilemma(3))  # "unfortunately": section 3.5
    assert is_ergodic(game_to_bandit(thesis.prisoners_dilemma(3), 3))
    assert not is_ergodic(thesis.function_maximisation([0, 1, F(1, 2)]))
    assert not is_ergodic(thesis.sequence_prediction([0, 1, 1]))
    assert not is_ergodic(thesis.sequence_prediction([0, 1, 1]), n=2)  # it returns in threes only
    assert is_ergodic(thesis.repeated_alternation(), n=2)


def test_examples_3_4_1_and_3_4_2():
    one_way = thesis.markov_chain([[0, F(1, 2), F(1, 2)], [0, 1, 0], [0, 0, 1]], [0, 0, 0])
    back_and_forth = thesis.markov_chain([[0, 1], [1, 0]], [0, 0])
    mended = thesis.markov_chain([[F(1, 10), F(9, 10)], [1, 0]], [0, 0])
    assert [is_ergodic(chain) for chain in (one_way, back_and_forth, mended)] == [
        False,
        False,
        True,
    ]


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.sampled_from([0, 0, 1, 2]), min_size=4, max_size=4).filter(any),
        min_size=4,
        max_size=4,
    )
)
def test_ergodic_is_a_positive_power(rows):
    matrix = [[F(each, sum(row)) for each in row] for row in rows]
    chain = thesis.markov_chain(matrix, [0] * 4)
    # primitive: by Wielandt's bound a power (n - 1)^2 + 1 is positive, on what can come at all
    reached, new = set(), {0}
    while new:
        new = {j for i in new for j in range(4) if rows[i][j]} - reached
        reached |= new
    steps = {i: {j for j in reached if rows[i][j]} for i in reached}
    power = {i: {i} for i in reached}
    for _ in range((len(reached) - 1) ** 2 + 1):
        power = {i: set().union(*(steps[k] for k in ends)) for i, ends in power.items()}
    assert is_ergodic(chain) == all(ends == reached for ends in power.values())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: is_mdp(thesis.ring(), 0), "depth: got 0"),
        (lambda: is_mdp(thesis.ring(), 5, limit=3), "limit: ring has more than 3 situations"),
        (lambda: is_passive(thesis.digits_of_pi(), 9, limit=3), "limit: digits-of-pi has more"),
        (lambda: is_passive(thesis.ring(), 9, limit=0), "limit: got 0"),
        (lambda: is_nth_order_mdp(thesis.ring(), 0), "n: got 0"),
        (lambda: is_repeated_game(thesis.ring(), 0), "episode: got 0"),
        (lambda: order(thesis.ring(), 0), "depth: got 0"),
        (lambda: is_ergodic(thesis.ring(), n=0), "n: got 0"),
        (lambda: to_first_order(thesis.repeated_alternation(), 1), "not an MDP of order 1; see"),
        (lambda: bandit_to_mdp(thesis.ring()), "ring is not a bandit"),
        (lambda: classification_to_mdp(thesis.ring()), "ring is not a classification problem"),
        (
            lambda: game_to_bandit(thesis.prisoners_dilemma(3), 2),
            "not a repeated game of episode 2",
        ),
        (lambda: game_to_bandit(thesis.slide(), 2), "slide has no reward_levels"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_other_classes_by_name():
    assert is_bernoulli_scheme(thesis.die())
    assert is_markov_chain(thesis.ring_chain())
    assert is_totally_passive(thesis.ring_chain())
    assert is_sequence_prediction(thesis.digits_of_pi(), 4)
    assert isinstance(next(iter(thesis.die().prior.values()))[1], Belief)
