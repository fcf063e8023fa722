"""Small photos and maps as data URIs, as many as a page may hold."""

import base64
import io

import numpy as np
from matplotlib import colormaps
from PIL import Image

SHADES = 32
PALETTE = [int(part) for shade in colormaps["inferno"](np.linspace(0, 1, SHADES)) for part in np.round(255 * shade[:3])]


def data_uri(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(stream.getvalue()).decode()}"


def photo_uri(photo, size):
    return data_uri(Image.fromarray(photo).resize((size, size), Image.Resampling.LANCZOS), "JPEG", quality=72)


def map_uri(pixels, size):
    """A map in [0, 1] in the colours of the figures; the page lays it over the photo."""
    small = np.asarray(Image.fromarray(pixels.astype(np.float32)).resize((size, size), Image.Resampling.BOX))
    picture = Image.fromarray(np.round(np.clip(small, 0, 1) * (SHADES - 1)).astype(np.uint8), "P")
    picture.putpalette(PALETTE)
    return data_uri(picture, "PNG", optimize=True)


class Album:
    """Photos and maps of the page by image; refuses what no longer fits."""

    def __init__(self, run, limit):
        self.run, self.left = run, limit
        self.photos = {}  # image -> URI, None without a photo
        self.maps = {}  # "image|model|method" -> URI
        self.blank = set()  # keys of maps that are zero everywhere

    def keep(self, pictures, key, uri):
        if len(uri) > self.left:
            self.left = 0  # full: nothing more is even read
            return False
        self.left -= len(uri)
        pictures[key] = uri
        return True

    def add(self, image, model, method, size):
        """Makes sure that a map and its photo are in the album, if they fit."""
        key = f"{image}|{model}|{method}"
        if key in self.maps or self.left <= 0:
            return
        if image not in self.photos:
            photo = self.run.photo(image, 224)
            if photo is None:
                self.photos[image] = None
            elif not self.keep(self.photos, image, photo_uri(photo, size)):
                return
        pixels = self.run.explanation(model, method, image).pixels
        if pixels is not None and self.keep(self.maps, key, map_uri(pixels, size)) and not pixels.any():
            self.blank.add(key)
