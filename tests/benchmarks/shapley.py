#!/usr/bin/env python3
"""KernelSHAP's error against exact Shapley values, as a function of evaluations: Sightline against Captum's KernelShap and shap's KernelExplainer.

    tests/benchmarks/run.sh shapley [--seeds N] [--photos FOLDER --weights FOLDER]

Games: the 12-feature ones of shared/reference/methods.h5 (three models, logit and probability), and with --photos and --weights 16-feature games of the real
EfficientNet-Lite0 on that folder's first photos, whose 65536 outputs are computed first. Every method sees the stored outcomes, so only the estimators differ. Prints, for each
number of evaluations, the geometric mean over the games of the mean squared error and how many times larger the peers' are.
"""

import argparse
import math
import os
import subprocess
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import h5py
import numpy as np
import torch

EVALUATIONS = [100, 350, 1000, 2000]


def stored_games(file):
    with h5py.File(file) as store:
        return {f"{model.split('.')[0]} {output}": store[f"shapley12/{model}/outputs_{output}"][:].astype(float)
                for model in store["shapley12"] for output in ("logit", "prob")}


def photo_games(photos, weights, count):
    """EfficientNet-Lite0's logit of its prediction when a 4 x 4 grid of blocks is present or the mean colour."""
    import timm
    from PIL import Image
    from safetensors.torch import load_file

    model = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval().to(memory_format=torch.channels_last)
    model.load_state_dict(load_file(Path(weights) / "tf_efficientnet_lite0.in1k.safetensors"))
    block = torch.arange(224) * 4 // 224
    features = (block[:, None] * 4 + block[None, :]).flatten()
    present = ((torch.arange(65536)[:, None] >> torch.arange(16)) & 1).float()
    games = {}
    for path in sorted(Path(photos).rglob("*.jp*g"))[:count]:
        pixels = torch.from_numpy(np.asarray(Image.open(path).convert("RGB").resize((224, 224)))).permute(2, 0, 1)[None] / 255
        x = ((pixels - 0.5) / 0.5).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            target = model(x).argmax(1)
            outputs = [model(x * rows[:, features].reshape(-1, 1, 224, 224))[:, target].flatten() for rows in present.split(32)]
        games[f"lite0 {path.name}"] = torch.cat(outputs).double().numpy()
    return games


def features_of(game):
    return int(math.log2(len(game)))


def exact(game):
    count = features_of(game)
    coalitions = np.arange(len(game))
    sizes = np.array([bin(c).count("1") for c in coalitions])
    weight = np.array([1 / (count * math.comb(count - 1, size)) for size in range(count)])
    without = [coalitions[(coalitions >> f) & 1 == 0] for f in range(count)]
    return np.array([np.sum(weight[sizes[c]] * (game[c | (1 << f)] - game[c])) for f, c in enumerate(without)])


def lookup(game, rows):
    return game[(np.asarray(rows, dtype=int) << np.arange(features_of(game))).sum(-1)]


def captum(game, evaluations, seed):
    from captum.attr import KernelShap

    torch.manual_seed(seed)
    count = features_of(game)
    explainer = KernelShap(lambda rows: torch.from_numpy(lookup(game, rows.numpy() > 0.5)))
    return explainer.attribute(torch.ones(1, count), n_samples=evaluations, perturbations_per_eval=evaluations)[0].numpy()


def kernel_explainer(game, evaluations, seed):
    import shap

    np.random.seed(seed)
    count = features_of(game)
    explainer = shap.KernelExplainer(lambda rows: lookup(game, rows > 0.5), np.zeros((1, count)))
    return explainer.shap_values(np.ones((1, count)), nsamples=evaluations - 2, l1_reg=False, silent=True)[0]


def play(program, games, seeds, budgets):
    """What a program that reads games prints of them, line by line."""
    text = "\n".join(f"{features_of(game)}\n" + "\n".join(f"{value:.17g}" for value in game) for game in games.values())
    output = subprocess.run([program, str(seeds), ",".join(map(str, budgets))], input=text, check=True, capture_output=True, text=True).stdout
    return [np.array(line.split(), dtype=float) for line in output.splitlines()]


def own_errors(program, games, seeds):
    rows = iter(play(program, games, seeds, EVALUATIONS))
    return {(name, n): tuple(next(rows)) for name in games for n in EVALUATIONS}


def geometric_mean(values):
    return math.exp(np.mean(np.log(values)))


def parse_games(description):
    """The command line of a benchmark on games, and the games it asks for."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--reference", default="../shared/reference/methods.h5")
    parser.add_argument("--photos")
    parser.add_argument("--weights")
    parser.add_argument("--photo-games", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    games = stored_games(arguments.reference) if Path(arguments.reference).exists() else {}
    if arguments.photos and arguments.weights:
        games |= photo_games(arguments.photos, arguments.weights, arguments.photo_games)
    if not games:
        parser.error("no games: give --reference methods.h5, or --photos and --weights")
    return arguments, games


def main():
    arguments, games = parse_games(__doc__)
    own = own_errors(arguments.program, games, arguments.seeds)
    print(f"{len(games)} games, {arguments.seeds} seeds; sum over the features of the squared error")
    print(f"{'game':<44} {'evaluations':>11} {'own':>11} {'own estimate':>12} {'captum / own':>12} {'shap / own':>11}")
    ratios = {}
    for name, game in games.items():
        truth = exact(game)
        for n in EVALUATIONS:
            error = {label: np.mean([np.sum((method(game, n, seed) - truth) ** 2) for seed in range(arguments.seeds)])
                     for label, method in (("captum", captum), ("shap", kernel_explainer))}
            mine, claimed = own[name, n]
            ratios[name, n] = (error["captum"] / mine, error["shap"] / mine)
            print(f"{name:<44} {n:>11} {mine:11.3g} {claimed:12.3g} {ratios[name, n][0]:12.2f} {ratios[name, n][1]:11.2f}", flush=True)
    for n in EVALUATIONS:
        print(f"{'geometric mean':<44} {n:>11} {'':>11} {'':>12} " + " ".join(
            f"{geometric_mean([ratios[name, n][peer] for name in games]):{width}.2f}" for peer, width in ((0, 12), (1, 11))))


if __name__ == "__main__":
    main()
