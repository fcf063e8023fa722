#!/usr/bin/env python3
"""Exports a timm or torchvision model to TorchScript for `sightline --models FILE.ts`.

    python analysis/export_model.py resnet26d.bt_in1k --features layer4 --output my.ts
    python analysis/export_model.py torchvision:googlenet --checkpoint mine.pth --num-classes 37 --features inception5b --output my.ts

Run it where torch and timm are installed. The file returns (features, logits), features being the output of the module --features as N x channels x rows x
columns, so that CAM methods work; without --features it returns logits only. Prints the options that Sightline needs for it.
"""

import argparse
import math
import sys

import torch


class WithFeatures(torch.nn.Module):
    """A model that also returns what one of its modules gave."""

    def __init__(self, model, layer):
        super().__init__()
        self.model = model
        self.taken = None
        dict(model.named_modules())[layer].register_forward_hook(self.take)

    def take(self, _module, _inputs, output):
        """What comes behind is computed from the features, so that gradients reach them."""
        self.taken, restored = as_grid(output)
        return restored

    def forward(self, images):
        logits = self.model(images)
        return self.taken, logits


def as_grid(output):
    """-> (N x C x rows x columns, the output again, made from it). Channels-first grids stay as they are; timm's channels-last grids and tokens (class tokens in
    front) are rearranged."""
    if output.dim() == 4:
        rows_first = output.shape[1] == output.shape[2] != output.shape[3]
        grid = output.permute(0, 3, 1, 2) if rows_first else output
        return grid, grid.permute(0, 2, 3, 1) if rows_first else grid
    if output.dim() == 3:
        side = math.isqrt(int(output.shape[1]))
        front = int(output.shape[1]) - side * side
        grid = output[:, front:].transpose(1, 2).unflatten(2, (side, side))
        return grid, torch.cat((output[:, :front], grid.flatten(2).transpose(1, 2)), 1)
    sys.exit(f"export_model: the output of --features has shape {tuple(output.shape)}, which is not a grid")


def create(name, checkpoint, classes):
    """-> (model, input size, crop_pct, interpolation, mean, std)"""
    source, _, architecture = name.rpartition(":")
    if source == "torchvision":
        import torchvision

        weights = None if checkpoint else torchvision.models.get_model_weights(architecture).DEFAULT
        model = torchvision.models.get_model(architecture, weights=weights, **({"num_classes": classes} if classes else {}))
        recipe = torchvision.models.get_model_weights(architecture).DEFAULT.transforms()
        facts = (recipe.crop_size[0], recipe.crop_size[0] / recipe.resize_size[0], recipe.interpolation.value, recipe.mean, recipe.std)
    else:
        import timm

        model = timm.create_model(name, pretrained=not checkpoint, **({"num_classes": classes} if classes else {}))
        config = model.pretrained_cfg
        facts = (config["input_size"][1], config["crop_pct"], config["interpolation"], config["mean"], config["std"])
    if checkpoint and checkpoint != "none":
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(state.get("state_dict", state))
    return model.eval(), *facts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="timm id, or torchvision:NAME")
    parser.add_argument("--checkpoint", help="state dict to load in place of the published weights; 'none' = initialisation only")
    parser.add_argument("--num-classes", type=int)
    parser.add_argument("--features", metavar="LAYER", help="module path whose output CAM methods explain")
    parser.add_argument("--output", required=True, help="FILE.ts")
    arguments = parser.parse_args()
    if not arguments.output.endswith(".ts"):
        sys.exit("export_model: --output should end in .ts")
    model, size, crop_pct, interpolation, mean, std = create(arguments.model, arguments.checkpoint, arguments.num_classes)
    modules = dict(model.named_modules())
    if arguments.features and arguments.features not in modules:
        sys.exit(f"export_model: {arguments.model} has no module '{arguments.features}'; its children are {', '.join(name for name, _ in model.named_children())}")
    wrapped = WithFeatures(model, arguments.features) if arguments.features else model
    images = torch.rand(2, 3, size, size)
    with torch.no_grad():
        traced = torch.jit.trace(wrapped, images, check_trace=False)
        other = torch.rand(3, 3, size, size)  # another batch size must give the same numbers as the model itself
        got, wanted = traced(other), wrapped(other)
    for mine, its in zip(got if arguments.features else [got], wanted if arguments.features else [wanted]):
        if mine.shape != its.shape or not torch.allclose(mine, its, rtol=1e-3, atol=1e-4):
            sys.exit("export_model: the traced module differs from the model on another batch; it cannot be exported by tracing")
    traced.save(arguments.output)
    print(f"{arguments.output}: use with --models {arguments.output} --input-size {size} --mean {','.join(map(str, mean))} --std {','.join(map(str, std))} "
          f"--crop-pct {crop_pct} --interpolation {interpolation if interpolation in ('bilinear', 'bicubic') else 'bicubic'}")


if __name__ == "__main__":
    main()
