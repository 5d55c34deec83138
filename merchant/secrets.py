"""The installation's own secrets: made once, kept below `var/secrets/` where only its user can read them."""

import base64
import os
import secrets
from pathlib import Path

VAR = Path(__file__).resolve().parent.parent / "var"


def read_or_make(name: str, *, var: Path = VAR) -> str:
    """
    Return the secret `name`: 32 random bytes in base64, made on first use.

    Two processes that start at the same moment end with the same secret: the file is linked into place complete,
    and who comes second reads what is there.
    """
    path = var / "secrets" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_name(f"{name}.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode())
        try:
            os.link(new, path)
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_text()
