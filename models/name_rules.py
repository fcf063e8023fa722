"""The names of torchvision's and of Hugging Face's classifiers -> timm's, as regular expressions that are applied one after the other.

Queries, keys and values that a publisher keeps apart get the names attn.q, attn.k and attn.v here; checkpoint_names.py joins them.
"""

import re
from collections import namedtuple

Convention = namedtuple("Convention", "source sign rules")  # sign: what one name matches if, and only if, the file follows the convention


def next_stage(found):
    """Hugging Face's Swin merges patches at the end of a stage, timm's at the start of the next."""
    return f"layers.{int(found[1]) + 1}.downsample."


def torchvision_stages(module, blocks):
    """torchvision numbers through: 0 is the stem, odd numbers are stages, even numbers the downsampling between them."""
    return [
        (r"^features\.([1357])\.(\d+)\.", lambda found: f"{module}.{int(found[1]) // 2}.{blocks}.{found[2]}."),
        (r"^features\.([246])\.", lambda found: f"{module}.{int(found[1]) // 2}.downsample."),
    ]


# transformers 5 calls the modules of its memory otherwise than those of its files (q_proj for query): a file may have either.
HUGGING_FACE_BLOCK = [
    (r"\.attention\.(?:attention\.|self\.)?([qkv])(?:uery|ey|alue|_proj)\.", r".attn.\1."),
    (r"\.attention\.(?:output\.dense|o_proj)\.", ".attn.proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"\.output\.dense\.", ".mlp.fc2."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"^layernorm\.", "norm."),
]

CONVENTIONS = [
    Convention("torchvision ViT", r"encoder\.layers\.encoder_layer_0\.", [
        (r"^class_token$", "cls_token"),
        (r"^encoder\.pos_embedding$", "pos_embed"),
        (r"^conv_proj\.", "patch_embed.proj."),
        (r"^encoder\.layers\.encoder_layer_(\d+)\.", r"blocks.\1."),
        (r"\.ln_([12])\.", r".norm\1."),
        (r"\.self_attention\.in_proj_", ".attn.qkv."),
        (r"\.self_attention\.out_proj\.", ".attn.proj."),
        (r"\.mlp\.(?:0|linear_1)\.", ".mlp.fc1."),
        (r"\.mlp\.(?:3|linear_2)\.", ".mlp.fc2."),
        (r"^encoder\.ln\.", "norm."),
        (r"^heads\.head\.", "head."),
    ]),
    Convention("torchvision Swin", r"features\.1\.0\.attn\.", [
        (r"^features\.0\.0\.", "patch_embed.proj."),
        (r"^features\.0\.2\.", "patch_embed.norm."),
        *torchvision_stages("layers", "blocks"),
        (r"\.mlp\.0\.", ".mlp.fc1."),
        (r"\.mlp\.3\.", ".mlp.fc2."),
        (r"^head\.", "head.fc."),
    ]),
    Convention("torchvision ConvNeXt", r"features\.1\.0\.layer_scale", [
        (r"^features\.0\.", "stem."),
        *torchvision_stages("stages", "blocks"),
        (r"\.block\.0\.", ".conv_dw."),
        (r"\.block\.2\.", ".norm."),
        (r"\.block\.3\.", ".mlp.fc1."),
        (r"\.block\.5\.", ".mlp.fc2."),
        (r"\.layer_scale$", ".gamma"),
        (r"^classifier\.0\.", "head.norm."),
        (r"^classifier\.2\.", "head.fc."),
    ]),
    Convention("Hugging Face ViT", r"(?:(?:vit|deit)\.)?embeddings\.cls_token$", [
        (r"^(?:vit|deit)\.", ""),
        (r"^embeddings\.cls_token$", "cls_token"),
        (r"^embeddings\.distillation_token$", "dist_token"),
        (r"^embeddings\.position_embeddings$", "pos_embed"),
        (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
        (r"^(?:encoder\.layer|layers)\.(\d+)\.", r"blocks.\1."),
        *HUGGING_FACE_BLOCK,
        (r"^classifier\.", "head."),
    ]),
    Convention("Hugging Face Swin", r"(?:swin\.)?encoder\.layers\.0\.blocks\.0\.", [
        (r"^swin\.", ""),
        (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
        (r"^embeddings\.norm\.", "patch_embed.norm."),
        (r"^encoder\.layers\.(\d+)\.downsample\.", next_stage),
        (r"^encoder\.", ""),
        (r"\.attention\.(?:self|relative_position_bias)\.relative_position_", ".attn.relative_position_"),
        *HUGGING_FACE_BLOCK,
        (r"^classifier\.", "head.fc."),
    ]),
    Convention("Hugging Face ConvNeXt", r"(?:convnext(?:v2)?\.)?encoder\.stages\.0\.layers\.0\.dwconv\.", [
        (r"^convnext(?:v2)?\.", ""),
        (r"^embeddings\.patch_embeddings\.", "stem.0."),
        (r"^embeddings\.layernorm\.", "stem.1."),
        (r"^encoder\.stages\.(\d+)\.downsampling_layer\.", r"stages.\1.downsample."),
        (r"^encoder\.stages\.(\d+)\.layers\.(\d+)\.", r"stages.\1.blocks.\2."),
        (r"\.dwconv\.", ".conv_dw."),
        (r"\.layernorm\.", ".norm."),
        (r"\.pwconv([12])\.", r".mlp.fc\1."),
        (r"\.grn\.", ".mlp.grn."),
        (r"\.layer_scale_parameter$", ".gamma"),
        (r"^layernorm\.", "head.norm."),
        (r"^classifier\.", "head.fc."),
    ]),
    Convention("Hugging Face ResNet", r"(?:resnet\.)?embedder\.embedder\.", [
        (r"^resnet\.", ""),
        (r"^embedder\.embedder\.convolution\.", "conv1."),
        (r"^embedder\.embedder\.normalization\.", "bn1."),
        (r"^encoder\.stages\.(\d+)\.layers\.(\d+)\.", lambda found: f"layer{int(found[1]) + 1}.{found[2]}."),
        (r"\.layer\.(\d)\.convolution\.", lambda found: f".conv{int(found[1]) + 1}."),
        (r"\.layer\.(\d)\.normalization\.", lambda found: f".bn{int(found[1]) + 1}."),
        (r"\.shortcut\.convolution\.", ".downsample.0."),
        (r"\.shortcut\.normalization\.", ".downsample.1."),
        (r"^classifier\.1\.", "fc."),
    ]),
]


def convention_of(names):
    return next((convention for convention in CONVENTIONS if any(re.match(convention.sign, name) for name in names)), None)


def apply_rules(rules, name):
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name
