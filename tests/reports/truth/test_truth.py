"""A made-up trade is reconciled, everything that is true of it is found, and the judge would have seen anything else."""

from copy import deepcopy

import pytest

from merchant.core import db
from reports.truth import judge, loading, running, services
from reports.truth.generator import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def missed(verdicts):
    return {verdict.question for verdict in verdicts if not verdict.holds}


def test_everything_that_is_true_is_found_and_nothing_else():
    proof = services.prove(payments=2_000, seed=1)

    assert proof.holds, "\n".join(proof.as_table())


def test_the_judge_sees_whatever_differs_from_the_truth():
    world = make.make(payments=600, seed=1, run="JUDGE")
    truth = make.truth_of(world)
    loaded = loading.load(world)
    running.take_in(world.files, loaded, say=lambda words: None)
    assert missed(judge.judge(truth, loaded)) == set()

    false = deepcopy(truth)
    false["matches"][0][1], false["matches"][1][1] = false["matches"][1][1], false["matches"][0][1]
    false["planted"][0]["amount_minor"] += 1
    false["totals"][0]["net"] += 1
    false["clearing"][0][2] += 1

    kind = f"exceptions: {truth['planted'][0]['kind']}"
    assert missed(judge.judge(false, loaded)) == {
        "report rows matched falsely",
        kind,
        "rows, gross, fee and net of every file",
        "clearing is what it must be",
    }


def test_a_trade_too_small_for_every_error_is_refused_and_leaves_no_merchant():
    with pytest.raises(ValueError, match="at least 200"):
        services.prove(payments=20, seed=1)

    assert db.rows("SELECT count(*) FROM merchant_merchant") == [(0,)]
