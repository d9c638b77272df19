"""Makes files as people send them, harmless and hostile, and looks at what was made of them.

usage: pictures.py make FOLDER            the harmless ones
       pictures.py hostile FOLDER         the others
       pictures.py look FILE...           a line of JSON for each: format, size, frames, what is noted, colours of its quarters
       pictures.py compare ONE OTHER      the mean difference of their pixels, from 0 to 255, once they have one size
"""

import io
import json
import os
import struct
import subprocess
import sys
import wave
import zlib

from PIL import Image, ImageCms

COLOURS = [(220, 40, 40), (40, 200, 60), (50, 60, 210), (230, 220, 50)]


def quarters(width, height, mode="RGB"):
    """Red and green above, blue and yellow below."""
    image = Image.new(mode, (width, height))
    for number, colour in enumerate(COLOURS):
        left, top = (number % 2) * width // 2, (number // 2) * height // 2
        image.paste(colour + ((255,) if mode == "RGBA" else ()), (left, top, left + width // 2, top + height // 2))
    return image


def photo(path, orientation):
    image = quarters(1600, 1200)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of Ada"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (52.0, 30.0, 15.5), "E", (13.0, 22.0, 40.25)
    image.save(path, quality=92, exif=exif, comment=b"secret note")


def make(folder):
    photo(f"{folder}/photo.jpg", 6)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    quarters(600, 400).save(f"{folder}/profiled.jpg", quality=92, icc_profile=profile)
    shape = quarters(500, 400, "RGBA")
    shape.paste((0, 0, 0, 0), (200, 150, 300, 250))
    shape.save(f"{folder}/shape.png")
    frames = [quarters(200, 150).rotate(90 * n) for n in range(5)]
    frames[0].save(f"{folder}/moving.gif", save_all=True, append_images=frames[1:], duration=80, loop=0)
    frames[0].save(f"{folder}/moving.webp", save_all=True, append_images=frames[1:], duration=80, loop=0)
    quarters(90, 70).save(f"{folder}/small.webp", lossless=True)
    quarters(800, 600).save(f"{folder}/page.pdf")
    recordings(folder)


def run(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-nostdin", *arguments], check=True)


def recordings(folder):
    run("-f", "lavfi", "-i", "testsrc=size=640x360:rate=15:duration=2", "-f", "lavfi", "-i", "sine=frequency=440:duration=2",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-metadata", "title=secret note",
        "-metadata", "location=+52.5-013.4/", f"{folder}/film.mp4")
    run("-i", f"{folder}/film.mp4", "-c:v", "libvpx", "-b:v", "300k", "-c:a", "libopus", f"{folder}/film.webm")
    with wave.open(f"{folder}/sound.wav", "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        samples = [int(20000 * (1 if n < 8000 else 0.25) * (1 if n // 20 % 2 else -1)) for n in range(16000)]
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    run("-i", f"{folder}/sound.wav", "-metadata", "artist=secret note", f"{folder}/sound.mp3")
    run("-i", f"{folder}/sound.wav", "-c:a", "libopus", f"{folder}/sound.ogg")


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, content, colour_type=2):
    head = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def jpeg(image):
    target = io.BytesIO()
    image.save(target, "JPEG")
    return target.getvalue()


def box(kind, *parts):
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + kind + content


def referring_film(path):
    """A film whose samples lie in another file of the machine."""
    reference = box(b"url ", b"\0\0\0\0", b"file:///etc/passwd\0")
    table = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), reference))
    samples = box(b"stbl", box(b"stsd", struct.pack(">II", 0, 0)), box(b"stts", b"\0" * 8), box(b"stsz", b"\0" * 12))
    media = box(b"mdia", box(b"mdhd", b"\0" * 12 + struct.pack(">IIHH", 1000, 1000, 0, 0)),
                box(b"hdlr", b"\0" * 8 + b"vide" + b"\0" * 13), box(b"minf", box(b"vmhd", b"\0" * 12), table, samples))
    movie = box(b"moov", box(b"mvhd", b"\0" * 12 + struct.pack(">II", 1000, 1000) + b"\0" * 80), box(b"trak", media))
    return box(b"ftyp", b"isom\0\0\0\0isom") + movie


def hostile(folder):
    good = jpeg(quarters(400, 300))
    gif = io.BytesIO()
    quarters(64, 64).convert("P").save(gif, "GIF")
    gif = gif.getvalue()
    big_gif = gif[:6] + struct.pack("<HH", 65000, 65000) + gif[10:]
    film = open(f"{folder}/../harmless/film.mp4", "rb").read()
    rows = zlib.compress(b"\0" * (1 + 3 * 50_000) * 2_000, 9)
    files = {
        "bomb.png": png(50_000, 50_000, rows),
        "wide.png": png(2_147_483_647, 1, b""),
        "empty-rows.png": png(4000, 4000, zlib.compress(b"")),
        "cut.jpg": good[: len(good) // 2],
        "head-only.jpg": good[:40],
        "huge.jpg": good.replace(b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 300, 400),
                                 b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 65500, 65500)),
        "noise.jpg": b"\xff\xd8\xff" + os.urandom(50_000),
        "page.jpg": b"<html><script>alert(1)</script></html>",
        "cut.gif": gif[:40],
        "huge.gif": big_gif,
        "many.gif": many_frames(),
        "cut.webp": b"RIFF\xff\xff\xff\x7fWEBPVP8X" + b"\0" * 20,
        "cut.heic": box(b"ftyp", b"heic\0\0\0\0mif1heic") + b"\0" * 200,
        "both.gif": gif[:-1] + b"<script>alert(1)</script>" + b"PK\x03\x04" + b"\0" * 100 + gif[-1:],
        "both.jpg": good + b"<script>alert(1)</script>PK\x03\x04" + b"\0" * 100,
        "both.png": png(2, 2, zlib.compress(b"\0" * 14)) + b"<script>alert(1)</script>%PDF-1.4",
        "note.png": png(2, 2, zlib.compress(b"\0" * 14)).replace(
            b"\0\0\0\0IEND", chunk(b"zTXt", b"note\0\0" + zlib.compress(b"\0" * (64 << 20), 9)) + b"\0\0\0\0IEND"),
        "large.pdf": large_page(),
        "page.svg": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                    b'<svg xmlns="http://www.w3.org/2000/svg" width="99999999"><script>alert(1)</script><text>&x;</text></svg>',
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "list.avi": b"RIFF\xff\x00\x00\x00AVI #EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0,\nconcat:file:///etc/passwd\n",
        "list.mp4": box(b"ftyp", b"isom\0\0\0\0isom") + b"#EXTM3U\nfile:///etc/passwd\n",
        "refers.mp4": referring_film(f"{folder}/refers.mp4"),
        "cut.mp4": film[: len(film) // 3],
        "list.mp3": b"ID3\x03\0\0\0\0\0\0#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x\n",
        "concat.ogg": b"OggSffconcat version 1.0\nfile '/etc/passwd'\n",
        "noise.mkv": b"\x1a\x45\xdf\xa3" + os.urandom(50_000),
        "noise.avi": b"RIFF\x00\x00\x10\x00AVI LIST" + os.urandom(20_000),
        "loop.pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        "short.wav": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0",
    }
    for name, content in files.items():
        with open(f"{folder}/{name}", "wb") as file:
            file.write(content)
    print(len(files))


def large_page():
    """A page of many kilometres, and on it a drawing that lies within itself."""
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
             b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 90000000 90000000]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
             b"<</Length 5>>stream\n/X Do\nendstream",
             b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 11>>stream\n/X Do /X Do\nendstream"]
    return b"%PDF-1.4\n" + b"".join(b"%d 0 obj%sendobj\n" % (n + 1, part) for n, part in enumerate(parts)) \
        + b"trailer<</Root 1 0 R>>\n%%EOF"


def many_frames():
    frames = [Image.new("P", (8, 8), n % 2) for n in range(600)]
    for number, frame in enumerate(frames):
        frame.putpalette([number % 256, 0, 0, 0, number % 256, 0] + [0] * 762)
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=20)
    return target.getvalue()


def look(path):
    image = Image.open(path)
    flat = image.convert("RGB")
    spots = [(1, 1), (3, 1), (1, 3), (3, 3)]
    noted = sorted(set(image.info) & {"exif", "comment", "icc_profile", "xmp", "photoshop", "XML:com.adobe.xmp"})
    raw = open(path, "rb").read()
    return {
        "format": image.format, "width": image.width, "height": image.height, "frames": getattr(image, "n_frames", 1),
        "noted": noted + sorted(word for word in ["Camera of Ada", "secret note"] if word.encode() in raw),
        "orientation": image.getexif().get(0x0112, 1),
        "colours": [flat.getpixel((image.width * x // 4, image.height * y // 4)) for x, y in spots],
        "alpha": image.convert("RGBA").getpixel((image.width // 2, image.height // 2))[3],
    }


def compare(one, other):
    left, right = Image.open(one).convert("RGB"), Image.open(other)
    right = right.convert("RGB").resize(left.size, Image.LANCZOS)
    total = sum(abs(a - b) for p, q in zip(left.getdata(), right.getdata()) for a, b in zip(p, q))
    return total / (left.width * left.height * 3)


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "make":
        make(arguments[0])
    elif command == "hostile":
        hostile(arguments[0])
    elif command == "look":
        for path in arguments:
            print(json.dumps(look(path)))
    else:
        print(round(compare(*arguments), 2))


main()
