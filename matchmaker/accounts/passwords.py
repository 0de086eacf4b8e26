"""Passwords: which ones are good enough, and how they are kept and compared."""

from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from matchmaker.errors import MalformedRequest

# argon2id with the library's parameters (those of RFC 9106 for little memory).
PASSWORDS = PasswordHash((Argon2Hasher(),))
# One argon2 computation takes 64 MB: forty logins at once must not take the machine's memory.
_AT_ONCE = BoundedSemaphore(4)

MIN_LENGTH = 10
MAX_LENGTH = 200
# "aaaaaaaaaa", "1212121212": long, and guessed first.
_MIN_DIFFERENT = 4
# What guessing programs try first, of those that are long enough; compared without case.
_COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "12345678901",
        "123456789012",
        "1234567891",
        "9876543210",
        "0987654321",
        "1234512345",
        "1233211234567",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "1qaz!qaz2wsx",
        "qwertyuiop",
        "qwertyuiop123",
        "qwerty12345",
        "qwerty123456",
        "asdfghjkl123",
        "zaq12wsxcde3",
        "password12",
        "password123",
        "password1234",
        "password12345",
        "p@ssw0rd123",
        "p@ssword123",
        "passw0rd123",
        "iloveyou123",
        "iloveyou1314",
        "admin12345",
        "admin123456",
        "admin@12345",
        "administrator",
        "administrator1",
        "administrator123",
        "root123456",
        "letmein123",
        "welcome123",
        "welcome1234",
        "changeme123",
        "test123456",
        "aa12345678",
        "aa123456789",
        "abc1234567",
        "abc12345678",
        "abcd123456",
        "abcd1234567",
        "abcdefghij",
        "a1234567890",
        "a123456789",
        "woaini1314",
        "woaini520",
        "woaini5201314",
        "5201314520",
        "1314520520",
        "woaini123456",
        "wangluo123",
        "keji123456",
        "kejiju123456",
        "zhongguo123",
        "qq123456789",
        "wang123456",
        "zhang123456",
        "huang123456",
    ]
)


def check_password(password: str, login_name: str) -> None:
    """Raise MalformedRequest, with the way out, for a password that is too short or would soon be guessed."""
    lowered = password.lower()
    if len(password) < MIN_LENGTH:
        raise MalformedRequest(f"密码至少 {MIN_LENGTH} 个字符", "可以用几个不相干的词连成一句")
    if len(password) > MAX_LENGTH:
        raise MalformedRequest(f"密码最多 {MAX_LENGTH} 个字符", "请缩短后重试")
    if login_name and login_name.lower() in (lowered, lowered[::-1]):
        raise MalformedRequest("密码不能与登录名相同", "请换一个密码")
    if lowered in _COMMON or len(set(lowered)) < _MIN_DIFFERENT:
        raise MalformedRequest("这个密码太常见，容易被猜中", "请换一个密码，可以用几个不相干的词连成一句")


def password_hash(password: str) -> str:
    """What is stored of a password."""
    with _AT_ONCE:
        return PASSWORDS.hash(password)


def fits(password: str, stored: str) -> tuple[bool, str | None]:
    """Is it the password of that hash, and the hash to store instead where the parameters have changed.

    An empty hash fits nothing and takes as long as any other, so that nobody learns from the time it takes which
    login names exist.
    """
    with _AT_ONCE:
        # A longer one was never accepted; hashing megabytes is work an attacker would like us to do.
        is_right, renewed = PASSWORDS.verify_and_update(password[: MAX_LENGTH + 1], stored or _nobodys_hash())
    return (is_right and bool(stored)), renewed


@cache
def _nobodys_hash() -> str:
    return PASSWORDS.hash("nobody has this one")
