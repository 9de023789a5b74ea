"""Seeds for fuzz_picture and fuzz_zip."""

import base64
import io
import struct
import zipfile
import zlib

#: deflated JPEGs of 9 x 8 pixels, by libjpeg: grey and turned by EXIF; colour with halved chroma; the same in several
#: scans; CMYK
JPEGS = {
    "grey": (
        "c-s4a<NrejCD)3~GzJDwPb~%x1_lO31|ddfAj!bM#sC5TZ!<VENDGOGiwH`Ki;2t0NGoVKX=|veY6M!@8aO3{rl!P)#ztpV%xugm"
        "oKPGc+q$)F!o0<+*RD=)*mH8%vg0#XtX}f}00TD%&;m|IMnQ)EM;JsI7#SH*0Si!AQGkJwnTZ`qiiwd$kb#+1NKq*yaq`9gw-`7;"
        "8toZO9S+ab{UoV+J69=XvFEErXZ|zHcz$Ky_5U{k3Z^;N"
    ),
    "colour": (
        "c-s4a<Ns|2X9j5@5pfYgX>l=eIT>jM4JU04RaK2ZD_aAngwWKK_|Vwstcsb9S%njdqhnjQwoRC~c=g)V=?!~M?pk(y=8DxzK!z~N"
        "$jNCaYxrqv`z^_f&09h;_<w*wkb{APfs>h0iGfLwky()O{}BdJ21Z5(RKNlhmJwiJVq#)O5@lp!U=~^^9Fz#s#E7AZ2`DTj$bhN`"
        "q)ACoNb&zI1|DWcpry=$4E78PqO%SQtd3*c8?dzROnckATY^H9?i%jaSb60CO#swMUNH"
    ),
    "scans": (
        "c-s4a<Ns|2X9j5@5pfYgX>l=eIT>jM4JU04RaK2ZD_aAngwWKK_|Vwstcsb9S%njdqhnjQwoRC~c=g)V=?!~M?pk(y=8DxzK!z~N"
        "$jNCaYxrqv`z^_f&09h;_<x8&kb{APfs>h0iGfLwky()O{}BdJ21Z5(RKN@pX2cL?{C|sqhnbOqNq|`Z$a7c^R3<LK$iR%IOwbUh"
        "kOQclk(KGFH%O5nx*|pfs3K-YMtjCBCxME@1knv*U{nOFVFIZM0Vxr{uuC8jY8RV5lVCkijg$Zb6BDW`K}JQ##6p;x>=k>aa{QRN"
        "2j&^Dkpj$M7ohuDkU<gdN&&TQ9IkYPyHa4YJy4A#FicRL0Q7F+!Vhp42q<wZJfXU+fb;)N08^WPZv"
    ),
    "ink": (
        "c-s4a<NrGbKF5^&q*R6!1|VSif1AOXL0U*eTtrY>TufX}Mp{9`Nn1lzRU^>K*1#ztG&LnYG&VY`VrFAj;e_Jo*w(FW6Xq>my>@ka"
        "!=977mK~qDV)YV`A&fF|avI7Se%ji8OY&m#mXHkoA7BvSU;siEMnMK9K}KdlMixPa|3?@^85kKEPyr)QSXqF9iIItg9Z8glnL$uU"
        "(a^{-u&}Xd;zE#KMyz^e1sNDvSy6?V1V1nvIxf8U{}uxu3nS14%z`Wo4E7A3#tm;yo?T~i;{2{ZD?9=>dzZ+~>hsA6wwWk)oNI$G"
        "gV`<rIKlq3{r_(Q03VBOy8"
    ),
}


def jpegs():
    for name, text in JPEGS.items():
        yield name, zlib.decompress(base64.b85decode(text))


def chunk(name, data):
    return struct.pack(">H", len(data)) + name + data


def png(width, height, depth, kind, rows, *more, interlace=0):
    """Chunks without checksums, which the target adds."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace)
    chunks = [("IHDR", head), *more, ("IDAT", zlib.compress(rows)), ("IEND", b"")]
    return b"\1" + b"".join(chunk(name.encode(), data) for name, data in chunks)


def pictures():
    colours = ("PLTE", bytes(range(9)))
    yield "grey", png(3, 2, 8, 0, b"\0abc\1def")
    yield "bits", png(9, 1, 1, 0, b"\0ab")
    yield "deep", png(1, 1, 16, 2, b"\0abcdef")
    yield "palette", png(4, 1, 2, 3, b"\0\x1b", colours, ("tRNS", b"\0\x80"))
    yield "alpha", png(2, 1, 8, 6, b"\0abcdefgh")
    yield "grey-alpha", png(1, 1, 16, 4, b"\0abcd")
    yield "key", png(2, 1, 8, 0, b"\0ab", ("tRNS", b"\0a"))
    yield "interlaced", png(2, 2, 8, 0, b"\0a\0b\0cd", interlace=1)
    yield "bomb", png(30000, 30000, 8, 2, b"")
    for name, data in jpegs():
        yield f"jpeg-{name}", b"\0" + data
    yield "gif", b"\0GIF89a"


def archive(*entries, method=zipfile.ZIP_DEFLATED, wide=False):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as z:
        for name, data in entries:
            with z.open(zipfile.ZipInfo(name), "w", force_zip64=wide) as out:
                out.write(data)
    return file.getvalue()


def archives():
    yield "stored", archive(("a.png", b"abc"), ("b/", b""), method=zipfile.ZIP_STORED)
    yield "deflated", archive(("a/b.png", b"a" * 100), ("../c.jpg", b"abc"))
    yield "wide", archive(("a", b"a" * 100), wide=True)
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 0, 0, 0, 0)
    locator = struct.pack("<IIQI", 0x07064B50, 0, 0, 1)
    yield "zip64", end64 + locator + b"PK\5\6" + b"\0" * 4 + b"\xff" * 12 + b"\0\0"
    yield "comment", archive(("a", b"a"))[:-2] + b"\4\0PK\5\6"
    yield "empty", b"PK\5\6" + bytes(18)
    yield "none", b"hello"
