"""The page of components shows every one there is."""

from __future__ import annotations

from pathlib import Path

from merchant.core.pages.showcase import COMPONENTS, draw_all

TEMPLATES = Path(__file__).resolve().parents[4] / "templates" / "components"


def test_every_component_is_on_the_page_once() -> None:
    names = [component.name for component in COMPONENTS]

    assert sorted(names) == sorted(path.stem for path in TEMPLATES.glob("*.html"))


def test_each_is_drawn_for_both_themes_under_ids_of_its_own() -> None:
    for component, light, dark in draw_all("token")["drawn"]:
        assert len(light) == len(dark) == len(component.examples), component.name
        assert 'id="dark-' not in "".join(light), component.name
