"""Makes the pictures that Switchyard makes, as one does with Pillow. usage: pillow_thumbnails.py FOLDER FILE..."""

import os
import sys

from PIL import Image, ImageOps

folder = sys.argv[1]
for path in sys.argv[2:]:
    image = ImageOps.exif_transpose(Image.open(path))
    for size in (64, 300, 1080):
        small = image.copy()
        small.thumbnail((size, size))
        name = f"{folder}/{os.path.basename(path)}-{size}"
        small.save(f"{name}.webp", quality=77, method=0)
        small.save(f"{name}.jpeg", quality=82)
