"""An administrator at the dashboard, in Chromium. Says what was done, a line each; ends with 0 when all of it worked.

usage: dashboard_flow.py FACTS      a JSON object: url, email, password, secret, codes, letters, pictures
"""

import asyncio
import json
import os
import sys

import pyotp

from browser import AUDIT, Browser

facts = json.loads(sys.argv[1])
text = "document.querySelector('#page').innerText"


def say(*words):
    print(*words, flush=True)


async def sign_in(browser):
    await browser.open(facts["url"] + "/dashboard")
    await browser.fill("input[name=email]", facts["email"])
    await browser.fill("input[name=password]", "not the password")
    await browser.button("Sign in")
    await browser.until("document.querySelector('.problem:not([hidden])')?.innerText.includes('wrong')", "a wrong password is refused")
    await legible(browser, "sign-in")
    await browser.fill("input[name=password]", facts["password"])
    await browser.button("Sign in")
    await browser.fill("input[name=code]", pyotp.TOTP(facts["secret"]).now())
    await browser.button("Go on")
    await browser.until("document.querySelector('#live')?.dataset.state === 'live'", "events arrive")
    assert await browser.js("document.cookie") == "", "scripts see no cookie"
    say("signed in")


async def watch_a_chart(browser):
    line = "document.querySelector('[data-chart=Backlog] .line')?.getAttribute('d')"
    seen = {await browser.until(line, "a line is drawn")}
    for _ in range(2):
        known = json.dumps(sorted(seen))
        seen.add(await browser.until(
            f"(() => {{ const line = {line}; return line && !{known}.includes(line) ? line : null }})()", "the chart moves"))
    say("a chart moves")


async def find_a_letter(browser):
    await browser.go("dead?view=letters")
    await browser.until("document.querySelectorAll('#page tbody tr').length === 50", "a page of letters")
    await browser.until(f"document.querySelector('#dead-count').textContent.startsWith('{facts['letters'] + 1:,}')", "they are counted")
    await browser.fill("input[name=text]", "zanzibarian needle")
    await browser.button("Search")
    await browser.until("document.querySelectorAll('#page tbody tr').length === 1", "one letter has these words")
    await browser.js("document.querySelector('#page tbody tr').click()")
    await browser.until(f"{text}.includes('Haystack') && {text}.includes('needle.find')", "the letter is shown")
    say("found the needle")


async def retry_many(browser):
    await browser.go("dead")
    await browser.press("button[aria-label='retry all probe.nap']")
    await browser.js("document.querySelector('dialog select[name=rate]').value = '1000'")
    await browser.press("#ask-yes")
    await browser.fill("#check input", "000000")
    await browser.button("Confirm", "#check")
    await browser.until("document.querySelector('#check .problem:not([hidden])')", "a wrong code does not count")
    await browser.fill("#check input", facts["codes"][0])
    await browser.button("Confirm", "#check")
    bar = "Number(document.querySelector('#page tbody tr [role=progressbar]')?.getAttribute('aria-valuenow') ?? -1)"
    await browser.until(f"{bar} > 0", "progress is shown")
    await browser.until(f"document.querySelector('#page tbody tr')?.innerText.includes('done')", "all are retried")
    say("retried", await browser.js("document.querySelector('#page tbody tr').innerText.replace(/\\s+/g, ' ')"))


async def pause_a_queue(browser):
    await browser.go("queues/naps")
    await browser.button("Pause", "#control")
    await browser.press("#ask-yes")
    await browser.until("document.querySelector('#control').innerText.includes('paused')", "the queue is paused")
    await browser.js("document.activeElement.blur()")
    await browser.button("Resume", "#control")
    await browser.until("!document.querySelector('#control').innerText.includes('paused')", "the queue goes on")
    say("paused a queue")


async def run_cron(browser):
    await browser.go("cron")
    name = await browser.until("document.querySelector('#page tbody tr')?.dataset.key", "entries are listed")
    await browser.press("button[data-act=run]")
    await browser.go("cron/" + name)
    await browser.until(f"{text}.includes('asked for')", "the run is in the history")
    say("ran", name)


async def use_keys(browser):
    await browser.js("document.activeElement.blur()")
    await browser.key("?")
    await browser.until("document.querySelector('#help[open]')", "the keys are shown")
    await browser.key("Escape")
    await browser.until("!document.querySelector('#help')", "Escape closes them")
    await browser.key("g")
    await browser.key("a")
    await browser.until("location.hash === '#/audit'", "g a goes to the audit log")
    await browser.until(f"{text}.includes('/queues/naps/pause') && {text}.includes('/dead/operations')", "what was done is audited")
    say("used keys")


async def lose_the_connection(browser):
    await browser.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    await browser.until("document.querySelector('#live').dataset.state === 'lost' && !document.querySelector('#banner').hidden", "a lost connection is shown")
    await browser.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    await browser.until("document.querySelector('#live').dataset.state === 'live'", "it comes back")
    say("lost the connection, and found it again")


PAGES = {
    "overview": "", "queues": "queues", "queue": "queues/naps", "workers": "workers", "jobs": "jobs", "dead": "dead", "letters": "dead?view=letters",
    "operations": "dead?view=operations", "cron": "cron", "batches": "batches", "payments": "payments", "reconciliations": "payments?view=reconciliations",
    "ledger": "ledger", "audit": "audit",
}


async def legible(browser, name):
    for theme in ("light", "dark"):
        await browser.theme(theme)
        await browser.until(f"document.documentElement.dataset.theme === '{theme}'", f"{name} is {theme}")
        faults = await browser.js(AUDIT)
        assert not faults, f"{name}, {theme}: " + "\n".join(faults)


async def look_at_all(browser):
    # The narrow one finds more.
    for size in ((1440, 900), (390, 844)) if facts["letters"] > 10_000 or facts.get("pictures") else ((390, 844),):
        await browser.size(*size)
        for name, path in PAGES.items():
            await browser.go(path)
            await browser.until("document.querySelector('#page .panel')", f"{name} is shown")
            await browser.until("[...document.querySelectorAll('#page .empty, #page tbody tr, #page .line, #page rect')].length > 0", f"{name} has something to show")
            await legible(browser, f"{name} {size[0]}")
            if folder := facts.get("pictures"):
                for theme in ("light", "dark"):
                    await browser.theme(theme)
                    await asyncio.sleep(0.3)
                    await browser.picture(os.path.join(folder, f"{name}-{size[0]}-{theme}.png"))
    say("looked at", len(PAGES), "pages")


async def main():
    async with Browser() as browser:
        await browser.size(1440, 900)
        await sign_in(browser)
        size = await browser.js("performance.getEntriesByType('resource').filter(e => e.name.includes('/dashboard/')).reduce((sum, e) => sum + e.decodedBodySize, 0)")
        assert 0 < size < 200_000, size
        for step in (watch_a_chart, find_a_letter, retry_many, pause_a_queue, run_cron, use_keys, lose_the_connection, look_at_all):
            await step(browser)
        await browser.press("button[aria-label='Sign out']")
        await browser.until("document.querySelector('input[name=email]')", "signed out")
        outside = [url for url in browser.requests if not url.startswith((facts["url"], "data:", "about:", "chrome:"))]
        assert not outside, outside
        assert not browser.complaints, browser.complaints
        say("all is well;", size, "bytes")


asyncio.run(main())
