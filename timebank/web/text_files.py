"""Texts as files to download."""

from fastapi.responses import Response


def text_response(name: str, text: str, *, kind: str = "text/plain") -> Response:
    """A text in UTF-8 to download; `name` is ASCII and has its ending."""
    return Response(
        text.encode(),
        media_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
