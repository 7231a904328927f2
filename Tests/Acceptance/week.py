"""A week with 300 tasks in each way in which the list is used, at random: nothing is lost or doubled, nothing ticked or
deleted that was not meant, and no typed word lost. LATCHKEY_WEEK_ACTIONS, the number for each day, makes it longer, and
LATCHKEY_WEEK_SEED another one."""

import os
import random
import re
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from support import all_of, differences, everything, log_in, pastes, signs_in_over, tabs_to, wait_until

SEED = int(os.environ.get("LATCHKEY_WEEK_SEED", 7))
ACTIONS = int(os.environ.get("LATCHKEY_WEEK_ACTIONS", 6))
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
TASKS = 300

NAME = re.compile(r"task\d{4}")
"""The word by which a task is known, whatever else its title says."""
WORDS = ["water", "plants", "Zoë", "naïve", "<b>bold</b>", "&amp;", "it’s", "50%", "🦊", "שלום", "{{x}}", "call", "a/b"]
TAGS = ["errand", "home", "büro"]
LISTS = ["Garden", "Household", "Long haul"]
# A day whose digits are the same in the order of each country.
DATES = ["2020-02-02", "2031-05-05", "2032-06-06"]
NEW_MESSAGE = "#notice:not([data-read])"
TODAY = "today"
"""A due day that is none of these, as tasks get it that are added among today's."""


@dataclass(frozen=True)
class Task:
    """A task as its owner means it to be, or as the API tells it."""

    title: str
    description: str | None = None
    due: str | None = None
    priority: str = "none"
    tags: tuple[str, ...] = ()
    list: str = "Inbox"
    is_done: bool = False
    is_deleted: bool = False

    @property
    def name(self) -> str:
        return NAME.search(self.title).group()


def tasks_of(person) -> dict[str, list[Task]]:
    """All tasks by name, those in the trash included. There is to be one of each."""
    objects = everything(person)
    lists = {id: each["name"] for (kind, id), each in objects.items() if kind == "list"}
    found = {}
    for is_deleted, tasks in [
        (False, [each for (kind, _), each in objects.items() if kind == "task"]),
        (True, all_of(person, "/api/trash?limit=100")),
    ]:
        for each in tasks:
            due = each["due"] and each["due"]["date"]
            task = Task(
                each["title"], each["description"], due if due in (None, *DATES) else TODAY, each["priority"],
                tuple(sorted(each["tags"])), lists[each["list_id"]], each["completed"], is_deleted)
            found.setdefault(task.name, []).append(task)
    return found


# Hands


class Mouse:
    """Acts with the pointer; texts are typed."""

    def __init__(self, page):
        self.page = page

    def presses(self, target) -> None:
        target.click()

    def goes_to(self, text_field) -> None:
        """Into a field, behind what is in it."""
        self.presses(text_field)
        self.page.keyboard.press("Control+End")

    def types(self, text_field, text: str) -> None:
        self.goes_to(text_field)
        self.page.keyboard.type(text)

    def overwrites(self, text_field, text: str) -> None:
        self.goes_to(text_field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def dates(self, date_field, day: str) -> None:
        date_field.fill(day)

    def chooses(self, choice, label: str) -> None:
        choice.select_option(label=label)

    def opens_more_fields(self) -> None:
        # A form that was refused, or that has chosen a list, is shown with them.
        if self.page.locator("details.add-more").get_attribute("open") is None:
            self.presses(self.page.get_by_label("Description, dates, tags and more"))

    def adds(self) -> None:
        self.presses(self.page.get_by_role("button", name="Add", exact=True))

    def ticks(self, row) -> None:
        self.presses(row.locator("button.tick"))

    def opens(self, row) -> None:
        self.presses(row.locator("a.task-title"))

    def saves(self) -> None:
        self.presses(self.page.locator(".editor").get_by_role("button", name="Save"))

    def deletes(self, row) -> None:
        row.hover()
        self.presses(row.locator(".actions-of-row button"))

    def restores(self, row) -> None:
        self.presses(row.get_by_role("button", name="Restore"))

    def moves_down(self, row) -> None:
        self.opens(row)
        self.presses(self.page.locator(".editor").get_by_role("button", name="Move down"))

    def selects(self, rows) -> None:
        self.presses(self.page.locator("#select"))
        for row in rows:
            self.presses(row.locator(".pick input"))

    def undoes(self) -> None:
        self.presses(self.page.locator("#undo"))

    def redoes(self) -> None:
        """Without a script, what undoes the undoing has the same name."""
        # Not the other half of a double click.
        self.page.wait_for_timeout(500)
        self.presses(self.page.locator("#redo, #undo").last)

    def rests(self) -> None:
        """Rows stay where they are while the pointer is among them."""
        self.page.mouse.move(5, 5)


class Finger(Mouse):
    """Acts by touch, where no row shows a button for deleting it."""

    def presses(self, target) -> None:
        target.tap()

    def deletes(self, row) -> None:
        self.opens(row)
        self.presses(self.page.locator(".editor").get_by_role("button", name="Delete"))

    def rests(self) -> None:
        pass


class Keys(Mouse):
    """Does everything by keyboard, by its shortcuts where there are any."""

    def presses(self, target) -> None:
        if target.evaluate("element => element.closest('.editor') !== null"):
            tabs_to(self.page, target)
        else:
            if target.evaluate("element => element.closest('#add, .bar') !== null"):
                self.leaves_fields()
                self.page.keyboard.press("n")
            tabs_to(self.page, target, most=300)
        self.page.keyboard.press("Enter")

    def goes_to(self, text_field) -> None:
        shortcut = {"title": "n", "search": "/"}.get(text_field.get_attribute("id"))
        if shortcut and not text_field.evaluate("field => field === document.activeElement"):
            self.leaves_fields()
            self.page.keyboard.press(shortcut)
            expect(text_field).to_be_focused()
        elif not shortcut:
            tabs_to(self.page, text_field, most=300)
        self.page.keyboard.press("Control+End")

    def dates(self, date_field, day: str) -> None:
        tabs_to(self.page, date_field)
        year, month, date = day.split("-")
        self.page.keyboard.type(month + date + year)

    def chooses(self, choice, label: str) -> None:
        tabs_to(self.page, choice)
        self.page.keyboard.type(label)
        expect(choice.locator("option:checked")).to_have_text(label)

    def adds(self) -> None:
        self.goes_to(self.page.locator("#title"))
        self.page.keyboard.press("Enter")

    def ticks(self, row) -> None:
        self.walks_to(row)
        self.page.keyboard.press("c")

    def opens(self, row) -> None:
        self.walks_to(row)
        self.page.keyboard.press("e")

    def saves(self) -> None:
        self.page.keyboard.press("Control+Enter")

    def deletes(self, row) -> None:
        self.walks_to(row)
        self.page.keyboard.press("Delete")

    def restores(self, row) -> None:
        self.walks_to(row)
        self.page.keyboard.press("Enter")

    def moves_down(self, row) -> None:
        self.walks_to(row)
        self.page.keyboard.press("Alt+ArrowDown")

    def selects(self, rows) -> None:
        for row in rows:
            self.walks_to(row)
            self.page.keyboard.press("x")
            expect(row.locator(".pick input")).to_be_checked()

    def undoes(self) -> None:
        self.leaves_fields()
        # The key is for the last one only.
        if self.page.get_by_role("button", name="Undo all").count():
            super().undoes()
        else:
            self.page.keyboard.press("z")

    def redoes(self) -> None:
        self.leaves_fields()
        if self.page.get_by_role("button", name="Redo all").count():
            super().redoes()
        else:
            self.page.keyboard.press("Shift+Z")

    def rests(self) -> None:
        pass

    def leaves_fields(self) -> None:
        while self.page.evaluate("document.activeElement.matches('input:not([type=checkbox]), textarea, select')"):
            self.page.keyboard.press("Tab")

    def walks_to(self, row) -> None:
        """From row to row."""
        self.leaves_fields()
        for _ in range(300):
            steps = row.evaluate("""row => {
                const rows = [...document.querySelectorAll('.row')];
                return rows.indexOf(row) - rows.indexOf(document.activeElement.closest('.row'));
            }""")
            if steps == 0:
                return
            self.page.keyboard.press("j" if steps > 0 else "k")
        raise AssertionError(f"j and k do not lead to {row}.")


# Weeks


@dataclass
class Tab:
    """A window, and what was typed in it and not sent yet."""

    page: object
    hands: Mouse
    draft: str = ""
    edits: dict[str, Task] = field(default_factory=dict)
    """What editors say that were left open, by the name of the task."""

    def row(self, name: str):
        return self.page.locator(".row:not(.editing)", has_text=name)

    def shown(self) -> list[tuple[str, bool]]:
        """The titles of the rows that are not about to change, and whether they are done."""
        return self.page.locator(".row[id]:not(.pending, .unsaved, .editing, [inert])").evaluate_all(
            """rows => rows.filter(row => row.checkVisibility())
                .map(row => [row.querySelector('.task-title').textContent, row.matches('.done')])""")

    @property
    def place(self) -> dict[str, str]:
        """The part of the list that is shown."""
        address = urlsplit(self.page.url)
        if address.path != "/dashboard":
            # A form that is refused is answered at the address that it was sent to.
            address = urlsplit(self.page.locator("[name=here]").first.get_attribute("value"))
        return dict(parse_qsl(address.query))

    @property
    def has_form(self) -> bool:
        return self.place.get("view") != "trash"


class Week:
    """By mouse, with JavaScript."""

    Hands = Mouse
    options = {}
    """Those of the browser's window."""
    waits = True
    """For each change to be confirmed before the next."""
    cards = {
        "adds": 3, "pastes": 1, "ticks": 3, "edits": 2, "deletes": 1, "undoes": 2, "searches": 1, "changes_view": 3,
        "opens_list": 1, "selects": 2, "reorders": 1, "reloads": 1, "restores": 1, "half_writes": 2, "half_edits": 2,
        "finishes": 1, "is_refused": 1,
    }
    """What is done, and how often beside the others."""

    def __init__(self, open_page, person, seed: int):
        self.random = random.Random(seed)
        self.person = person
        self.meant: dict[str, Task | None] = {}
        """By name; None is one whose adding was undone."""
        self.touched: set[str] = set()
        self.before: dict[str, Task | None] = {}
        """What the message on the page would undo, as it was."""
        self.deck = []
        self.fills()
        page = open_page(**self.options)
        log_in(page, person)
        self.tabs = [Tab(page, self.Hands(page))]
        self.tab = self.tabs[0]

    @property
    def page(self):
        return self.tab.page

    @property
    def hands(self) -> Mouse:
        return self.tab.hands

    def fills(self) -> None:
        """What the account has at the beginning."""
        self.lists = {"Inbox": "inbox"}
        for name in LISTS:
            answer = self.person.posts("/api/lists", {"name": name})
            assert answer.status_code == 201, answer.text
            self.lists[name] = answer.json()["id"]
        for _ in range(TASKS):
            task = self.invents(is_done=self.random.random() < 0.3)
            self.person.adds(
                task.title, description=task.description, due=task.due and {"date": task.due}, priority=task.priority,
                tags=task.tags, list_id=self.lists[task.list], completed=task.is_done)

    def invents(self, **fields) -> Task:
        """A task with a name that no other has."""
        choose, chance = self.random.choice, self.random.random
        task = Task(
            f"task{len(self.meant) + 1:04} {self.words()}", self.words() if chance() < 0.2 else None,
            choose(DATES) if chance() < 0.4 else None, choose(["low", "medium", "high"]) if chance() < 0.2 else "none",
            (choose(TAGS),) if chance() < 0.3 else (), choose(["Inbox", *LISTS]) if chance() < 0.5 else "Inbox")
        self.meant[task.name] = task = replace(task, **fields)
        return task

    def words(self) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(1, 3)))

    # Days

    def passes(self) -> None:
        for day in DAYS:
            print(day)
            self.lives()
            self.is_as_meant()

    def lives(self) -> None:
        """A day."""
        for _ in range(ACTIONS):
            self.step()

    def step(self) -> None:
        while True:
            if not self.deck:
                self.deck = [card for card, count in self.cards.items() for _ in range(count)]
                self.random.shuffle(self.deck)
            # What is not possible where the reader is gives way to the next.
            if self.plays(self.deck.pop()):
                return

    def plays(self, card: str) -> bool:
        wait_until(lambda: self.page.locator(".row.gone").count() == 0, "rows that have left")
        if self.waits:
            self.touched.clear()
        is_done = getattr(self, card)()
        self.hands.rests()
        return is_done

    def tells(self, what: str, task: Task | None = None) -> None:
        """Is seen where a test fails."""
        print(f"  {what}", task or "", f"at {urlsplit(self.page.url).query}")

    def is_as_meant(self) -> None:
        def differs():
            return differences({name: [task] for name, task in self.meant.items() if task}, tasks_of(self.person))

        try:
            wait_until(lambda: not differs(), "what was meant")
        except AssertionError:
            pytest.fail("\n".join(f"{name}\n  meant {meant}\n  found {found}" for name, (meant, found) in differs().items()))
        for self.tab in self.tabs:
            wait_until(lambda: not self.misshown(), "rows as they are")
            expect(self.page.locator(".unsaved")).to_have_count(0)
            if self.tab.has_form:
                expect(self.page.locator("#title")).to_have_value(self.tab.draft)

    def misshown(self) -> list:
        """Rows that show a task as it is not."""
        is_trash = not self.tab.has_form
        return [
            (title, is_done) for title, is_done in self.tab.shown()
            for task in [self.meant[NAME.search(title).group()]]
            if not task or (title, is_trash or is_done, is_trash) != (task.title, is_trash or task.is_done, task.is_deleted)]

    # Changes

    @contextmanager
    def change(self, *names: str):
        """A change of these tasks, which the page confirms with a way to undo it."""
        previous, self.before = self.before, {name: self.meant.get(name) for name in names}
        self.touched.update(names)
        self.reads_message()
        yield
        if self.waits:
            self.page.locator(f"{NEW_MESSAGE} :is(#undo, #redo)").first.wait_for()
            if self.page.get_by_role("button", name="Undo all").count():
                self.before |= previous

    def sees(self, task: Task, act) -> None:
        """Acts on a row. One that moves away at this moment, as another is saved or not, is not hit, and acted on again."""
        row = self.tab.row(task.name)
        look = lambda: row.evaluate_all("rows => rows.map(row => row.className + row.textContent)")
        before = look()
        act(row)
        if not self.waits:
            try:
                wait_until(lambda: look() != before, "an effect", 1)
            except AssertionError:
                act(row)

    def reads_message(self) -> None:
        """So that it can be told from the next one."""
        self.page.locator("#notice").evaluate_all("all => all.forEach(message => { message.dataset.read = ''; })")

    def some(self, most: int = 1, where=lambda task: True) -> list[Task]:
        """Some of the tasks that are shown and will not leave meanwhile."""
        place = self.tab.place
        mixes = place.get("view") == "all" or "q" in place
        is_done_view = place.get("view") == "done"
        names = [
            NAME.search(title).group() for title, is_done in self.tab.shown()
            if self.tab.has_form and (mixes or is_done == is_done_view)]
        found = [self.meant[name] for name in names if name not in self.touched and where(self.meant[name])]
        return self.random.sample(found, min(len(found), self.random.randint(1, most)))

    def is_left_open(self, task: Task) -> bool:
        """True if a window has words for it that were not saved."""
        return any(task.name in tab.edits for tab in self.tabs)

    # Cards. Each answers whether it could be played.

    def adds(self) -> bool:
        if not self.tab.has_form:
            return False
        task = self.invents()
        line = [self.tab.draft, task.title] if self.tab.draft else [task.title]
        rest = [f"#{tag}" for tag in task.tags]
        if task.priority != "none":
            rest.append(f"!{task.priority}")
        if task.list != "Inbox":
            rest.append(f'+"{task.list}"')
        else:
            task = self.in_chosen_list(task)
        in_fields = task.description and self.random.random() < 0.5
        if task.due and not in_fields:
            rest.append(f"due:{task.due}" if self.random.random() < 0.5 else task.due)
        if task.description and not in_fields:
            rest.append(f"// {task.description}")
        task = self.in_place(replace(task, title=" ".join(line)))
        self.tells("adds", task)
        self.meant[task.name] = task
        with self.change(task.name):
            if in_fields:
                self.hands.opens_more_fields()
                self.hands.types(self.page.locator("#description"), task.description)
                if task.due and task.due != TODAY:
                    self.hands.dates(self.page.locator("#due-date"), task.due)
            self.hands.types(self.page.locator("#title"), " ".join(line + rest)[len(self.tab.draft):])
            self.hands.adds()
            self.tab.draft = ""
        self.before = {task.name: None}
        return True

    def in_chosen_list(self, task: Task) -> Task:
        """A new task in the list that its form has chosen, which is the one that was shown when it was begun."""
        return replace(task, list=self.page.locator("#list option:checked").text_content())

    def in_place(self, task: Task) -> Task:
        """A new task with what it gets from the part of the list that it is added in."""
        place = self.tab.place
        if not place.keys() & {"list", "tag", "q"} and place.get("view") == "today":
            task = replace(task, due=task.due or TODAY)
        return replace(task, tags=tuple(sorted({*task.tags, *([place["tag"]] if "tag" in place else [])})))

    def pastes(self) -> bool:
        if not self.tab.has_form:
            return False
        tasks = []
        for _ in range(self.random.randint(2, 4)):
            task = self.invents(description=None, due=None, priority="none", tags=(), list="Inbox")
            self.meant[task.name] = self.in_place(self.in_chosen_list(task))
            tasks.append(self.meant[task.name])
        self.tells(f"pastes {len(tasks)} lines", tasks[0])
        with self.change(*[task.name for task in tasks]):
            pastes(self.page, "\n".join(task.title for task in tasks))
            self.hands.presses(self.page.get_by_role("button", name=f"Add {len(tasks)} tasks"))
        expect(self.page.locator(".pending")).to_have_count(0)
        return True

    def ticks(self) -> bool:
        for task in self.some():
            self.tells("ticks", task)
            with self.change(task.name):
                self.sees(task, self.hands.ticks)
                self.meant[task.name] = replace(task, is_done=not task.is_done)
            return True
        return False

    def deletes(self) -> bool:
        for task in self.some(where=lambda task: not self.is_left_open(task)):
            self.tells("deletes", task)
            with self.change(task.name):
                self.sees(task, self.hands.deletes)
                self.meant[task.name] = replace(task, is_deleted=True)
            return True
        return False

    def edits(self) -> bool:
        for task in self.some(where=lambda task: not self.is_left_open(task)):
            self.opens(task)
            self.types(task)
            self.saves(task)
            return True
        return False

    def opens(self, task: Task) -> None:
        self.hands.opens(self.tab.row(task.name))
        self.has_opened(task)

    def has_opened(self, task: Task) -> None:
        """What was typed before is there."""
        expected = self.tab.edits.setdefault(task.name, task)
        expect(self.page.locator("#edit-title")).to_have_value(expected.title)
        expect(self.page.locator("#edit-description")).to_have_value(expected.description or "")

    def types(self, task: Task) -> None:
        typed, words = self.tab.edits[task.name], self.words()
        kind = self.random.choice(["title", "description", "due"])
        if kind == "title" and len(typed.title) < 120:
            self.hands.types(self.page.locator("#edit-title"), f" {words}")
            typed = replace(typed, title=f"{typed.title} {words}")
        elif kind == "due" and typed.due not in DATES:
            day = self.random.choice(DATES)
            self.hands.dates(self.page.locator("#edit-due-date"), day)
            typed = replace(typed, due=day)
        else:
            self.hands.types(self.page.locator("#edit-description"), f"{words}\n")
            typed = replace(typed, description=f"{typed.description or ''}{words}\n")
        self.tells(f"types {words}", typed)
        self.tab.edits[task.name] = typed

    def saves(self, task: Task) -> None:
        self.reads_message()
        with self.change(task.name) if self.waits else nullcontext():
            current, typed = self.meant[task.name], self.tab.edits.pop(task.name)
            self.tells("saves", typed)
            if self.waits:
                self.hands.saves()
            else:
                # A button can move away at this moment, as another row is saved or not.
                self.page.locator("#edit-title").press("Enter")
            if self.waits:
                conflict = self.page.locator(".editor .alert")
                self.page.locator(f"{NEW_MESSAGE} #undo").or_(conflict).first.wait_for()
                if conflict.count():
                    # Another change meanwhile is not overwritten before it was seen.
                    expect(conflict).to_contain_text(current.title)
                    self.hands.saves()
            self.meant[task.name] = replace(
                typed, tags=current.tags, is_done=current.is_done, is_deleted=current.is_deleted)
            self.touched.add(task.name)

    def undoes(self) -> bool:
        # What comes is not counted with what was done before, perhaps in another tab.
        self.page.locator("#notice").evaluate_all("all => all.forEach(message => message.remove())")
        if not self.plays(self.random.choice(["adds", "ticks", "edits", "deletes", "selects"])):
            return False
        for is_redo in self.random.choice([[False], [False], [False, True]]):
            self.tells("redoes" if is_redo else "undoes")
            undone = self.before
            with self.change(*undone):
                self.hands.redoes() if is_redo else self.hands.undoes()
                self.meant.update(undone)
            if not is_redo:
                expect(self.page.locator("#notice")).to_contain_text("Undone")
        return True

    def searches(self) -> bool:
        self.finds(self.random.choice(list(filter(None, self.meant.values()))))
        return True

    def finds(self, task: Task) -> None:
        self.tells("searches for", task)
        self.hands.overwrites(self.page.locator("#search"), task.name)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"**q={task.name}*")
        expect(self.page.locator(".task-title")).to_have_text([] if task.is_deleted else [task.title])

    def changes_view(self) -> bool:
        label = self.random.choice(["Open", "Today", "Upcoming", "Done", "All"])
        place = {} if label == "Open" else {"view": label.lower()}
        return self.goes(self.page.locator("#views a", has_text=label), label, place)

    def opens_list(self) -> bool:
        return self.goes_by_menu(*self.random.choice([
            *[(name, {"list": id}) for name, id in self.lists.items()], *[(f"#{tag}", {"tag": tag}) for tag in TAGS],
            ("Trash", {"view": "trash"})]))

    def goes_by_menu(self, label: str, place: dict) -> bool:
        menu = self.page.locator("#lists-menu")
        return self.goes(menu.get_by_role("link", name=label, exact=True), label, place, menu.locator("summary").first)

    def goes(self, link, label: str, place: dict, menu=None) -> bool:
        """To another part of the list. False if this is it."""
        if self.where() == place:
            return False
        self.tells(f"goes to {label}")
        if menu:
            self.hands.presses(menu)
        self.hands.presses(link)
        wait_until(lambda: self.where() == place, f"{label} instead of {self.page.url}")
        return True

    def where(self) -> dict[str, str]:
        # The page's address is known here once what it has sent was read.
        self.page.wait_for_timeout(10)
        return {key: value for key, value in self.tab.place.items() if key not in ("notice", "task", "undo", "count")}

    def reloads(self) -> bool:
        self.tells("reloads")
        self.page.reload()
        return True

    def selects(self) -> bool:
        action = self.random.choice(["complete", "delete", "move", "due", "tag"])
        changed = {
            "complete": lambda task: replace(task, is_done=True),
            "delete": lambda task: replace(task, is_deleted=True),
            "move": lambda task: replace(task, list=LISTS[0]),
            "due": lambda task: replace(task, due=DATES[1]),
            "tag": lambda task: replace(task, tags=tuple(sorted({*task.tags, TAGS[0]}))),
        }[action]
        tasks = self.some(4, lambda task: changed(task) != task and (action != "delete" or not self.is_left_open(task)))
        if not tasks or "select" in self.tab.place:
            return False
        self.tells(f"selects {len(tasks)} to {action}", tasks[0])
        with self.change(*[task.name for task in tasks]):
            self.hands.selects([self.tab.row(task.name) for task in tasks])
            bar = self.page.locator("#selection")
            if action not in ("complete", "delete"):
                self.hands.presses(bar.get_by_text("More", exact=True))
            if action == "move":
                self.hands.chooses(bar.locator("select"), LISTS[0])
            elif action == "due":
                self.hands.dates(bar.locator("[name=due_date]"), DATES[1])
            elif action == "tag":
                self.hands.types(bar.locator("[name=tag]"), TAGS[0])
            self.hands.presses(bar.locator(f"[value={action}]"))
            self.meant.update({task.name: changed(task) for task in tasks})
        return True

    def reorders(self) -> bool:
        name = self.random.choice(list(self.lists))
        self.goes_by_menu(name, {"list": self.lists[name]})
        tasks = [self.meant[NAME.search(title).group()] for title, _ in self.tab.shown()]
        found = [
            task for task in self.some(99, lambda task: not self.is_left_open(task)) if task in tasks[:-1]]
        if not found:
            return False
        task = found[0]
        at = tasks.index(task)
        tasks[at:at + 2] = tasks[at + 1], task
        self.tells(f"moves down in {name}", task)
        with self.change(task.name):
            self.hands.moves_down(self.tab.row(task.name))
        # With a script, an editor stays open while its task moves.
        cancel = self.page.locator(".editor").get_by_role("link", name="Cancel")
        if cancel.count():
            self.hands.presses(cancel)
        expect(self.page.locator(".task-title")).to_have_text([task.title for task in tasks])
        answer = self.person.gets(
            "/api/tasks", params={"list": self.lists[name], "completed": False, "sort": "position", "limit": len(tasks)})
        assert answer.status_code == 200, answer.text
        assert [each["title"] for each in answer.json()] == [task.title for task in tasks]
        return True

    def restores(self) -> bool:
        self.goes_by_menu("Trash", {"view": "trash"})
        names = [NAME.search(title).group() for title, _ in self.tab.shown()]
        if not names:
            return False
        task = self.meant[self.random.choice(names)]
        self.tells("restores", task)
        with self.change(task.name):
            self.hands.restores(self.tab.row(task.name))
            self.meant[task.name] = replace(task, is_deleted=False)
        return True

    def half_writes(self) -> bool:
        if not self.tab.has_form or len(self.tab.draft) > 60:
            return False
        words = f" {self.words()}" if self.tab.draft else self.words()
        self.tells(f"writes {words}")
        self.hands.types(self.page.locator("#title"), words)
        self.tab.draft += words
        return True

    def half_edits(self) -> bool:
        if len(self.tab.edits) > 1:
            return False
        for task in self.some(where=lambda task: not self.is_left_open(task)):
            self.opens(task)
            self.types(task)
            return True
        return False

    def finishes(self) -> bool:
        for name in self.tab.edits:
            task = self.meant[name]
            if self.page.locator(f".editor [name=title][value*={name}]").count():
                self.has_opened(task)
            else:
                self.finds(task)
                self.opens(task)
            self.types(task)
            self.saves(task)
            return True
        return False

    def is_refused(self) -> bool:
        """A line that is too long comes back, and is sent when it was made shorter."""
        if not self.tab.has_form:
            return False
        self.tells("writes too much")
        field, long = self.page.locator("#title"), "x" * 201
        self.hands.goes_to(field)
        self.page.keyboard.insert_text(long)
        self.hands.adds()
        expect(self.page.locator("#title-error")).to_have_text("The title may have at most 200 characters.")
        expect(field).to_have_value(self.tab.draft + long)
        self.hands.overwrites(field, self.tab.draft)
        return self.adds()


class WeekWithoutScript(Week):
    options = {"java_script_enabled": False}
    cards = {
        card: count for card, count in Week.cards.items()
        # A page that is left takes along what was typed on it.
        if card not in ("pastes", "half_writes", "half_edits", "finishes")}


class WeekByKeyboard(Week):
    Hands = Keys


class WeekOnAPhone(Week):
    Hands = Finger
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class WeekOnASlowNetwork(Week):
    """The network takes its time, and the user does not wait for it."""

    waits = False
    cards = {"adds": 2, "ticks": 2, "deletes": 1, "half_writes": 1}

    def lives(self) -> None:
        self.goes_where_adding_works()
        network = self.page.context.new_cdp_session(self.page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1})
        self.plays("edits")
        super().lives()
        if self.random.random() < 0.5:
            self.reloads()
        self.settles()
        network.detach()

    def goes_where_adding_works(self) -> None:
        """What is recognized in a line shows that what adding needs is there."""
        self.page.goto("/dashboard?view=all")
        with self.page.expect_response("**/api/tasks/parse"):
            self.hands.types(self.page.locator("#title"), "...")
        self.tab.draft += "..."

    def settles(self) -> None:
        self.touched.clear()
        expect(self.page.locator(".pending, .unsaved")).to_have_count(0)


class WeekOfflineAndBack(WeekOnASlowNetwork):
    """Tunnels, every day."""

    def lives(self) -> None:
        self.goes_where_adding_works()
        self.plays("half_edits")
        self.page.context.set_offline(True)
        Week.lives(self)
        for name in list(self.tab.edits):
            self.saves(self.meant[name])
        self.page.context.set_offline(False)
        self.settles()

    def settles(self) -> None:
        """What is tried again before the connection is there has a button for trying once more, or is in the field again."""

        def is_settled() -> bool:
            self.page.wait_for_timeout(100)
            if self.page.locator("#title").input_value() != self.tab.draft:
                self.hands.adds()
            self.page.evaluate("document.querySelector('.unsaved button.quiet')?.click()")
            return not self.page.locator(".pending, .unsaved").count()

        wait_until(is_settled, "what was done without a connection")
        super().settles()


class WeekInTwoTabs(Week):
    """Both tabs follow each other, and each day the session ends once."""

    def __init__(self, open_page, person, seed: int):
        super().__init__(open_page, person, seed)
        page = self.page.context.new_page()
        page.goto("/dashboard")
        self.tabs.append(Tab(page, self.Hands(page)))
        self.is_signed_out = False

    def lives(self) -> None:
        super().lives()
        # A tab that is just looking for changes would go to the sign-in page, and come back later.
        self.page.wait_for_timeout(1000)
        answer = self.person.posts("/api/auth/revoke-other-sessions", {})
        assert answer.status_code == 200, answer.text
        self.tells("is signed out")
        self.is_signed_out = True
        while not self.plays(self.random.choice(["adds", "ticks"])):
            self.tab = self.random.choice(self.tabs)

    def step(self) -> None:
        self.tab = self.random.choice(self.tabs)
        super().step()

    @contextmanager
    def change(self, *names: str):
        [other] = [tab for tab in self.tabs if tab is not self.tab]
        with other.page.expect_response(lambda answer: "/dashboard" in answer.url):
            with super().change(*names):
                yield
                if self.is_signed_out:
                    signs_in_over(self.page, self.person)
                    self.is_signed_out = False


@pytest.mark.timeout(60 + 7 * 20 * ACTIONS)
@pytest.mark.parametrize("kind", [
    Week, WeekWithoutScript, WeekByKeyboard, WeekOnAPhone, WeekOnASlowNetwork, WeekOfflineAndBack, WeekInTwoTabs])
def test_a_week_ends_as_its_owner_meant_it(kind, open_page, alice):
    print(f"LATCHKEY_WEEK_SEED={SEED} LATCHKEY_WEEK_ACTIONS={ACTIONS}")
    week = kind(open_page, alice, SEED)
    week.passes()
    assert len(week.meant) >= TASKS
