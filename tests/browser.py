"""A real browser at a real service: uvicorn on a free port, Debian's Chromium driven by Playwright."""

import asyncio
import contextlib
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The service's address while the block runs; it has the clock of whoever starts it."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
        if running.done():
            running.result()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await running
        listening.close()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium; skips nothing: without one the test fails and says how to install it."""
    path = os.environ.get("TIMEBANK_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.fail("no browser: apt-get install chromium fonts-noto-cjk, or set TIMEBANK_BROWSER")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        await browser.close()


async def sign_in(page: Page, url: str, user_name: str, password: str) -> None:
    """Sign a staff member in through the page."""
    await page.goto(f"{url}/sign-in")
    await page.get_by_label("登录名").fill(user_name)
    await page.locator("form[action='/sign-in/staff'] #f-password").fill(password)
    await page.locator("form[action='/sign-in/staff'] button").click()
    await page.wait_for_url(lambda address: "/sign-in" not in address)


async def picture(page: Page, name: str, *, whole: bool = True) -> Path:
    """Keep what the page looks like, for people to see, in `build/screenshots`; or only what fits the window."""
    folder = Path("build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    await page.screenshot(path=path, full_page=whole)
    return path


_WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL = """([within, least]) => [...document.querySelectorAll(within)].filter(e => e.checkVisibility())
  .map(e => [e.innerText || e.name, e.getBoundingClientRect().height]).filter(([_, height]) => height < least)"""
_SMALL_TEXT = """() => [...document.querySelectorAll('main.elder *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility())
  .map(e => [e.innerText, parseFloat(getComputedStyle(e).fontSize)]).filter(([_, size]) => size < 20)"""
_CONTROLS = "main button, main a.button, main select, main input:not([type=hidden]):not([type=checkbox]):not([type=radio])"


async def fits_an_elder(page: Page) -> None:
    """Nothing is cut off, no letter is smaller than 20 px, and nothing to press lower than 60 px."""
    assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0, page.url
    controls = f"{_CONTROLS}, main a.entry, main summary.button, main label.box"
    assert await page.evaluate(_SMALL, [controls, 60]) == [], page.url
    assert await page.evaluate(_SMALL_TEXT) == [], page.url


async def fits_a_desk(page: Page) -> None:
    """Nothing is cut off, and nothing to press is lower than 44 px."""
    assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0, page.url
    assert await page.evaluate(_SMALL, [_CONTROLS, 44]) == [], page.url
