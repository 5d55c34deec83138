"""What a production installation may not start with."""


def list_refusals(
    *,
    secret_key: str,
    debug: bool,
    allowed_hosts: list[str],
    shares_database: bool,
    keys_given: bool,
    crash_point: str = "",
) -> list[str]:
    """
    Return one sentence for each thing that makes a production installation unsafe; none when it may start.

    `shares_database` tells that the database is a server of its own, which other hosts may use too; then the keys
    have to be given, because keys made on each host would differ.
    """
    refusals = []
    if len(secret_key) < 40 or len(set(secret_key)) < 10 or secret_key.startswith("django-insecure"):
        refusals.append("SECRET_KEY is weak: give at least 40 random characters, or leave it out to have one made.")
    if debug:
        refusals.append("DEBUG is on: it shows settings and source code to every visitor.")
    if "*" in allowed_hosts:
        refusals.append("ALLOWED_HOSTS holds '*': name the hosts people type.")
    if shares_database and not keys_given:
        refusals.append("SECRET_KEY and VAULT_MASTER_KEY must be given when DATABASE_URL names a server.")
    if crash_point:
        refusals.append("CRASH_POINT is set: it is there to have processes killed in tests.")
    return refusals
