"""Random secrets, and what is stored of them."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits as text that may stand in a cookie or an address."""
    return secrets.token_urlsafe(32)


def one_time_password() -> str:
    """A random password of 80 bits without letters that look alike."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(4))


def digest(secret: str) -> str:
    """What is stored of a random secret. A plain hash is enough: 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
