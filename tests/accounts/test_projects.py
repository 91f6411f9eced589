"""Projects: made with a key of each kind, and changed by whoever runs plunk."""

from __future__ import annotations

from uuid import UUID

import pytest

from plunk.accounts.service import create_project, get_project, list_projects, set_project
from plunk.db.session import transaction
from plunk.errors import InvalidInput, ProjectNotFound

UNKNOWN = UUID("01890000-0000-7000-8000-000000000000")


def test_a_new_project_has_a_name_and_a_key_of_each_kind(context: None) -> None:
    with transaction():
        made = create_project("  Shop  ")
    assert made.name == get_project(made.id).name == "Shop"
    assert made.public_key.startswith("pk_") and made.secret_key.startswith("sk_")
    assert len(made.secret_key) >= 3 + 43
    assert made.id in {project.id for project in list_projects()}


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_name_has_1_to_100_characters(context: None, name: str) -> None:
    with transaction():
        made = create_project("x" * 100)
    with pytest.raises(InvalidInput), transaction():
        create_project(name)
    with pytest.raises(InvalidInput), transaction():
        set_project(made.id, name=name)
    assert get_project(made.id).name == "x" * 100


def test_a_setting_that_is_not_named_stays(context: None) -> None:
    with transaction():
        made = create_project("Shop")
        set_project(made.id, language="de", public_key_may_subscribe=True)
    with transaction():
        set_project(made.id, name=" Other ")
    project = get_project(made.id)
    assert (project.name, project.language, project.public_key_may_subscribe) == ("Other", "de", True)


def test_an_unknown_project_cannot_be_changed(context: None) -> None:
    with pytest.raises(ProjectNotFound), transaction():
        set_project(UNKNOWN, name="x")
