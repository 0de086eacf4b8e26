"""What existed before there were accounts: records, matches, parties, imports, vocabularies, public pages."""

from matchmaker.models.account import Role
from tests.matchmaker.web.route_rights import anyone, known, only

PARTY = {"name": "澄湖权限测试单位"}
FILE = {
    "files": {"file": ("needs.csv", "需求名称,主要问题\n低温污水脱氮工艺,冬季总氮去除率下降\n".encode())},
    "data": {"kind": "needs", "dry_run": "true"},
}
ADMINISTRATOR = (Role.ADMINISTRATOR,)
CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)

V1 = "/api/v1"
ROWS = [
    anyone("GET /healthz"),
    anyone("GET /readyz"),
    anyone("GET /metrics"),
    anyone(f"GET {V1}/openapi.json"),
    anyone(f"GET {V1}/docs"),
    anyone(f"GET {V1}/vocabularies"),
    anyone(f"GET {V1}/index"),
    anyone(f"GET {V1}/needs"),
    anyone(f"GET {V1}/needs/suggestions", f"{V1}/needs/suggestions?q=a"),
    anyone(f"GET {V1}/needs/{{record_id}}", f"{V1}/needs/{{need}}"),
    anyone(f"GET {V1}/needs/{{record_id}}/matches", f"{V1}/needs/{{need}}/matches"),
    anyone(f"GET {V1}/achievements"),
    anyone(f"GET {V1}/achievements/suggestions", f"{V1}/achievements/suggestions?q=a"),
    anyone(f"GET {V1}/achievements/{{record_id}}", f"{V1}/achievements/{{achievement}}"),
    anyone(f"GET {V1}/achievements/{{record_id}}/matches", f"{V1}/achievements/{{achievement}}/matches"),
    anyone(f"GET {V1}/matches", f"{V1}/matches?need_id={{need}}"),
    known(f"POST {V1}/matches", json={"text": "秸秆制备可降解包装材料"}),
    known(f"POST {V1}/matches/batch", status=422),
    anyone(f"GET {V1}/enterprises"),
    anyone(f"GET {V1}/enterprises/{{record_id}}", f"{V1}/enterprises/{{enterprise}}"),
    only(f"POST {V1}/enterprises", CITY, status=201, json=PARTY),
    only(
        f"PATCH {V1}/enterprises/{{record_id}}",
        CITY,
        f"{V1}/enterprises/{{enterprise}}",
        json={"version": 1, "introduction": "新简介"},
    ),
    anyone(f"GET {V1}/institutions"),
    anyone(f"GET {V1}/institutions/{{record_id}}", f"{V1}/institutions/{{institution}}"),
    only(f"POST {V1}/institutions", CITY, status=201, json=PARTY),
    only(
        f"PATCH {V1}/institutions/{{record_id}}",
        CITY,
        f"{V1}/institutions/{{institution}}",
        json={"version": 1, "introduction": "新简介"},
    ),
    # As on the page: everybody what her role may import.
    only(f"POST {V1}/imports", (*CITY, Role.DISTRICT_OFFICIAL, Role.ENTERPRISE), **FILE),
    # Who may fetch it finds none of that number.
    only(
        f"GET {V1}/imports/{{import_id}}/rejected.xlsx",
        (*CITY, Role.DISTRICT_OFFICIAL, Role.ENTERPRISE, Role.INSTITUTION),
        f"{V1}/imports/{'0' * 32}/rejected.xlsx",
        status=404,
    ),
    anyone(f"GET {V1}/imports/template/{{kind}}", f"{V1}/imports/template/needs"),
    anyone("GET /"),
    anyone("GET /search", status=303),
    anyone("GET /search/suggestions", "/search/suggestions?q=a"),
    anyone("GET /needs"),
    anyone("GET /needs/{record_id:int}", "/needs/{need}"),
    anyone("GET /achievements"),
    anyone("GET /achievements/{record_id:int}", "/achievements/{achievement}"),
    only("GET /dictionary", ADMINISTRATOR),
    only("POST /dictionary/groups", ADMINISTRATOR, status=303, data={"words": "权限甲 = 权限乙"}),
    # Who may change them finds none of that number.
    only(
        "POST /dictionary/groups/{group_id:int}",
        ADMINISTRATOR,
        "/dictionary/groups/999999",
        status=404,
        data={"words": "权限甲 = 权限丙"},
    ),
    only("POST /dictionary/lines", ADMINISTRATOR, status=303, data={"key": "污水 = 废水", "off": "1"}),
    anyone("POST /text-size", status=303, data={"size": "large", "next": "/"}),
]
