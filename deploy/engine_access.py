"""Give the platform its own access to Elasticsearch: an API key for its indexes, as the file of a setting.

Run once before `serve` and `worker`, in their image, by docker-compose.yml. Reads `MATCHMAKER_ENGINE_URL` and
`MATCHMAKER_ENGINE_CA_FILE` as they do, and the password of the user `elastic` from the file `ELASTIC_PASSWORD_FILE`;
writes `matchmaker_engine_api_key` into the folder `ENGINE_ACCESS_DIR`. A key that still opens the door is kept.
"""

import os
import sys
import time
from pathlib import Path

from elastic_transport import TransportError
from elasticsearch import ApiError, AuthenticationException, Elasticsearch

from indexing.engines.elastic_address import parse_address
from matchmaker.settings import Settings

KEY_NAME = "matchmaker"
# Elasticsearch has answered its health check when this starts; the index of keys may still be recovering.
PATIENCE_SECONDS = 120


def main() -> int:
    """Exit code: 0 when the key in the file works."""
    settings = Settings()
    address = parse_address(settings.engine_url)
    password = Path(os.environ["ELASTIC_PASSWORD_FILE"]).read_text("utf-8").strip()
    file = Path(os.environ["ENGINE_ACCESS_DIR"], "matchmaker_engine_api_key")
    server = Elasticsearch(list(address.hosts), ca_certs=str(settings.engine_ca_file), request_timeout=30)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if works(server, file):
                print("Elasticsearch 的 API key 可用")
            else:
                write(file, new_key(server.options(basic_auth=("elastic", password)), address.prefix))
                print("已为平台建立 Elasticsearch 的 API key")
            return 0
        except AuthenticationException:
            problem = "Elasticsearch 不接受 elastic 用户的密码：请把原来的 secrets/elastic_password 放回去"
            break
        except (ApiError, TransportError) as error:
            problem = (
                f"Elasticsearch 无法使用（{type(error).__name__}）：请用 docker compose logs elasticsearch 查看原因"
            )
            if time.monotonic() > until:
                break
            time.sleep(2)
    print(problem, file=sys.stderr)
    return 1


def works(server: Elasticsearch, file: Path) -> bool:
    """Is there a key that Elasticsearch accepts? Not after its data, and with it the key, were removed."""
    if not file.exists():
        return False
    try:
        server.options(api_key=file.read_text("ascii").strip()).security.authenticate()
    except AuthenticationException:
        return False
    return True


def new_key(server: Elasticsearch, prefix: str) -> str:
    """A key for everything the platform does, and for nothing beyond its own indexes; older ones end."""
    server.security.invalidate_api_key(name=KEY_NAME)
    rights = {"cluster": ["monitor"], "indices": [{"names": [f"{prefix}*"], "privileges": ["all"]}]}
    made = server.security.create_api_key(name=KEY_NAME, role_descriptors={KEY_NAME: rights})
    return str(made["encoded"])


def write(file: Path, key: str) -> None:
    """Whole or not at all, readable by this user only, who is also that of `serve` and `worker`."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w", encoding="ascii") as opened:
        opened.write(key + "\n")
    new.replace(file)


if __name__ == "__main__":
    sys.exit(main())
