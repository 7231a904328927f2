"""Without a connection, in Chromium: the list as it was last seen, and changes that wait and are sent once."""

import re

import pytest
from playwright.sync_api import Error, expect

from accessibility import assert_is_accessible
from connection import Connection
from list_page import completed, new_task, row
from support import ASSETS, Held, log_in, opens_list, pastes, signs_out, wait_until, wait_until_page

PUBLIC = ASSETS / "Public"


@pytest.fixture
def connection(server):
    with Connection(server.port) as connection:
        yield connection


@pytest.fixture
def page(open_page, alice, connection):
    page = opens_list(lambda: open_page(base_url=connection.url), alice, "third", "second", "first")
    is_ready(page)
    return page


def tick(page, title):
    row(page, title).locator("button.tick").click()


def adds(page, title):
    new_task(page).fill(title)
    new_task(page).press("Enter")


STORE = """name => new Promise((resolve, reject) => {
    const opening = indexedDB.open('latchkey');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
        const names = opening.result.objectStoreNames;
        if (!names.contains(name)) {
            opening.result.close();
            indexedDB.deleteDatabase('latchkey').onsuccess = () => resolve([]);
            return;
        }
        const all = opening.result.transaction(name).objectStore(name).getAll();
        all.onsuccess = () => { opening.result.close(); resolve(all.result); };
    };
})"""


def store(page, name) -> list:
    """What the browser keeps. A page that loads itself again meanwhile, as the connection is back, is asked again."""
    while True:
        try:
            return page.evaluate(STORE, name)
        except Error as error:
            if "Execution context was destroyed" not in error.message:
                raise
            page.wait_for_load_state()


def is_ready(page):
    """Waits until the list and the files are kept."""
    # The page gets its worker once it has been open for a while.
    wait_until(lambda: page.evaluate("caches.keys()") == ["latchkey"] and page.evaluate(
        "caches.match('/offline').then(Boolean)") and page.evaluate("navigator.serviceWorker.ready.then(Boolean)"),
        "the files")
    wait_until(lambda: store(page, "lists"), "the list")


def keeps_changes(page):
    """Waits until the page has what keeps them, which comes after a while."""
    wait_until(lambda: page.evaluate(
        "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/kept.js'))"), "the module that keeps changes")
    page.wait_for_timeout(300)


def test_the_list_is_shown_as_it_was_seen(page, connection, alice):
    connection.breaks(page.context)
    page.reload()
    expect(page.locator("#seen")).to_contain_text("There is no connection. This is the list as it was on")
    # Clear of the header, under which its corners would be cut.
    assert page.evaluate("document.getElementById('seen').offsetTop - document.querySelector('.top').offsetHeight") >= 8
    expect(page.locator(".task-title")).to_have_text(["first", "second", "third"])
    page.goto("/account")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    expect(page.get_by_text("These were kept:")).to_be_visible()
    assert_is_accessible(page)
    page.get_by_role("link", name="Tasks", exact=True).click()
    expect(page.locator(".task-title")).to_have_text(["first", "second", "third"])
    alice.adds("from elsewhere")
    connection.returns(page.context)
    expect(page.locator(".task-title")).to_have_text(["from elsewhere", "first", "second", "third"])
    expect(page.locator("#seen")).to_have_count(0)
    expect(page.get_by_label("Account", exact=True)).to_be_visible()


def test_changes_outlive_their_tab_and_are_sent_once(page, connection, alice):
    context = page.context
    connection.breaks(context)
    adds(page, "milk")
    expect(row(page, "milk")).to_contain_text("Waiting to be sent.")
    tick(page, "second")
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    expect(row(page, "second")).to_have_class(re.compile(r"\bdone\b"))
    row(page, "third").hover()
    page.get_by_role("button", name="Delete: third").click()
    expect(page.locator("#offline")).to_contain_text("3 changes are waiting.")
    # Another page shows them as well, and what is done there waits with them.
    page.reload()
    expect(page.locator(".unsaved")).to_have_count(3)
    tick(page, "first")
    expect(page.locator("#offline")).to_contain_text("4 changes are waiting.")
    wait_until(lambda: len(store(page, "changes")) == 4, "the changes")
    assert (alice.titles(), completed(alice)) == (["first", "second", "third"], [])
    page.close()

    connection.returns(context)
    later = context.new_page()
    later.goto("/dashboard")
    wait_until(lambda: store(later, "changes") == [], "an empty outbox")
    expect(later.locator(".task-title")).to_have_text(["milk"])
    assert sorted(alice.titles()) == ["first", "milk", "second"] and completed(alice) == ["first", "second"]
    assert later.evaluate("localStorage.waiting") is None


def test_what_was_undone_offline_is_not_sent(page, connection, alice):
    connection.breaks(page.context)
    tick(page, "second")
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    # A second click right away would be half of a double click.
    page.wait_for_timeout(500)
    tick(page, "second")
    expect(row(page, "second")).not_to_have_class(re.compile(r"\bdone\b"))
    wait_until(lambda: [change["url"].endswith("/reopen") for change in store(page, "changes")] == [True],
               "the later change in the place of the first")
    page.reload()
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    connection.returns(page.context)
    expect(page.locator("#seen")).to_have_count(0)
    wait_until(lambda: store(page, "changes") == [], "an empty outbox")
    assert completed(alice) == []


def test_a_task_whose_answer_was_lost_with_its_tab_is_added_once(page, alice):
    context = page.context

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/tasks", lose)
    adds(page, "milk")
    # The stream of changes may have shown the task as well.
    expect(page.locator(".row.unsaved")).to_contain_text("Waiting to be sent.")
    assert alice.titles()[0] == "milk"
    page.close()
    later = context.new_page()
    later.goto("/dashboard")
    wait_until(lambda: store(later, "changes") == [], "an empty outbox")
    assert alice.titles() == ["milk", "first", "second", "third"]


def addresses(page):
    """Those of the changes that are kept."""
    return sorted(change["url"].rpartition("/")[2] for change in store(page, "changes"))


def test_what_waits_for_its_turn_outlives_its_tab_as_well(page, alice):
    context = page.context
    held = Held(page, re.compile("/tasks$|/complete$"))
    for title in ["milk", "bread"]:
        adds(page, title)
    tick(page, "second")
    held.wait_for(2)
    page.wait_for_timeout(500)  # Longer than a double click.
    tick(page, "second")
    wait_until_page(page, lambda: addresses(page) == ["reopen", "tasks", "tasks"], "the changes")
    page.close()
    later = context.new_page()
    later.goto("/dashboard")
    wait_until(lambda: store(later, "changes") == [], "an empty outbox")
    assert alice.titles() == ["bread", "milk", "first", "second", "third"] and completed(alice) == []


def test_a_retry_sends_nothing_that_another_tab_has_sent(page, alice):
    page.route("**/complete", lambda route: route.abort())
    tick(page, "second")
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    other = page.context.new_page()
    other.goto("/dashboard?view=all")
    wait_until(lambda: store(other, "changes") == [], "an empty outbox")
    assert completed(alice) == ["second"]
    tick(other, "second")
    expect(other.locator("#notice")).to_contain_text("reopened.")
    page.unroute("**/complete")
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    row(page, "second").get_by_role("button", name="Retry").click()
    expect(page.locator(".unsaved")).to_have_count(0)
    expect(row(page, "second")).not_to_have_class(re.compile(r"\bdone\b"))
    assert (sent, completed(alice)) == ([], [])


def test_the_outbox_sends_nothing_over_a_later_change(page, alice):
    context = page.context
    page.route("**/complete", lambda route: route.abort())
    tick(page, "second")
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    page.close()
    later = context.new_page()
    # Before anything is sent, the page is fetched for its token.
    held = []
    later.route("**/dashboard", lambda route: held.append(route) if route.request.resource_type == "fetch" else route.continue_())
    later.goto("/dashboard")
    wait_until_page(later, lambda: held, "the request for the token")
    other = context.new_page()
    other.goto("/dashboard?view=all")
    expect(row(other, "second")).to_contain_text("Waiting to be sent.")
    tick(other, "second")
    expect(other.locator("#notice")).to_contain_text("reopened.")
    wait_until(lambda: store(other, "changes") == [], "an empty outbox")
    sent = []
    later.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    with later.expect_response("**/dashboard"):
        held[0].continue_()
    wait_until_page(later, lambda: later.evaluate(
        "navigator.locks.query().then(({ held }) => !held.some(({ name }) => name === 'latchkey-waiting'))"), "the end of the outbox")
    assert (sent, completed(alice)) == ([], [])


def test_a_new_task_waits_no_longer_once_the_outbox_has_sent_it(page, alice):
    page.route("**/tasks", lambda route: route.abort())
    adds(page, "milk")
    expect(row(page, "milk")).to_contain_text("Waiting to be sent.")
    page.unroute("**/tasks")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".unsaved, .pending")).to_have_count(0)
    expect(row(page, "milk")).to_have_count(1)
    assert alice.titles() == ["milk", "first", "second", "third"]
    wait_until(lambda: store(page, "changes") == [], "an empty outbox")


def test_a_change_to_selected_tasks_says_that_it_waits_and_is_sent(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    page.get_by_role("checkbox", name="first").check()
    page.get_by_role("checkbox", name="third").check()
    page.route("**/selected", lambda route: route.abort())
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Waiting to be sent.")
    assert addresses(page) == ["selected"] and completed(alice) == []
    page.unroute("**/selected")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert (store(page, "changes"), completed(alice)) == ([], ["first", "third"])


def test_what_is_not_kept_does_not_say_so(page, alice):
    page.goto("/dashboard?list=inbox")
    is_ready(page)
    page.route("**/move", lambda route: route.abort())
    row(page, "first").locator("button.tick").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_role("alert")).to_contain_text("Check the connection and try again.")
    wait_until(lambda: store(page, "changes") == [], "an empty outbox")


def test_changes_are_sent_under_their_own_account_only(page, connection, alice, bob):
    context = page.context
    connection.breaks(context)
    adds(page, "alice's own")
    tick(page, "second")
    expect(page.locator("#offline")).to_contain_text("2 changes are waiting.")
    context.clear_cookies()
    page.close()

    connection.returns(context)
    other = context.new_page()
    log_in(other, bob)
    is_ready(other)
    # Nothing that can be read of hers is left, and nothing of hers was sent.
    assert {kept["account"] for kept in store(other, "lists")} == {bob.id}
    assert bob.titles() == [] and alice.titles() == ["first", "second", "third"] and completed(alice) == []
    assert len(store(other, "changes")) == 2
    signs_out(other)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()

    log_in(other, alice)
    wait_until(lambda: store(other, "changes") == [], "an empty outbox")
    assert "alice's own" in alice.titles() and completed(alice) == ["second"]


def declines_to_sign_in(page):
    page.get_by_role("dialog", name="Sign in again").get_by_role("button", name="Not now").click()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()


def test_changes_of_a_session_that_has_ended_stay_for_the_next(page, alice):
    page.context.clear_cookies()
    tick(page, "second")
    declines_to_sign_in(page)
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    adds(page, "milk")
    page.get_by_role("dialog", name="Sign in again").get_by_role("button", name="Not now").click()
    expect(row(page, "milk")).to_contain_text("Waiting to be sent.")
    assert addresses(page) == ["complete", "tasks"]
    later = page.context.new_page()
    page.close()
    log_in(later, alice)
    wait_until(lambda: store(later, "changes") == [], "an empty outbox")
    assert completed(alice) == ["second"] and alice.titles() == ["milk", "first", "second", "third"]


def test_changes_stay_when_another_account_has_signed_in(page, alice, bob):
    page.context.clear_cookies()
    other = page.context.new_page()
    log_in(other, bob)
    tick(page, "second")
    expect(row(page, "second")).to_contain_text("Another account is signed in now.")
    assert addresses(page) == ["complete"] and completed(alice) == []
    signs_out(other)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    log_in(other, alice)
    row(page, "second").get_by_role("button", name="Retry").click()
    expect(page.locator(".unsaved")).to_have_count(0)
    wait_until(lambda: store(page, "changes") == [], "an empty outbox")
    assert completed(alice) == ["second"]


def test_a_dialog_to_sign_in_keeps_no_other_tab_waiting(page, alice):
    context = page.context
    cookies = context.cookies()
    other = context.new_page()
    # The time that a page waits for another one.
    other.add_init_script("""{
        const timeout = AbortSignal.timeout.bind(AbortSignal);
        AbortSignal.timeout = delay => timeout(delay / 10);
    }""")
    other.goto("/dashboard?view=all")
    keeps_changes(other)
    context.clear_cookies()
    tick(page, "second")
    expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
    # As after a sign-in in another tab.
    context.add_cookies(cookies)
    tick(other, "second")
    expect(row(other, "second")).to_contain_text("Waiting to be sent.")
    declines_to_sign_in(page)
    row(other, "second").get_by_role("button", name="Retry").click()
    expect(other.locator(".unsaved")).to_have_count(0)
    wait_until(lambda: store(other, "changes") == [], "an empty outbox")
    assert completed(alice) == ["second"]


def test_the_page_of_a_proxy_is_not_taken_for_another_account(page, alice):
    page.route("**/complete", lambda route: route.abort())
    tick(page, "second")
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    page.close()
    later = page.context.new_page()
    later.clock.install()
    later.route("**/dashboard", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")
                if route.request.resource_type == "fetch" else route.continue_())
    with later.expect_response(lambda answer: answer.status == 502):
        later.goto("/dashboard")
        later.clock.run_for(100)
    later.unroute("**/dashboard")
    expect(later.get_by_role("alert").filter(has_text="account")).to_have_count(0)
    later.wait_for_timeout(200)
    later.clock.run_for(31_000)
    wait_until(lambda: store(later, "changes") == [], "an empty outbox")
    assert completed(alice) == ["second"]


def test_pasted_tasks_keep_their_order(page, connection, alice):
    connection.breaks(page.context)
    # All in one millisecond.
    page.evaluate("const now = Date.now(); Date.now = () => now")
    titles = [f"line {number}" for number in range(8)]
    pastes(page, "\n".join(titles))
    page.get_by_role("button", name="Add 8 tasks").click()
    expect(page.locator(".unsaved")).to_have_count(8)
    wait_until(lambda: len(store(page, "changes")) == 8, "the changes")
    page.close()
    connection.returns(page.context)
    later = page.context.new_page()
    later.goto("/dashboard")
    wait_until(lambda: store(later, "changes") == [], "an empty outbox")
    assert alice.titles() == [*titles, "first", "second", "third"]


def test_a_move_that_another_tab_has_sent_does_not_wait_any_more(page, alice):
    page.goto("/dashboard?list=inbox")
    keeps_changes(page)
    page.route("**/move", lambda route: route.abort())
    moved = row(page, "first")
    moved.hover()
    moved.locator(".grip").hover()
    page.mouse.down()
    expect(moved).to_have_class("row dragged")
    box = row(page, "second").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2 + 4, steps=5)
    page.mouse.up()
    expect(moved).to_contain_text("Waiting to be sent.")
    other = page.context.new_page()
    other.goto("/dashboard")
    wait_until(lambda: store(other, "changes") == [], "an empty outbox")
    page.unroute("**/move")
    moved.get_by_role("button", name="Retry").click()
    expect(page.locator(".unsaved")).to_have_count(0)


def test_signing_out_asks_before_it_loses_changes(page, alice):
    page.route("**/complete", lambda route: route.abort())
    tick(page, "second")
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    signs_out(page)
    dialog = page.get_by_role("dialog", name="A change was not sent")
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_have_count(0)
    assert len(store(page, "changes")) == 1
    signs_out(page)
    dialog.get_by_role("button", name="Sign out and lose it").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert store(page, "changes") == store(page, "lists") == []
    assert completed(alice) == []


def saves_without_connection(page, connection) -> None:
    page.get_by_role("link", name="second").click()
    page.locator("#edit-title").fill("mine")
    connection.breaks(page.context)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".row.editing")).to_contain_text("Waiting to be sent.")


def test_a_text_that_was_changed_elsewhere_meanwhile_is_shown_beside_the_other(page, connection, alice):
    [task] = [task for task in alice.gets(alice.tasks).json() if task["title"] == "second"]
    saves_without_connection(page, connection)
    assert alice.asks("PATCH", f"{alice.tasks}/{task['id']}", json={"title": "theirs"}).status_code == 200
    wait_until(lambda: len(store(page, "changes")) == 1, "the change")
    page.goto("/dashboard")
    connection.returns(page.context)
    expect(page.get_by_role("alert")).to_contain_text("theirs")
    expect(page.locator("#edit-title")).to_have_value("mine")
    assert "theirs" in alice.titles() and "mine" not in alice.titles()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#notice")).to_contain_text("Changes saved.")
    assert "mine" in alice.titles() and store(page, "changes") == []


def test_an_edit_that_was_sent_later_does_not_come_back_over_a_newer_text(page, connection, alice):
    [task] = [task for task in alice.gets(alice.tasks).json() if task["title"] == "second"]
    saves_without_connection(page, connection)
    wait_until(lambda: len(store(page, "changes")) == 1, "the change")
    page.goto("/dashboard")
    connection.returns(page.context)
    expect(row(page, "mine")).to_be_visible()
    wait_until(lambda: store(page, "changes") == [], "an empty outbox")
    assert alice.asks("PATCH", f"{alice.tasks}/{task['id']}", json={"title": "newer"}).status_code == 200
    page.get_by_role("link", name="newer").click()
    expect(page.locator("#edit-title")).to_have_value("newer")


def test_a_server_that_is_away_is_waited_for(open_page, server, alice):
    page = opens_list(open_page, alice, "second", "first")
    is_ready(page)
    page.clock.install()
    page.route("**/*", lambda route: route.abort())
    tick(page, "second")
    expect(row(page, "second")).to_contain_text("Waiting to be sent.")
    page.unroute("**/*")
    page.clock.run_for(31_000)
    wait_until(lambda: completed(alice) == ["second"], "the tick")


def test_the_list_goes_with_its_session(page, alice):
    page.context.clear_cookies()
    page.goto("/dashboard")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    wait_until(lambda: store(page, "lists") == [], "the end of the list")


def test_another_tab_keeps_no_list_of_an_account_that_has_signed_out(page, alice):
    wait_until(lambda: store(page, "lists") != [], "a list")
    other = page.context.new_page()
    other.goto("/dashboard")
    expect(new_task(other)).to_be_visible()
    page.evaluate("import(document.querySelector('script[type=module]').src.replace('app.js', 'kept.js')).then(kept => kept.forgetLists())")
    other.evaluate("document.body.append(document.createElement('div'))")
    other.wait_for_timeout(1500)
    assert store(other, "lists") == []


def test_a_passing_visit_leaves_nothing_in_the_browser(open_page, alice):
    page = open_page()
    log_in(page, alice, stays=False)
    page.clock.install()
    page.clock.run_for(10_000)
    expect(new_task(page)).to_be_visible()
    assert page.evaluate("indexedDB.databases()") == [] and page.evaluate("caches.keys()") == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("Keep this page open until then.")


def test_a_store_that_could_not_be_opened_is_tried_again(page):
    """In a second copy of the module, which has not opened it yet."""
    assert page.evaluate("""async () => {
        const kept = await import(document.querySelector('script[type=module]').src.replace('app.js', 'kept.js?again'));
        const open = IDBFactory.prototype.open;
        IDBFactory.prototype.open = () => {
            const request = { error: new Error('Not now.') };
            queueMicrotask(() => request.onerror());
            return request;
        };
        const failed = await kept.lists().catch(error => error.message);
        IDBFactory.prototype.open = open;
        return [failed, (await kept.lists()).length];
    }""") == ["Not now.", 1]


def test_the_worker_keeps_all_modules_and_no_data(page, server):
    kept = page.evaluate("caches.open('latchkey').then(cache => cache.keys()).then(all => all.map(({ url }) => url))")
    names = {url.rpartition("/")[2] for url in kept}
    # Those of the documentation and of secrets that are shown once need a connection anyway, and the worker itself is
    # kept by the browser.
    modules = {path.name for path in PUBLIC.glob("*.js")} - {"copy.js", "docs.js", "passkeys.js", "try.js", "sw.js"}
    assert names == modules | {"app.css", "pages.css", "icon.svg", "offline"}
    answer = server.client.get("/sw.js")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-cache"
    answer = server.client.get("/offline")
    assert answer.status_code == 200 and "set-cookie" not in answer.headers
    assert "form_token" not in answer.text and "data-account" not in answer.text
