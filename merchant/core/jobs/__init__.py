"""
Durable jobs: a row with a step, a lease and a count of attempts; Celery is only the alarm clock.

Owns the job table, the runner and the schedule. A killed worker, a flushed broker or two beats change nothing. Start in `services.enqueue`.
"""
