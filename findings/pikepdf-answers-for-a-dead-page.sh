#!/usr/bin/env bash
# pikepdf 10.17.0: a page whose document is no longer referenced.
#
# Behaviour: `page.obj.get("/Rotate", 0)` answers 0 for a page that is turned by 90 degrees, without
#            an error, when nothing holds the document any more: for example when a function opens
#            a PDF and returns its first page. The catalogue and the document information do the
#            same, so a right-to-left book has no direction and a titled one no title.
# Expected:  an error. Every other way to ask the same dead object raises one: `obj["/Rotate"]`,
#            `obj.Rotate`, `"/Rotate" in obj`, `page.get("/Rotate", 0)`, `page.mediabox`. While the
#            document is merely closed, the old value is answered.
# Seen:      closed but held: 90, not held: 0; the other accesses: ValueError, PdfError
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check pikepdf==10.17.0

cat > ask.py <<'PY'
import pikepdf


def first_page() -> pikepdf.Page:
    """Open the book and return its first page; the document itself is let go."""
    return pikepdf.open("book.pdf").pages[0]


def failure(ask: object) -> str:
    """Return the name of the error that an access raises."""
    try:
        ask()
    except (ValueError, pikepdf.PdfError) as error:
        return type(error).__name__
    return "none"


book = pikepdf.new()
book.add_blank_page(page_size=(100, 200))
book.pages[0].obj.Rotate = 90
book.Root.PageLayout = pikepdf.Name.TwoPageRight
book.docinfo["/Title"] = "Lanterns"
book.save("book.pdf")

held = pikepdf.open("book.pdf")
page_of_held = held.pages[0]
assert page_of_held.obj.get("/Rotate", 0) == 90
held.close()
closed = page_of_held.obj.get("/Rotate", 0)

dead = first_page()
answer = dead.obj.get("/Rotate", 0)
layout = pikepdf.open("book.pdf").Root.get("/PageLayout", "none")
title = pikepdf.open("book.pdf").docinfo.get("/Title", "none")
print(f"closed but held: {closed}, not held: {answer}, layout: {layout}, title: {title}")
assert (closed, answer, layout, title) == (90, 0, "none", "none")

failures = {
    'obj["/Rotate"]': failure(lambda: dead.obj["/Rotate"]),
    "obj.Rotate": failure(lambda: dead.obj.Rotate),
    "in": failure(lambda: "/Rotate" in dead.obj),
    "page.get": failure(lambda: dead.get("/Rotate", 0)),
    "page.mediabox": failure(lambda: dead.mediabox),
}
print(failures)
assert set(failures.values()) == {"ValueError", "PdfError"}
PY
venv/bin/python ask.py
