"""Saved views on the page: made, shown and deleted, with a script and without one."""

from playwright.sync_api import expect

from support import log_in


def views(person):
    return {view["name"]: view["query"] for view in person.gets("/api/views").json()}


def test_a_search_becomes_a_view_and_ends_again(browser, alice):
    alice.adds("Water the plants", tags=["home"])
    alice.adds("Water polo")
    browser.logs_in(alice)
    here = "/dashboard?tag=home&q=water&sort=due"
    assert "Save this view" in browser.get(here).text
    answer = browser.submits("/views", on=here, here=here, name="Wet & <home>")
    assert answer.status_code == 303 and "notice=view-saved" in answer.headers["location"]
    assert views(alice) == {"Wet & <home>": "completed=false&tag=home&q=water&sort=due"}
    page = browser.get(answer.headers["location"]).text
    assert "View saved." in page and "Save this view" not in page and "Delete this view" in page
    assert "Wet &amp; &lt;home&gt;" in page and "Water polo" not in page

    [view] = alice.gets("/api/views").json()
    answer = browser.submits(f"/views/{view['id']}/delete", on=here, here=here)
    assert answer.status_code == 303 and "notice=view-deleted" in answer.headers["location"]
    assert views(alice) == {}
    undo = answer.headers["location"].rpartition("undo=")[2].partition("&")[0]
    assert browser.submits("/undo", on=here, undo=undo).status_code == 303
    assert list(views(alice)) == ["Wet & <home>"]


def test_names_that_cannot_be_taken_are_explained_in_place(browser, alice):
    browser.logs_in(alice)
    here = "/dashboard?sort=due"
    assert browser.submits("/views", on=here, here=here, name="Soon").status_code == 303
    here = "/dashboard?sort=priority"
    for name, sentence in [("", "Enter a name."), ("soon", "A view with this name already exists."), ("x" * 101, "100 characters")]:
        answer = browser.submits("/views", on=here, here=here, name=name)
        assert answer.status_code == 422 and sentence in answer.text, (name, answer.text[:0])
        assert f'value="{name}"' in answer.text
    assert list(views(alice)) == ["Soon"]


def test_parts_with_a_place_of_their_own_are_not_saved(browser, alice):
    browser.logs_in(alice)
    for here in ["/dashboard", "/dashboard?view=today", "/dashboard?list=inbox", "/dashboard?view=trash"]:
        assert "Save this view" not in browser.get(here).text, here
        assert browser.submits("/views", on="/dashboard", here=here, name="Mine").status_code == 400, here
    assert views(alice) == {}


def test_another_users_view_is_not_found(browser, alice, bob):
    view = alice.posts("/api/views", {"name": "Hers", "query": "sort=due"}).json()
    browser.logs_in(bob)
    assert browser.submits(f"/views/{view['id']}/delete", on="/dashboard").status_code == 404
    assert list(views(alice)) == ["Hers"]


def test_views_made_by_the_api_open_with_their_filters(browser, alice):
    alice.adds("open one", tags=["home"])
    alice.adds("done one", tags=["home"], completed=True)
    shows = {
        "view=done": {"done one"}, "tag=home&completed=true": {"done one"}, "tag=home&completed=false": {"open one"},
        "tag=home": {"open one", "done one"}, "q=one": {"open one", "done one"}, "view=anytime": {"open one"},
    }
    for number, query in enumerate(shows):
        assert alice.posts("/api/views", {"name": f"View {number}", "query": query}).status_code == 201
    browser.logs_in(alice)
    page = browser.get("/dashboard")
    for number, (query, titles) in enumerate(shows.items()):
        address = page.text.partition(f"<bdi>View {number}</bdi>")[0].rpartition('href="')[2].partition('"')[0]
        shown = browser.get(address.replace("&amp;", "&")).text
        assert {title for title in ["open one", "done one"] if f">{title}</a>" in shown} == titles, query


def test_a_view_is_saved_from_the_menu(open_page, alice):
    alice.adds("Water the plants", tags=["home"])
    page = open_page()
    log_in(page, alice)
    page.goto("/dashboard?tag=home&sort=due")
    page.locator("#lists-menu > summary").click()
    page.get_by_text("Save this view", exact=True).click()
    page.locator("#new-view-name").fill("Home, soon")
    page.get_by_role("button", name="Save view").click()
    expect(page.locator("#notice")).to_contain_text("View saved.")
    page.locator("#lists-menu > summary").click()
    expect(page.get_by_role("link", name="Home, soon")).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Delete this view").click()
    expect(page.locator("#notice")).to_contain_text("View deleted.")
    assert views(alice) == {}
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#notice")).to_contain_text("Undone")
    assert views(alice) == {"Home, soon": "completed=false&tag=home&sort=due"}
