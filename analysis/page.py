"""report.html: one file that opens offline, readable in light and dark and on paper."""

import base64
import html

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fdfdfc; --line: #c9c9c4; --soft: #f1f1ee; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e4; --paper: #18191b; --line: #4a4b4e; --soft: #232427; } }
body { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } figure { margin: 1.5rem 0; } figcaption { font-size: .9rem; }
img { max-width: 100%; background: white; border: 1px solid var(--line); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: right; } th { background: var(--soft); text-align: left; }
@media print { body { max-width: none; } figure { break-inside: avoid; } }
"""


def table(frame, caption, digits=4):
    """A DataFrame as an HTML table with row headers."""
    def cell(value):
        return f"{value:.{digits}f}" if isinstance(value, float) else html.escape(str(value))

    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in frame.columns)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(name))}</th>' + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>"
        for name, row in zip(frame.index, frame.itertuples(index=False)))
    return f'<div class="scroll"><table><caption>{html.escape(caption)}</caption><tr><td></td>{head}</tr>{rows}</table></div>'


def figure(path, caption):
    data = base64.b64encode(path.read_bytes()).decode()
    text = html.escape(caption)
    return f'<figure><img src="data:image/png;base64,{data}" alt="{text}"><figcaption>{text}</figcaption></figure>'


def page(title, parts):
    body = "\n".join(parts)
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n<body>\n<h1>{html.escape(title)}</h1>\n{body}\n</body></html>\n")
