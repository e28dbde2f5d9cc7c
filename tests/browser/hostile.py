"""Text that tries to be more than text, and a cell that puts it wherever a run has text."""

from __future__ import annotations

HURT = "top.pwned=1"
ELSEWHERE = "http://pwned.invalid"

PAYLOADS = {
    "script": f"<script>{HURT}</script>",
    "closed script": f"</script></style></textarea><script>{HURT}</script>",
    "image": f"<img src={ELSEWHERE}/i.png onerror={HURT}>",
    "svg": f"<svg onload={HURT}><image href='{ELSEWHERE}/s.png'/></svg>",
    "attribute": f"\"'><img src=x onerror={HURT}><a title='",
    "link": f"javascript:{HURT}",
    "markdown": f"[click](javascript:{HURT}) ![i]({ELSEWHERE}/m.png) <{ELSEWHERE}>",
    "frame": f"<iframe srcdoc='<script>{HURT}</script>'></iframe><base href={ELSEWHERE}>",
    "style": f"<style>*{{display:none;background:url({ELSEWHERE}/c.png)}}</style>",
    "css": f"red;background:url({ELSEWHERE}/u.png);position:fixed;inset:0",
    "templates": f"{{{{constructor.constructor('{HURT}')()}}}} ${{{HURT}}} <%= 1 %> #{{1}} %(x)s",
    "quotes": "a`b'c\"d\\e`; DROP TABLE runs; --",
    "properties": "__proto__ constructor toString",
    "right to left": "abc \u202e\u2066gpj.exe\u2069 \u200f\u061c עברית العربية",
    "invisible": "a\u200b\u200d\u2060\ufeff\u00ad\u034fb\u0301\u0301\u0301\u0301\u0301\u0301",
    "emoji": "👩🏽\u200d🚀🏳️\u200d🌈 \U0001f9ec ﷽ ﷽",
    "newlines": f"first\nsecond\r\nthird\ttab\n\n\n<b onclick={HURT}>end",
    "controls": "bell\x07 escape\x1b[31mred\x1b[0m back\x08 form\x0c del\x7f",
    "long": "W" * 10_000,
    "long line": "word " * 2_000,
}

RECORD = f"""%load_ext nbtrack
import os
import re
import nbtrack

PAYLOADS = {PAYLOADS!r}

def key(text):  # what keys and file names may be
    return re.sub(r"[\\x00-\\x1f\\x7f]", " ", text)[:240]

def file_name(text):
    return re.sub(r"[^\\w<>=(){{}}'\\";:,. -]", "_", key(text)).strip(". ")[:60] or "none"

def record(text):
    os.environ["JUPYTERHUB_USER"] = text
    texts = {{key(text): text, "same": text}}
    with nbtrack.start_run(text, experiment=key(text), params=texts, tags=texts) as run:
        for step in range(3):
            run.log_metric(key(text), step)
        run.set_description(text)
        run.log_dataset([text], key(text), context=key(text)[:40], keep=False)
        run.log_text(text, "plain/" + file_name(text) + ".txt")
        run.log_text("<html><body>" + text, "page " + file_name(text) + ".html")
        run.log_text("<svg xmlns='http://www.w3.org/2000/svg'>" + text + "</svg>", "drawing.svg")
        run.log_text(text + "," + text + "\\n" + text, "table.csv")
        run.log_dict({{key(text): text}}, "data.json")
        print(text)
        raise ValueError(text)

for text in PAYLOADS.values():
    try:
        record(text)
    except ValueError:
        pass
"""
"""One run for each payload, each in an experiment of its own."""
