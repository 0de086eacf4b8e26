"""What a stack must be able to do, told in order: each journey goes on where the one before it ended."""

import json
import signal
import time
from collections.abc import Callable
from typing import Any

from scripts.stack_processes.stack import Stack

# Long: a busy machine may catch up slowly. Nothing waits as long as this where all is well.
PATIENCE_SECONDS = 300

NEEDS = """需求编号,技术需求名称,主要问题
N-1,再生铅熔炼烟气中铅尘深度净化,熔炼炉烟气含铅粉尘细，布袋除尘后排放浓度仍偏高
N-2,玉米秸秆餐盒防水涂层,淀粉基餐盒遇热汤渗漏，需要可降解的防水层
N-3,低温压榨米糠油脱色,脱色后谷维素损失超过四成
"""
ACHIEVEMENTS = [
    {"id": "A-1", "title": "高温覆膜滤筒净化再生铅熔炼烟气", "summary": "覆膜滤筒除尘装备，用于铅熔炼烟气的铅尘净化"},
    {"id": "A-2", "title": "可降解餐盒用植物蜡防水涂层", "summary": "秸秆餐盒表面的防水防油涂层"},
    {"id": "A-3", "title": "数控机床主轴热误差补偿", "summary": "根据温升预测主轴伸长量并补偿"},
]


def commands_take_in_files(stack: Stack) -> None:
    """A file of needs by the command line: three records, nothing returned."""
    (stack.folder / "需求.csv").write_text(NEEDS, "gb18030")
    code, said = stack.run("ingest", "needs", "需求.csv")
    assert code == 0, said
    assert "退回 0" in said or "退回" not in said, said


def the_service_takes_in_files(stack: Stack) -> None:
    """A file of achievements by the API, a second time without any change."""
    file = "\n".join(json.dumps(one, ensure_ascii=False) for one in ACHIEVEMENTS).encode()
    for added in (3, 0):
        answer = stack.service.writer.post(
            "/imports", data={"kind": "achievements", "source": "stack"}, files={"file": ("成果.jsonl", file)}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["added"] == added, answer.text


def the_workers_bring_all_into_the_index(stack: Stack) -> None:
    """Words and meaning of every record, and none refused."""
    indexed(stack)
    state = stack.service.http.get("/api/v1/index").json()
    assert (state["refused"], state["problem"]) == (0, None), state


def people_find_what_was_loaded(stack: Stack) -> None:
    """By the API and on pages, by words that are in the texts."""
    assert titles(stack, "needs", "铅尘净化")[0] == "再生铅熔炼烟气中铅尘深度净化"
    assert titles(stack, "achievements", "餐盒防水")[0] == ACHIEVEMENTS[1]["title"]
    page = stack.service.http.get("/achievements", params={"q": "餐盒防水"})
    assert page.status_code == 200, page.text
    assert "检索服务暂时不可用" not in page.text


def a_need_meets_its_achievement(stack: Stack) -> None:
    """With reasons, by the API and by the command line."""
    best = stack.service.http.get(f"/api/v1/needs/{need(stack)['id']}/matches").json()["items"][0]
    assert ACHIEVEMENTS[0]["title"] in json.dumps(best, ensure_ascii=False), best
    code, said = stack.run("match", "needs", str(need(stack)["id"]))
    assert code == 0, said
    assert ACHIEVEMENTS[0]["title"] in said, said


def what_is_withdrawn_is_found_no_more(stack: Stack) -> None:
    """Gone from the pages at once and from the index soon."""
    one = stack.service.writer.get("/needs", params={"q": "米糠油脱色"}).json()["items"][0]
    found = stack.service.writer.get(f"/needs/{one['id']}").json()
    update = {"version": found["version"], "status": "withdrawn"}
    answer = stack.service.writer.patch(f"/needs/{one['id']}", json=update)
    assert answer.status_code == 200, answer.text
    assert "低温压榨米糠油脱色" not in titles(stack, "needs", "米糠油脱色")
    assert stack.service.http.get(f"/api/v1/needs/{one['id']}").status_code == 404
    indexed(stack)


def the_operator_sees_that_all_is_well(stack: Stack) -> None:
    """Doctor without red, ready, metrics, and the health checks of docker-compose.yml."""
    code, said = stack.run("doctor")
    assert code == 0, said
    ready = stack.service.http.get("/readyz")
    assert (ready.status_code, ready.json()["search"]["status"]) == (200, "ok"), ready.text
    metrics = stack.service.http.get("/metrics").text
    assert "matchmaker_database_up 1" in metrics, metrics
    assert [stack.health(name) for name in ("app", "worker")] == [0, 0]


def a_killed_worker_is_not_missed(stack: Stack) -> None:
    """The other one goes on; with both gone writes wait, and the first that is back does them."""
    stack.workers.pop().kill()
    assert add(stack, "钙钛矿组件边缘封装胶") == 201
    indexed(stack)
    stack.workers.pop().kill()
    assert add(stack, "高镍正极材料残碱清洗") == 201
    assert stack.service.http.get("/readyz").json()["queue"]["waiting_words"] > 0
    assert "高镍正极材料残碱清洗" not in titles(stack, "needs", "残碱清洗")
    stack.start_workers()
    indexed(stack)
    assert titles(stack, "needs", "边缘封装胶")[0] == "钙钛矿组件边缘封装胶"
    assert titles(stack, "needs", "残碱清洗")[0] == "高镍正极材料残碱清洗"


def everything_is_there_after_a_restart(stack: Stack) -> None:
    """All processes end in order and start again: records, index and the administrator's right are kept."""
    before = sorted(titles(stack, "achievements", ""))
    for worker in stack.workers:
        worker.stop()
    # When uvicorn has closed everything, it ends by the signal that asked for it.
    assert stack.stop_service() in (0, -signal.SIGTERM)
    assert [worker.wait() for worker in stack.workers] == [0, 0]
    stack.workers.clear()
    stack.node.stop()
    stack.postgres.stop()
    stack.postgres.start()
    stack.node.start()
    stack.start_service()
    stack.start_workers()
    assert sorted(titles(stack, "achievements", "")) == before
    assert titles(stack, "needs", "铅尘净化")[0] == "再生铅熔炼烟气中铅尘深度净化"
    assert add(stack, "海上风电叶片前缘防护") == 201
    indexed(stack)
    assert titles(stack, "needs", "叶片前缘防护")[0] == "海上风电叶片前缘防护"


JOURNEYS: list[Callable[[Stack], None]] = [
    commands_take_in_files,
    the_service_takes_in_files,
    the_workers_bring_all_into_the_index,
    people_find_what_was_loaded,
    a_need_meets_its_achievement,
    what_is_withdrawn_is_found_no_more,
    the_operator_sees_that_all_is_well,
    a_killed_worker_is_not_missed,
    everything_is_there_after_a_restart,
]


def indexed(stack: Stack) -> None:
    """Wait until the workers have nothing left to do."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        state = stack.service.http.get("/api/v1/index").json()
        if state.get("waiting_words") == state.get("waiting_meaning") == 0:
            return
        assert time.monotonic() < until, f"still waiting: {state}"
        time.sleep(0.2)


def titles(stack: Stack, kind: str, text: str) -> list[str]:
    """What the public finds, best first."""
    answer = stack.service.http.get(f"/api/v1/{kind}", params={"q": text, "limit": 20})
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["items"]]


def need(stack: Stack) -> dict[str, Any]:
    """The need that has its achievement."""
    found: dict[str, Any] = stack.service.http.get("/api/v1/needs", params={"q": "铅尘净化"}).json()["items"][0]
    return found


def add(stack: Stack, title: str) -> int:
    """Post a need; the status of the answer."""
    body = {"source": "stack", "source_id": title, "title": title, "problem": "寿命短，成本高"}
    return stack.service.writer.post("/needs", json=body).status_code
