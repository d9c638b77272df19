"""A picture of 12 megapixels that is about as hard to pack as a photograph. usage: photograph.py FILE NUMBER"""

import sys

from PIL import Image, ImageFilter

path, number = sys.argv[1], int(sys.argv[2])
width, height = 4000, 3000
bands = []
for band in range(3):
    coarse = Image.effect_noise((width // 50, height // 50), 90).resize((width, height), Image.BICUBIC)
    fine = Image.effect_noise((width, height), 28).filter(ImageFilter.GaussianBlur(1.2))
    bands.append(Image.blend(coarse, fine, 0.5).rotate(0 if (band + number) % 2 else 180))
Image.merge("RGB", bands).save(path, quality=90)
