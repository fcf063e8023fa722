#!/usr/bin/env python3
"""LIME's error against the coefficients that it converges to, as a function of samples: Sightline's Gaussian process and its ridge regression against the lime package.

    tests/benchmarks/run.sh lime_error [--seeds N] [--photos FOLDER --weights FOLDER]

The games are those of the benchmark shapley, whose every outcome is known; with all of them the weighted regression has no error. Every method sees the stored outcomes, so only the
estimators differ. Prints, for each number of samples, the geometric mean over the games of the squared error and how many times larger lime's is: as many times more samples lime
needs, since its squared error falls with their number.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from shapley import features_of, geometric_mean, lookup, parse_games, play

SAMPLES = [64, 150, 350, 1000]


def lime(game, samples, seed):
    """lime_image's own draw, distances and regression."""
    from lime.lime_base import LimeBase
    from sklearn.metrics import pairwise_distances

    count = features_of(game)
    random = np.random.RandomState(seed)
    rows = random.randint(0, 2, samples * count).reshape(samples, count)
    rows[0] = 1
    distances = pairwise_distances(rows, rows[:1], metric="cosine").ravel()
    explainer = LimeBase(lambda d: np.sqrt(np.exp(-(d ** 2) / 0.25 ** 2)), random_state=random)
    _, found, _, _ = explainer.explain_instance_with_data(rows, lookup(game, rows)[:, None], distances, 0, count)
    return np.array([value for _, value in sorted(found)])


def own(program, games, seeds):
    """For each game its limit, and for each number of samples the errors of process, of its own estimate and of ridge."""
    rows = play(program, games, seeds, SAMPLES)
    step = len(SAMPLES) + 1
    return {name: (rows[step * i], dict(zip(SAMPLES, rows[step * i + 1:step * (i + 1)]))) for i, name in enumerate(games)}


def main():
    arguments, games = parse_games(__doc__)
    results = own(arguments.program, games, arguments.seeds)
    print(f"{len(games)} games, {arguments.seeds} seeds; sum over the features of the squared error")
    print(f"{'game':<44} {'samples':>8} {'process':>11} {'own estimate':>12} {'ridge':>11} {'lime':>11} {'lime / process':>15}")
    ratios = {n: [] for n in SAMPLES}
    for name, game in games.items():
        limit, errors = results[name]
        for n in SAMPLES:
            theirs = np.mean([np.sum((lime(game, n, seed) - limit) ** 2) for seed in range(arguments.seeds)])
            process, claimed, ridge = errors[n]
            ratios[n].append(theirs / process)
            print(f"{name:<44} {n:>8} {process:11.3g} {claimed:12.3g} {ridge:11.3g} {theirs:11.3g} {ratios[n][-1]:15.2f}", flush=True)
    for n in SAMPLES:
        print(f"{'geometric mean':<44} {n:>8} {'':>11} {'':>12} {'':>11} {'':>11} {geometric_mean(ratios[n]):15.2f}")


if __name__ == "__main__":
    main()
