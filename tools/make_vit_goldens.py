"""Golden values of tiny Vision Transformers, of images from files to gradients, by HF transformers and Pillow.

    python tools/make_vit_goldens.py [folder]

writes into cola-core/src/test/resources/goldens (or `folder`)

    encoder/<vit>/model/             a random ViTForImageClassification of three classes, with its image processor
    encoder/<vit>/<image>.png        images of several sizes
    encoder/<vit>/expected.json      their names and embeddings: the last hidden states' mean, that of the first token
                                     (cls, and head, which is the same) and of the last
    encoder/<vit>/cola-<pooling>.*   as make_encoder_goldens.py writes them
    images/<name>.{png,jpg}          images of all modes that Pillow's convert("RGB") is used for
    images/expected.json             for each its mode, and its pixels as Pillow decodes and resizes them, in base64

Pillow 12 resizes along rows first; 13 takes the order that costs less, and rounds otherwise in some sizes.
Pixels are scaled and shifted in float32, as CoLA4J does; the script checks them against ViTImageProcessor.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import torch
import transformers
from golden_parts import write_json
from make_encoder_goldens import CASES, CLASSES, make_case
from PIL import Image

FOLDER = Path(__file__).parent.parent / "cola-core/src/test/resources/goldens"
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2")
LABELS = [2, 0, 1]
VITS = {  # name: (configuration, type, bytes of a shard, processor, sizes of images, width by height)
    "vit": (
        {"image_size": [10, 13], "patch_size": 4, "hidden_size": 12, "num_attention_heads": 2, "num_hidden_layers": 3},
        torch.float32,
        "1MB",
        {"resample": 2, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.25, 0.2]},
        [(13, 10), (31, 17), (7, 24)],
    ),
    "vit-patches": (
        {"image_size": 12, "patch_size": [4, 3], "hidden_size": 15, "num_attention_heads": 3, "qkv_bias": False}
        | {"num_hidden_layers": 2, "layer_norm_eps": 1e-6},
        torch.bfloat16,
        "5KB",
        {"resample": 3, "do_normalize": False},
        [(12, 12), (40, 9), (5, 5)],
    ),
}
RESIZED = [(9, 7), (40, 33), (20, 20), (30, 9)]  # width by height


def write_model(folder, config, dtype, shard, random):
    config = transformers.ViTConfig(intermediate_size=20, num_labels=CLASSES, **config)
    model = transformers.ViTForImageClassification(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "layernorm" in name and name.endswith("weight"):
                values = 1 + 0.2 * random.standard_normal(parameter.shape)
            else:
                values = (0.1 if name.endswith("bias") else 0.3) * random.standard_normal(parameter.shape)
            parameter.copy_(torch.from_numpy(values))
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)


def picture(random, width, height, channels=3):
    """A smooth gradient with noise and a few hard edges."""
    y, x = np.mgrid[:height, :width]
    planes = [100 + 60 * np.sin(x / (2 + c)) + 60 * np.cos(y / (3 + c)) for c in range(channels)]
    pixels = np.stack(planes, axis=-1) + random.normal(0, 20, (height, width, channels))
    pixels[height // 3 : height // 2, width // 4 : width // 2] = random.integers(0, 256, channels)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def pixel_values(image, processor):
    height, width = processor.size["height"], processor.size["width"]
    resized = np.asarray(image.convert("RGB").resize((width, height), resample=processor.resample))
    mean = np.array(processor.image_mean if processor.do_normalize else [0, 0, 0], dtype=np.float64)
    std = np.array(processor.image_std if processor.do_normalize else [1, 1, 1], dtype=np.float64)
    scale = (processor.rescale_factor / std).astype(np.float32)
    shift = (-mean / std).astype(np.float32)
    values = resized.astype(np.float32) * scale + shift
    theirs = processor(image.convert("RGB"), return_tensors="np")["pixel_values"][0]
    assert np.abs(values.transpose(2, 0, 1) - theirs).max() < 2e-6
    return torch.from_numpy(values.transpose(2, 0, 1)).double()[None]


def embeddings(model, inputs):
    hidden = model.vit(**inputs).last_hidden_state[0]
    return {"mean": hidden.mean(dim=0), "cls": hidden[0], "last": hidden[-1], "head": hidden[0]}


def load_model(folder):
    options = {"attn_implementation": "sdpa", "dtype": torch.float32}
    return transformers.ViTForImageClassification.from_pretrained(folder, **options).double().eval()


def make(folder, name, seed):
    config, dtype, shard, options, sizes = VITS[name]
    (folder / "model").mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    write_model(folder / "model", config, dtype, shard, random)
    model = load_model(folder / "model")
    side = config["image_size"]
    height, width = side if isinstance(side, list) else (side, side)
    processor = transformers.ViTImageProcessorPil(size={"height": height, "width": width}, **options)
    processor.save_pretrained(folder / "model")
    rows = []
    inputs = []
    for number, size in enumerate(sizes):
        file = f"image-{number}.png"
        Image.fromarray(picture(random, *size)).save(folder / file)
        inputs.append({"pixel_values": pixel_values(Image.open(folder / file), processor)})
        with torch.no_grad():
            found = embeddings(model, inputs[-1])
        rows.append({"image": file} | {key: value.tolist() for key, value in found.items()})
        with torch.no_grad():  # what the model's own classifier gets is "head"
            logits = model.classifier(found["head"])
            assert torch.allclose(logits, model(**inputs[-1]).logits[0], atol=1e-6)
    write_json(folder / "expected.json", rows)
    for number, pooling in enumerate(CASES, start=1):
        random = np.random.default_rng(1000 * seed + number)
        labels = torch.tensor(LABELS)
        make_case(folder, pooling, load_model(folder / "model"), TARGETS, inputs, labels, random, embeddings)


def make_images(folder):
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    colour = Image.fromarray(picture(random, 23, 17))
    grey = Image.fromarray(picture(random, 23, 17, 1)[..., 0])
    with_alpha = Image.fromarray(picture(random, 23, 17, 4))
    images = {
        "rgb.png": colour,
        "grey.png": grey,
        "alpha.png": with_alpha,
        "grey-alpha.png": with_alpha.convert("LA"),
        "palette.png": colour.quantize(11),
        "two-colours.png": grey.convert("1"),
        "colour.jpg": colour,
        "grey.jpg": grey,
        "progressive.jpg": colour,
    }
    rows = []
    for name, image in images.items():
        options = {"quality": 92} if name.endswith("jpg") else {}
        if name == "progressive.jpg":
            options |= {"progressive": True, "subsampling": 2}
        image.save(folder / name, **options)
        read = Image.open(folder / name)
        decoded = read.convert("RGB")
        row = {"file": name, "mode": read.mode, "height": read.height, "width": read.width, "rgb": encoded(decoded)}
        if name == "rgb.png":
            row["resized"] = [
                {"resample": filter, "width": w, "height": h, "rgb": encoded(decoded.resize((w, h), resample=filter))}
                for filter in (1, 2, 3)
                for w, h in RESIZED
            ]
        rows.append(row)
    (folder / "expected.json").write_text("[\n  " + ",\n  ".join(json.dumps(row) for row in rows) + "\n]\n")


def encoded(image):
    return base64.b64encode(np.asarray(image).tobytes()).decode()


def main():
    torch.set_num_threads(1)  # one order of summation
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for seed, name in enumerate(VITS, start=101):
        make(folder / "encoder" / name, name, seed)
    make_images(folder / "images")


if __name__ == "__main__":
    main()
