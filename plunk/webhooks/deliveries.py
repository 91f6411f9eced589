"""What was told to an endpoint or waits to be: lists, replays, tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update

from plunk import clock
from plunk.db.base import db, least_id, new_id
from plunk.db.session import after_commit
from plunk.jobs.queue import WEBHOOKS, wake
from plunk.web.pages import cursor_page, decode_cursor, encode_cursor
from plunk.webhooks import payload
from plunk.webhooks.errors import DeliveryNotFound, WebhookDisabled
from plunk.webhooks.models import FAILED, PENDING, WebhookDelivery, WebhookEndpoint

BATCH = 5_000
_SKEW = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY = (WebhookDelivery.project_id, WebhookDelivery.endpoint_id, WebhookDelivery.id)


def get(endpoint: WebhookEndpoint, delivery_id: UUID) -> WebhookDelivery:
    """Raises DeliveryNotFound."""
    delivery = db.session.get(WebhookDelivery, (endpoint.project_id, endpoint.id, delivery_id))
    if delivery is None:
        raise DeliveryNotFound
    return delivery


def list_deliveries(
    endpoint: WebhookEndpoint, *, limit: int, cursor: str | None, state: str | None
) -> dict[str, Any]:
    """A page of an endpoint's deliveries, newest first; of one `state` if given."""
    scope = f"deliveries:{endpoint.project_id}:{endpoint.id}:{state or ''}"
    where = [_of(endpoint)]
    if state:
        where.append(WebhookDelivery.state == state)
    total = 0
    if cursor:
        where.append(WebhookDelivery.id < decode_cursor(scope, cursor, is_time=True)[1])
    else:
        total = db.session.scalar(select(func.count()).select_from(WebhookDelivery).where(*where)) or 0
    found = select(WebhookDelivery).where(*where).order_by(WebhookDelivery.id.desc()).limit(limit + 1)
    return cursor_page(
        list(db.session.scalars(found)),
        limit=limit,
        total=total,
        cursor_of=lambda row: encode_cursor(scope, row.created_at, row.id),
    )


def count_failed(project_id: UUID, *, at_most: int) -> int:
    """How many deliveries of the project were given up, of all its endpoints; counting stops at `at_most`."""
    mine = select(WebhookDelivery.id).where(
        WebhookDelivery.project_id == project_id, WebhookDelivery.state == FAILED
    )
    return db.session.scalar(select(func.count()).select_from(mine.limit(at_most).subquery())) or 0


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """An example on its way, whatever events the endpoint wants; raises WebhookDisabled."""
    if not endpoint.enabled:
        raise WebhookDisabled
    delivery = WebhookDelivery(
        project_id=endpoint.project_id,
        endpoint_id=endpoint.id,
        id=new_id(),
        fact_id=new_id(),
        sequence=0,
        type=payload.TEST_TYPE,
        body=payload.test_body(new_id(), clock.now()),
        due_at=clock.sql_now(),
    )
    db.session.add(delivery)
    db.session.flush()
    wake_senders()
    return _as_it_is(delivery)


def replay(endpoint: WebhookEndpoint, delivery_id: UUID) -> WebhookDelivery:
    """Sends it again, as often as if it were new. What was never tried, or is being sent at this moment, stays as it
    is. Raises DeliveryNotFound.
    """
    get(endpoint, delivery_id)
    where = [_of(endpoint), WebhookDelivery.id == delivery_id, _is_idle(), _was_tried()]
    _send_again(select(*_KEY).where(*where))
    wake_senders()
    return _as_it_is(get(endpoint, delivery_id))


def replay_batch(
    endpoint: WebhookEndpoint, since: datetime, *, after: UUID | None, state: str | None
) -> tuple[int, UUID | None]:
    """Sends up to `BATCH` of those again that were made since then, oldest first, after the delivery `after`.

    Deliveries that wait for their first attempt stay as they are. Answers how many, and where to go on (None: all
    are done).
    """
    # Ids carry the moment by the clock of whoever made them; they only shorten the way.
    start = after or least_id(max(since, _EPOCH) - _SKEW)
    where = [_of(endpoint), WebhookDelivery.id > start, WebhookDelivery.created_at >= since]
    where += [_is_idle(), _was_tried()]
    if state:
        where.append(WebhookDelivery.state == state)
    batch = select(*_KEY).where(*where).order_by(WebhookDelivery.id).limit(BATCH)
    found = _send_again(batch)
    wake_senders()
    return len(found), max(found) if len(found) == BATCH else None


def wake_senders() -> None:
    """Pokes a sender after the commit."""
    after_commit(partial(wake, WEBHOOKS))


def _send_again(keys: Any) -> list[UUID]:
    """Their ids. What a sender is busy with at this moment is left to it."""
    statement = (
        update(WebhookDelivery)
        .where(tuple_(*_KEY).in_(keys.with_for_update(skip_locked=True)))
        .values(
            state=PENDING,
            is_first=False,
            attempts=0,
            due_at=clock.sql_now(),
            leased_until=None,
            error=None,
            finished_at=None,
        )
        .returning(WebhookDelivery.id)
    )
    return list(db.session.scalars(statement, execution_options={"synchronize_session": False}))


def _as_it_is(delivery: WebhookDelivery) -> WebhookDelivery:
    """The row of this moment. Read again after the commit it might already be delivered."""
    db.session.refresh(delivery)
    db.session.expunge(delivery)
    return delivery


def _of(endpoint: WebhookEndpoint) -> ColumnElement[bool]:
    return and_(WebhookDelivery.project_id == endpoint.project_id, WebhookDelivery.endpoint_id == endpoint.id)


def _is_idle() -> ColumnElement[bool]:
    return or_(WebhookDelivery.leased_until.is_(None), WebhookDelivery.leased_until <= clock.sql_now())


def _was_tried() -> ColumnElement[bool]:
    return or_(WebhookDelivery.is_first.is_(False), WebhookDelivery.state != PENDING)
