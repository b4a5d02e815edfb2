import matplotlib
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from emotions.fonts import drawable, use_fonts_for


@pytest.fixture(autouse=True)
def _own_settings():
    with matplotlib.rc_context():
        yield


@pytest.fixture
def installed(monkeypatch):
    """The fonts that matplotlib brings along, and no others; a list to add to."""
    fonts = [entry for entry in font_manager.fontManager.ttflist if "mpl-data" in entry.fname]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts)
    return fonts


def font_with(character: str, name: str, folder) -> font_manager.FontEntry:
    """Return a font of one glyph, a triangle."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "one"])
    builder.setupCharacterMap({ord(character): "one"})
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 800))
    pen.lineTo((900, 0))
    pen.closePath()
    builder.setupGlyf({".notdef": pen.glyph(), "one": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "one": (1000, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(folder / f"{name}.ttf")
    return font_manager.FontEntry(fname=str(folder / f"{name}.ttf"), name=name)


def test_names_that_the_own_font_has_need_no_other(installed):
    assert use_fonts_for(["joy", "Freude", "χαρά"]) == set()
    assert matplotlib.rcParams["font.family"] == ["DejaVu Sans"]


def test_a_character_that_no_font_has_is_escaped(installed):
    missing = use_fonts_for(["开心", "joy"])
    assert missing == {"开", "心"}
    assert drawable("开心 joy", missing) == r"\u5f00\u5fc3 joy"


def test_a_font_that_has_it_is_used(installed, tmp_path):
    installed += [font_with("开", "Second", tmp_path), font_with("开", "First", tmp_path)]
    assert use_fonts_for(["开", "心"]) == {"心"}
    assert matplotlib.rcParams["font.family"] == ["DejaVu Sans", "First"], "by name: the same each time"


def test_what_shows_nothing_is_escaped_and_a_dollar_is_no_formula(installed):
    missing = use_fonts_for(["a\x1b[31mb", "$x$"])
    assert drawable("a\x1b[31mb", missing) == r"a\x1b[31mb"
    assert drawable("$x$", missing) == "$x$"
    assert matplotlib.rcParams["text.parse_math"] is False
