"""A broker's program, written against the generated client: run by `test_generated_clients.py` in its environment.

    python brokers_job.py ADDRESS BROKER_KEY NEED_SIDE_KEY ACHIEVEMENT_SIDE_KEY

Prints what it learned as one JSON object.
"""

import json
import sys
from datetime import UTC, date, datetime

from client import AuthenticatedClient
from client.api.account import read_account
from client.api.carried import begin_carried, list_carried, read_carried, take_match_step
from client.api.needs import list_need_matches, search_needs
from client.models import NewCarried, Problem, SentStep, Side, Step


def main(address, broker_key, need_key, achievement_key):
    broker, need_side, achievement_side = (
        AuthenticatedClient(base_url=address, token=key, raise_on_unexpected_status=True)
        for key in (broker_key, need_key, achievement_key)
    )
    account = read_account.sync(client=broker)

    found = search_needs.sync(client=broker, q="秸秆 可降解 包装", limit=5)
    need = found.items[0]
    best = list_need_matches.sync(need.id, client=broker, limit=3).items[0]
    reasons = [reason.sentence for reason in best.explanation.reasons]

    begun = NewCarried(need_id=best.need_id, achievement_id=best.achievement_id)
    match = begin_carried.sync(client=broker, body=begun)

    def step(client, name, **said):
        sent = SentStep(version=read_carried.sync(match.id, client=client).version, **said)
        taken = take_match_step.sync(match.id, name, client=client, body=sent)
        if isinstance(taken, Problem):
            raise SystemExit(f"{name}: {taken.detail}, {taken.fix}")
        return taken

    step(broker, Step.INTRODUCE)
    step(need_side, Step.ACCEPT, side=Side.NEED)
    agreed = step(achievement_side, Step.ACCEPT, side=Side.ACHIEVEMENT)
    step(broker, Step.NEGOTIATE)
    step(broker, Step.RECORD_INTENT)
    step(broker, Step.SIGN, on=date.today())
    signed = read_carried.sync(match.id, client=broker)
    changed = list_carried.sync(client=broker, updated_since=datetime(2020, 1, 1, tzinfo=UTC), fields="status")
    return {
        "role": str(account.role),
        "need": need.title,
        "budget": need.budget_max,
        "achievement": best.achievement.title,
        "band": str(best.band),
        "reasons": reasons,
        "agreed": str(agreed.status),
        "signed": str(signed.status),
        "follow_ups": [follow_up.days for follow_up in signed.follow_ups],
        "changed": [[one.id, str(one.status)] for one in changed.items],
        "match": match.id,
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), ensure_ascii=False))
