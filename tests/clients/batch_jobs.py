"""azure-batch, newest: jobs, tasks and schedules on a pool that boots the gallery's image.

The emulator runs no command. It reads from it how long it takes (`sleep`) and with what it ends (`exit`).
"""

import datetime

from azure.batch import models
from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError

from check import check, equal, eventually, holds, refused, run
from cloud import data_plane

POOL = "management"
JOB = "work"

batch = data_plane()


def task(name, command="/bin/bash -c 'echo done'", **more):
    """A task that ends well, unless its command says otherwise."""
    return models.BatchTaskCreateOptions(id=name, command_line=command, **more)


def ended(name, job=JOB):
    """The task, when it is over."""
    return eventually(lambda: batch.get_task(job, name), lambda it: it.state == "completed")


@check
def a_job_is_made_on_the_pool():
    batch.create_job(
        models.BatchJobCreateOptions(
            id=JOB, pool_info=models.BatchPoolInfo(pool_id=POOL), priority=100, uses_task_dependencies=True
        )
    )
    found = batch.get_job(JOB)
    equal((found.id, found.state, found.priority, found.pool_info.pool_id), (JOB, "active", 100, POOL))
    equal((found.all_tasks_complete_mode, found.execution_info.pool_id), ("noaction", POOL))


@check
def the_same_job_is_there_already():
    again = models.BatchJobCreateOptions(id=JOB, pool_info=models.BatchPoolInfo(pool_id=POOL))
    refused(lambda: batch.create_job(again), 409, "JobExists", ResourceExistsError)


@check
def a_task_runs_to_its_end_on_a_node_of_the_pool():
    batch.create_task(JOB, task("first"))
    found = ended("first")
    said = found.execution_info
    equal((said.exit_code, said.result, said.failure_info), (0, "success", None))
    holds(said.start_time <= said.end_time, said)
    holds(found.node_info.node_id in [each.id for each in batch.list_nodes(POOL)], found.node_info.node_id)
    refused(lambda: batch.create_task(JOB, task("first")), 409, "TaskExists", ResourceExistsError)


@check
def a_task_that_fails_says_how():
    batch.create_task(JOB, task("failing", "/bin/bash -c 'exit 3'"))
    said = ended("failing").execution_info
    equal((said.exit_code, said.result), (3, "failure"))
    equal((said.failure_info.category.lower(), said.failure_info.code), ("usererror", "FailureExitCode"))


@check
def a_task_is_tried_again_as_often_as_it_may():
    twice = models.BatchTaskConstraints(max_task_retry_count=2)
    batch.create_task(JOB, task("stubborn", "/bin/bash -c 'exit 1'", constraints=twice))
    equal(ended("stubborn").execution_info.retry_count, 2)


@check
def a_task_waits_for_what_it_depends_on():
    batch.create_task(JOB, task("before", "/bin/bash -c 'sleep 60'"))
    batch.create_task(JOB, task("after", depends_on=models.BatchTaskDependencies(task_ids=["before"])))
    after = ended("after").execution_info
    holds(after.start_time >= batch.get_task(JOB, "before").execution_info.end_time, after)


@check
def more_tasks_than_a_request_takes_are_added_and_listed():
    names = [f"many-{number:03}" for number in range(120)]
    added = batch.create_tasks(JOB, [task(name) for name in names])
    equal({each.status for each in added.result_values}, {"success"})
    found = [each.id for each in batch.list_tasks(JOB, filter="startswith(id,'many')", select=["id"])]
    equal(sorted(found), names)
    for name in names:
        ended(name)


@check
def a_task_that_cannot_be_added_is_told_among_those_that_can():
    try:
        batch.create_tasks(JOB, [task("good"), task("wrong name")])
    except models.CreateTasksError as error:
        equal([each.task_id for each in error.failure_tasks], ["wrong name"])
    else:
        raise AssertionError("a task with a blank in its id was added")
    equal(ended("good").execution_info.exit_code, 0)


@check
def tasks_are_counted_by_how_they_ended():
    found = batch.get_job_task_counts(JOB).task_counts
    equal((found.active, found.running, found.completed), (0, 0, 126))
    equal((found.succeeded, found.failed), (124, 2))


@check
def tasks_are_filtered_by_their_state():
    found = batch.list_tasks(JOB, filter="state eq 'completed' and executionInfo/exitCode ne 0", select=["id"])
    equal(sorted(each.id for each in found), ["failing", "stubborn"])


@check
def a_task_is_ended_and_begun_again():
    batch.create_task(JOB, task("long", "/bin/bash -c 'sleep 30d'"))
    eventually(lambda: batch.get_task(JOB, "long"), lambda it: it.state == "running")
    batch.terminate_task(JOB, "long")
    equal(ended("long").execution_info.result, "failure")
    batch.reactivate_task(JOB, "long")
    eventually(lambda: batch.get_task(JOB, "long"), lambda it: it.state == "running")
    batch.delete_task(JOB, "long")
    refused(lambda: batch.get_task(JOB, "long"), 404, "TaskNotFound", ResourceNotFoundError)


@check
def a_job_is_changed_unless_it_is_another_by_now():
    batch.update_job(JOB, models.BatchJobUpdateOptions(priority=7))
    equal(batch.get_job(JOB).priority, 7)
    stale = {"etag": "0x8D0000000000000", "match_condition": MatchConditions.IfNotModified}
    refused(
        lambda: batch.update_job(JOB, models.BatchJobUpdateOptions(priority=8), **stale),
        412,
        "ConditionNotMet",
        ResourceModifiedError,
    )


@check
def a_job_is_disabled_and_enabled():
    requeue = models.BatchJobDisableOptions(disable_tasks=models.DisableBatchJobOption.REQUEUE)
    batch.begin_disable_job(JOB, requeue, polling_interval=0.1).result()
    equal(batch.get_job(JOB).state, "disabled")
    batch.create_task(JOB, task("waiting"))
    equal(batch.get_task(JOB, "waiting").state, "active")
    batch.begin_enable_job(JOB, polling_interval=0.1).result()
    equal(batch.get_job(JOB).state, "active")
    ended("waiting")


@check
def a_job_ends_with_its_last_task():
    batch.create_job(models.BatchJobCreateOptions(id="passing", pool_info=models.BatchPoolInfo(pool_id=POOL)))
    batch.create_task("passing", task("only"))
    # Said at the beginning, it would end at once: a job without tasks has none that is not complete.
    done = models.BatchAllTasksCompleteMode.TERMINATE_JOB
    batch.update_job("passing", models.BatchJobUpdateOptions(all_tasks_complete_mode=done))
    found = eventually(lambda: batch.get_job("passing"), lambda it: it.state == "completed")
    equal(found.execution_info.termination_reason, "AllTasksComplete")
    refused(lambda: batch.create_task("passing", task("late")), 409, "JobCompleted", ResourceExistsError)


@check
def a_job_whose_pool_is_missing_waits_for_it():
    batch.create_job(
        models.BatchJobCreateOptions(id="waiting", pool_info=models.BatchPoolInfo(pool_id="missing"))
    )
    batch.create_task("waiting", task("only"))
    equal((batch.get_job("waiting").state, batch.get_task("waiting", "only").state), ("active", "active"))


@check
def a_job_is_terminated_with_a_reason():
    # The client does not export this model.
    batch.begin_terminate_job("waiting", {"terminateReason": "enough"}, polling_interval=0.1).result()
    found = batch.get_job("waiting")
    equal((found.state, found.execution_info.termination_reason), ("completed", "enough"))


@check
def jobs_are_listed_page_by_page():
    pages = [[each.id for each in page] for page in batch.list_jobs(max_results=2, select=["id"]).by_page()]
    equal(pages, [["passing", "waiting"], ["work"]])


@check
def a_schedule_makes_jobs_as_time_passes():
    every_hour = models.BatchJobScheduleConfiguration(recurrence_interval=datetime.timedelta(hours=1))
    of_jobs = models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id=POOL))
    batch.create_job_schedule(
        models.BatchJobScheduleCreateOptions(id="hourly", schedule=every_hour, job_specification=of_jobs)
    )
    first = eventually(lambda: batch.get_job_schedule("hourly"), lambda it: it.execution_info.recent_job)
    equal((first.state, first.execution_info.recent_job.id), ("active", "hourly:job-1"))
    equal([each.id for each in batch.list_jobs_from_schedule("hourly", select=["id"])], ["hourly:job-1"])
    batch.disable_job_schedule("hourly")
    equal(batch.get_job_schedule("hourly").state, "disabled")
    batch.enable_job_schedule("hourly")
    batch.begin_delete_job_schedule("hourly", polling_interval=0.1).result()
    refused(lambda: batch.get_job_schedule("hourly"), 404, "JobScheduleNotFound", ResourceNotFoundError)


@check
def what_is_missing_is_not_found():
    refused(lambda: batch.get_job("missing"), 404, "JobNotFound", ResourceNotFoundError)
    refused(lambda: batch.get_task(JOB, "missing"), 404, "TaskNotFound", ResourceNotFoundError)


@check
def a_delete_is_polled_until_the_job_is_gone():
    for name in ("passing", "waiting", JOB):
        batch.begin_delete_job(name, polling_interval=0.1).result()
    equal([each.id for each in batch.list_jobs()], [])


if __name__ == "__main__":
    run()
