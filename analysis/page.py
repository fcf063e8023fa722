"""The pieces of report.html: tables, figures, sections, and the page that holds all they need."""

import base64
import html
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
SCRIPTS = ("report.js", "tree_view.js", "explorer.js", "viewer.js")
FIGURE_BYTES = 8_000_000  # of all figures in the page; those beyond are only named
SAFE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"  # no request leaves the page


@dataclass
class Cell:
    """What a table cell shows, and the number by which it is sorted."""

    text: str
    value: float


def number(value, digits=3):
    if value is None or np.isnan(value):
        return "–"
    return f"{int(value)}" if float(value).is_integer() and abs(value) >= 1 else f"{value:.{digits}f}"


def interval(value, low, high, digits=3):
    """A number with its uncertainty."""
    if np.isnan(low) or np.isnan(high):
        return Cell(number(value, digits), value)
    return Cell(f"{number(value, digits)} ({low:.{digits}f} to {high:.{digits}f})", value)


def probability(value):
    if np.isnan(value):
        return Cell("–", value)
    return Cell(f"{value:.4f}" if value >= 0.0001 else "< 0.0001", value)


def data_cell(value, tag="td", digits=3):
    end = tag.split()[0]
    if isinstance(value, Cell):
        return f'<{tag} data-value="{value.value}">{html.escape(value.text)}</{end}>'
    if isinstance(value, (int, float, np.number)):
        return f'<{tag} data-value="{value}">{html.escape(number(value, digits))}</{end}>'
    return f'<{tag} class="text">{html.escape(str(value))}</{end}>'


def table(columns, rows, caption, digits=3, note=""):
    """Sortable; the first cell of each row is its header."""
    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in columns)
    body = "".join("<tr>" + data_cell(row[0], 'th scope="row"', digits) + "".join(data_cell(value, digits=digits) for value in row[1:]) + "</tr>\n"
                   for row in rows)
    text = html.escape(caption) + (f" <span>{html.escape(note)}</span>" if note else "")
    return (f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(caption)}"><table class="sortable"><caption>{text}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>")


def encoded(path, photos):
    """A figure for the page: pictures with photos as JPEG, diagrams with few colours as PNG, which is a third of their size."""
    picture = Image.open(path).convert("RGB")
    stream = io.BytesIO()
    if photos:
        picture.thumbnail((2000, 4000))
        picture.save(stream, "JPEG", quality=80)
        return "image/jpeg", stream.getvalue()
    picture.quantize(96, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return "image/png", stream.getvalue()


class Figures:
    """Embeds figures as long as the page stays small enough to send by mail."""

    def __init__(self, limit=FIGURE_BYTES):
        self.left = limit

    def figure(self, path, caption, photos=False):
        kind, data = encoded(path, photos)
        text = html.escape(caption)
        wide = ' class="wide"' if photos else ""
        if len(data) > self.left:
            return f"<figure{wide}><figcaption>{text} Left out to keep this page small: figures/{html.escape(path.name)}.</figcaption></figure>"
        self.left -= len(data)
        uri = f"data:{kind};base64,{base64.b64encode(data).decode()}"
        return f'<figure{wide}><img src="{uri}" alt="{text}"><figcaption>{text}</figcaption></figure>'


def gallery(figures):
    return f'<div class="gallery">{"".join(figures)}</div>' if figures else ""


def fold(title, parts, is_open=False):
    return f'<details{" open" if is_open else ""}><summary>{html.escape(title)}</summary>{"".join(parts)}</details>' if parts else ""


def paragraph(text):
    return f"<p>{text}</p>"


@dataclass
class Section:
    key: str  # of the link to it
    title: str
    parts: list

    def render(self):
        body = "\n".join(self.parts)
        head = f'<h2 id="{self.key}-title">{html.escape(self.title)}</h2>'
        return f'<section id="{self.key}" aria-labelledby="{self.key}-title">{head}\n{body}\n</section>'


def script_data(data):
    """JSON that can neither end the script element which holds it nor open a comment that swallows its end."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="data">{text}</script>'


def page(title, lead, sections, data, scripts=SCRIPTS):
    sections = [section for section in sections if any(section.parts)]
    links = "".join(f'<li><a href="#{section.key}">{html.escape(section.title)}</a></li>' for section in sections)
    style = (HERE / "report.css").read_text(encoding="utf-8")
    code = "".join(f"<script>\n{(HERE / name).read_text(encoding='utf-8')}</script>\n" for name in scripts)
    body = "\n".join(section.render() for section in sections)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{SAFE}"><title>{html.escape(title)}</title><style>
{style}</style></head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><h1>{html.escape(title)}</h1><p class="lead">{lead}</p>
<label class="theme">Colours <select id="theme">
<option value="">as the system</option><option value="light">light</option><option value="dark">dark</option>
</select></label></header>
<nav aria-label="Contents"><ol>{links}</ol></nav>
<main id="main">
{body}
</main>
<dialog id="zoom" aria-label="Figure, enlarged"><form method="dialog"><button>Close</button></form><img alt=""></dialog>
{script_data(data)}
{code}</body></html>
"""
