"""The account's page in a real Chromium, with and without JavaScript: name, picture, password, colours, devices,
and a deletion with its way back."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from support import PASSWORD, Browser, log_in, opens_account_menu, sqlite, wait_until

NEW = "another good password"


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request, open_page):
    return open_page(java_script_enabled=request.param)


def opens(page):
    opens_account_menu(page).get_by_role("link", name="Account").click()
    page.wait_for_url("**/account")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()


def says(page, text):
    expect(page.locator(".notice")).to_have_text(text)


def part(page, heading):
    return page.get_by_role("region", name=heading, exact=True)


def signs_up(page, name: str) -> str:
    email = f"{name.lower()}.{id(page)}@example.com"
    page.goto("/signup")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Name (optional)").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/dashboard")
    return email


def signs_in(page, email, password):
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_an_account_is_looked_after(page, server):
    email = signs_up(page, "Ada")
    phone = server.signs_in(email)
    opens(page)
    expect(page.get_by_text(email)).to_be_visible()

    you = part(page, "You")
    you.get_by_label("Name").fill("Ada Lovelace")
    you.get_by_role("button", name="Save name").click()
    says(page, "Name saved.")
    expect(page.get_by_label("Account", exact=True)).to_contain_text("Ada Lovelace")
    assert phone.gets("/api/auth/me").json()["username"] == "Ada Lovelace"

    devices = part(page, "Where you are signed in")
    expect(devices.get_by_role("heading", level=3)).to_have_text(["Chrome on Linux", "Python (Requests)"])
    expect(devices.get_by_text("This device")).to_have_count(1)
    devices.get_by_role("button", name="Sign out: Python (Requests)").click()
    says(page, "That device is signed out.")
    assert phone.gets("/api/auth/me").status_code == 401
    expect(devices.get_by_role("heading", level=3)).to_have_text(["Chrome on Linux"])
    expect(devices.get_by_role("button")).to_have_count(0)

    password = part(page, "Password")
    password.get_by_label("Current password").fill("not it at all")
    password.get_by_label("New password").fill(NEW)
    password.get_by_role("button", name="Change password").click()
    expect(page.locator("#current_password-error")).to_have_text("This is not your current password.")
    others = [server.signs_in(email) for _ in range(2)]
    password.get_by_label("Current password").fill(PASSWORD)
    password.get_by_label("New password").fill(NEW)
    password.get_by_role("button", name="Change password").click()
    says(page, "Password changed. All other devices are signed out, and all API tokens revoked.")
    assert {other.gets("/api/auth/me").status_code for other in others} == {401}

    activity = part(page, "Recent activity").get_by_role("listitem")
    for text in ["Password changed", "Password not changed: the current one was wrong", "Session ended", "Account made"]:
        expect(activity.filter(has_text=text).first).to_be_visible()

    others = [server.signs_in(email, NEW) for _ in range(2)]
    page.goto("/account")
    devices.get_by_role("button", name="Sign out everywhere else").click()
    says(page, "All other devices are signed out.")
    assert {other.gets("/api/auth/me").status_code for other in others} == {401}


def test_a_picture_is_uploaded_and_removed(page, alice, tmp_path):
    log_in(page, alice)
    opens(page)
    drawn = tmp_path / "drawn.png"
    drawn.write_bytes(page.screenshot(clip={"x": 0, "y": 0, "width": 120, "height": 120}))
    form = part(page, "Picture")
    form.get_by_label("New picture").set_input_files(drawn)
    form.get_by_role("button", name="Upload picture").click()
    says(page, "Picture saved.")
    picture = form.get_by_alt_text("Your picture")
    expect(picture).to_have_js_property("complete", True)
    expect(picture).to_have_js_property("naturalWidth", 120)
    assert alice.server.client.get(picture.get_attribute("src")).content == drawn.read_bytes()

    text = tmp_path / "text.png"
    text.write_text("This is no picture.")
    form.get_by_label("New picture").set_input_files(text)
    form.get_by_role("button", name="Upload picture").click()
    expect(page.locator("#picture-error")).to_contain_text("The picture must be a PNG, JPEG or WebP file")
    form.get_by_role("button", name="Upload picture").click()
    expect(page.locator("#picture-error")).to_have_text("Choose a file first.")
    form.get_by_role("button", name="Remove picture").click()
    says(page, "Picture removed.")
    expect(picture).to_have_count(0)


def test_the_colours_follow_the_account(page, alice):
    page.emulate_media(color_scheme="light")
    log_in(page, alice)
    opens(page)
    body = page.locator("body")
    light = "rgb(247, 246, 243)"
    dark = "rgb(18, 20, 18)"
    expect(body).to_have_css("background-color", light)
    for choice, colour in [("Dark", dark), ("Light", light), ("As on the device", light)]:
        part(page, "Appearance").get_by_label("Colours").select_option(choice)
        part(page, "Appearance").get_by_role("button").click()
        says(page, "Appearance saved.")
        expect(body).to_have_css("background-color", colour)
    page.emulate_media(color_scheme="dark")
    expect(body).to_have_css("background-color", dark)
    part(page, "Appearance").get_by_label("Colours").select_option("Light")
    part(page, "Appearance").get_by_role("button").click()
    expect(body).to_have_css("background-color", light)
    page.goto("/dashboard")
    expect(body).to_have_css("background-color", light)


def test_password_managers_find_the_form(page, alice):
    page.goto("/.well-known/change-password")
    page.wait_for_url(re.compile(r"/login\?next=%2Faccount"))
    log_in(page, alice)
    page.goto("/.well-known/change-password")
    assert page.url.endswith("/account#change-password")
    fields = part(page, "Password").locator("input:not([type=hidden])").evaluate_all("all => all.map(f => f.autocomplete)")
    assert fields == ["username", "current-password", "new-password"]


@pytest.mark.parametrize("zone, ending", [("Asia/Kolkata", ""), ("America/Lima", ""), ("", " UTC")])
def test_times_are_on_the_clocks_of_the_accounts_zone(page, alice, zone, ending):
    """The server writes them, so a script has nothing to change."""
    log_in(page, alice)
    page.goto("/account")
    region = part(page, "Region")
    region.get_by_label("Time zone").fill(zone)
    region.get_by_role("button", name="Save region").click()
    says(page, "Region saved.")
    times = page.locator("time")
    assert times.count() > 2
    for shown in times.all():
        there = datetime.fromisoformat(shown.get_attribute("datetime")).astimezone(ZoneInfo(zone or "UTC"))
        assert shown.text_content() == f"{there.day} {there:%b %Y, %H:%M}{ending}"


def test_what_was_typed_in_one_card_survives_saving_another(open_page, alice):
    page = open_page()
    log_in(page, alice)
    page.goto("/account")
    you, region, tokens, password = (part(page, name) for name in ["You", "Region", "API tokens", "Password"])
    you.get_by_label("Name").fill("Ada")
    region.get_by_label("First day of the week").select_option("Sunday")
    region.get_by_label("Send reminders").click()
    reminds = region.get_by_label("Send reminders").is_checked()
    tokens.locator("summary").click()
    tokens.get_by_label("Token name").fill("Backup")
    password.get_by_label("Current password").fill(PASSWORD)
    password.get_by_label("New password").fill(NEW)
    # Then it is a text to the browser.
    password.get_by_role("button", name="Show").last.click()

    def is_kept():
        expect(region.get_by_text("Not saved yet.")).to_be_visible()
        expect(region.get_by_label("First day of the week")).to_have_value("sunday")
        expect(region.get_by_label("Send reminders")).to_be_checked(checked=reminds)
        expect(tokens.get_by_label("Token name")).to_be_visible()
        expect(tokens.get_by_label("Token name")).to_have_value("Backup")
        expect(password.get_by_label("Current password")).to_have_value("")
        expect(password.get_by_label("New password")).to_have_value("")

    you.get_by_role("button", name="Save name").click()
    says(page, "Name saved.")
    is_kept()
    expect(you.get_by_label("Name")).to_have_value("Ada")
    expect(you.get_by_text("Not saved yet.")).to_have_count(0)
    page.goto("/dashboard")
    assert "Backup" in page.evaluate("JSON.stringify(sessionStorage)")
    page.goto("/account")
    is_kept()
    kept = page.evaluate("JSON.stringify(sessionStorage)")
    assert PASSWORD not in kept and NEW not in kept

    region.get_by_role("button", name="Save region").click()
    says(page, "Region saved.")
    expect(region.get_by_label("First day of the week")).to_have_value("sunday")
    expect(tokens.get_by_label("Token name")).to_have_value("Backup")
    expect(region.get_by_text("Not saved yet.")).to_have_count(0)
    opens_account_menu(page).get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_what_was_refused_in_one_card_survives_saving_another(open_page, alice):
    page = open_page()
    log_in(page, alice)
    page.goto("/account")
    region = part(page, "Region")
    region.get_by_label("Time zone").fill("Europe/Springfield")
    region.get_by_label("Language").fill("en-IE")
    region.get_by_role("button", name="Save region").click()
    expect(region.get_by_label("Time zone")).to_have_accessible_description(re.compile("Enter a time zone"))
    part(page, "You").get_by_label("Name").fill("Ada")
    part(page, "You").get_by_role("button", name="Save name").click()
    says(page, "Name saved.")
    expect(region.get_by_label("Time zone")).to_have_value("Europe/Springfield")
    expect(region.get_by_label("Language")).to_have_value("en-IE")
    expect(region.get_by_text("Not saved yet.")).to_be_visible()


@pytest.mark.parametrize("java_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_without_a_script_the_page_says_that_each_card_is_saved_by_itself(open_page, alice, java_script):
    page = open_page(java_script_enabled=java_script)
    log_in(page, alice)
    page.goto("/account")
    expect(page.get_by_text("Each card is saved by itself.")).to_be_visible(visible=not java_script)


def test_a_form_of_another_users_session_ends_nothing(server, browser, other, alice, bob):
    browser.logs_in(alice)
    other.logs_in(bob)
    [(session,)] = server.looks_up("SELECT max(id) FROM sessions WHERE user_id = ?", bob.id)
    answers = {
        browser.submits(f"/account/sessions/{id}/end", on="/account").headers["location"]
        for id in (session, "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d4")}
    assert answers == {"/account?notice=session-gone"}
    assert other.get("/account").status_code == 200


def test_the_operator_can_be_asked(start_server):
    server = start_server(LATCHKEY_CONTACT="https://example.com/help")
    with Browser(server.url) as visitor:
        assert '<a href="https://example.com/help">https://example.com/help</a>' in visitor.get("/no/such/page").text
        # Without an address that is configured, none is named.
        for path in ["/login", "/signup", "/forgot"]:
            page = visitor.get(path).text
            assert '<span>run by <a href="https://example.com/help">https://example.com/help</a></span>' in page
            assert "<span>localhost" not in page
    assert "LATCHKEY_CONTACT" in server.command("serve", LATCHKEY_CONTACT="help").stderr
    server.stop()


def test_the_pages_to_sign_in_name_the_server(start_server):
    server = start_server(LATCHKEY_URL="http://tasks.example.com:8443")
    with Browser(server.url) as visitor:
        for path in ["/login", "/signup", "/forgot"]:
            page = visitor.get(path).text
            assert "<span>tasks.example.com:8443</span>" in page and "run by" not in page
    server.stop()


def test_an_account_is_deleted_and_its_owner_returns(page, server):
    email = signs_up(page, "Grace")
    page.get_by_label("New task").fill("Stay")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".task-title")).to_have_text("Stay")
    program = server.signs_in(email)
    opens(page)
    part(page, "Delete the account").get_by_text("Delete this account").click()
    part(page, "Delete the account").get_by_role("button", name="Delete in 30 days").click()
    page.wait_for_url("**/login**")
    expect(page.get_by_role("status").filter(has_text="deleted in 30 days")).to_be_visible()
    assert program.gets("/api/auth/me").status_code == 401
    answer = server.tries_to_sign_in(email, PASSWORD)
    assert (answer.status_code, answer.json()["detail"]) == (401, "Account is inactive")

    signs_in(page, email, "not it at all")
    expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    signs_in(page, email, PASSWORD)
    expect(page.get_by_role("heading", name="Keep your account?")).to_be_visible()
    expect(page.get_by_text(email)).to_be_visible()
    page.get_by_role("button", name="Keep my account").click()
    page.wait_for_url("**/account**")
    says(page, "Welcome back. Your account stays.")
    expect(part(page, "Recent activity").get_by_text("Deletion of the account cancelled")).to_be_visible()
    page.goto("/dashboard")
    expect(page.locator(".task-title")).to_have_text("Stay")
    assert server.signs_in(email).gets("/api/auth/me").status_code == 200


def test_deleting_takes_the_password_of_a_session_that_is_not_new(page, server, alice):
    log_in(page, alice)
    [(session,)] = server.looks_up("SELECT max(id) FROM sessions WHERE user_id = ?", alice.id)
    with sqlite(server.database) as database:
        database.execute("UPDATE sessions SET proved_at = proved_at - 600000 WHERE id = ?", (session,))
        database.commit()
    form = part(page, "Delete the account")

    def asks():
        page.goto("/account")
        return form.get_by_label("Your password").count() == 1

    wait_until(asks, "the server's memory of the session to be renewed")
    form.get_by_text("Delete this account").click()
    form.get_by_label("Your password").fill("not it at all")
    form.get_by_role("button", name="Delete in 30 days").click()
    expect(page.locator("#password-error")).to_have_text("This is not your password.")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button", name="Delete in 30 days").click()
    page.wait_for_url("**/login**")
    assert server.tries_to_sign_in(alice.email, PASSWORD).json()["detail"] == "Account is inactive"


def test_the_browser_tells_the_zone_and_the_language(open_page):
    page = open_page(timezone_id="Asia/Tokyo", locale="de-CH")
    page.goto("/signup")
    page.get_by_label("E-mail").fill(f"tokyo.{id(page)}@example.com")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_label("New task")).to_be_visible()
    page.goto("/account")
    region = part(page, "Region")
    expect(region.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    expect(region.get_by_label("Language")).to_have_value("de-CH")
    region.get_by_label("Time zone").fill("Tokyo")
    region.get_by_label("First day of the week").select_option("Sunday")
    region.get_by_role("button").click()
    expect(region.get_by_label("Time zone")).to_have_accessible_description(re.compile("Enter a time zone"))
    region.get_by_label("Time zone").fill("Europe/Berlin")
    region.get_by_role("button").click()
    says(page, "Region saved.")
    expect(region.get_by_label("First day of the week")).to_have_value("sunday")
    expect(region.get_by_label("Time zone")).to_have_value("Europe/Berlin")
