"""pyzeebe, configured by nothing but the environment that `skep env` prints."""

import asyncio
import os
import sys
import traceback
import uuid

import grpc
from pyzeebe import Job, ZeebeClient, ZeebeWorker, create_oauth2_client_credentials_channel
from pyzeebe.errors import BusinessError, ProcessDefinitionNotFoundError

LIMIT_S = 30
passed = 0
failed = 0


def unique(name):
    return f"{name}-{uuid.uuid4()}"


def equal(found, expected, what):
    assert found == expected, f"{what}: expected {expected!r}, found {found!r}"


async def step(name, work):
    global passed, failed
    try:
        await asyncio.wait_for(work(), LIMIT_S)
        passed += 1
        print(f"ok   {name}", flush=True)
    except Exception:
        failed += 1
        print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)


def channel():
    # TLS, because pyzeebe sends credentials over nothing else; the roots come from the
    # environment variable GRPC_DEFAULT_SSL_ROOTS_FILE_PATH.
    return create_oauth2_client_credentials_channel(
        scope=os.environ["ZEEBE_TOKEN_SCOPE"],
        channel_credentials=grpc.ssl_channel_credentials(),
    )


class Working:
    """A worker for the time of one step."""

    def __init__(self, **options):
        self.worker = ZeebeWorker(channel(), **options)

    async def __aenter__(self):
        self.running = asyncio.create_task(self.worker.work())
        return self

    async def __aexit__(self, *_):
        await self.worker.stop()
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


async def main():
    client = ZeebeClient(channel())
    model = os.environ["INTEROP_MODEL"]

    async def deploys():
        deployment = await client.deploy_resource(model)
        equal(len(deployment.deployments), 3, "processes")

    async def completes(**options):
        job_type = unique("py-work")
        working = Working(**options)

        @working.worker.task(task_type=job_type)
        async def work(job: Job, orderId: int) -> dict:
            return {"seen": orderId, "desk": job.custom_headers["desk"]}

        async with working:
            result = await client.run_process_with_result(
                "interop_work", {"jobType": job_type, "orderId": 4711}, timeout=20_000
            )
        equal(result.variables["seen"], 4711, "seen")
        equal(result.variables["desk"], "north", "header")

    async def fails():
        job_type = unique("py-fail")
        retries = []
        working = Working()

        @working.worker.task(task_type=job_type)
        async def work(job: Job) -> dict:
            retries.append(job.retries)
            if len(retries) < 3:
                raise RuntimeError("not yet")
            return {}

        async with working:
            await client.run_process_with_result(
                "interop_work", {"jobType": job_type}, timeout=20_000
            )
        equal(retries, [3, 2, 1], "retries")

    async def throws():
        job_type = unique("py-error")
        working = Working()

        @working.worker.task(task_type=job_type)
        async def work() -> dict:
            raise BusinessError("CARD_DECLINED")

        async with working:
            result = await client.run_process_with_result(
                "interop_payment", {"jobType": job_type, "orderId": 7}, timeout=20_000
            )
        equal(result.variables["outcome"], "declined for 7", "outcome")

    async def correlates():
        order_id = unique("order")
        waiting = asyncio.create_task(
            client.run_process_with_result("interop_message", {"orderId": order_id}, timeout=20_000)
        )
        await client.publish_message(
            "payment-received", order_id, {"amount": 12}, time_to_live_in_milliseconds=60_000
        )
        equal((await waiting).variables["amount"], 12, "amount")

    async def unknown():
        try:
            await client.run_process("no_such_process")
        except ProcessDefinitionNotFoundError:
            return
        raise AssertionError("an unknown process was accepted")

    await step("deploys a model with three processes", deploys)
    await step("a polling worker completes a job, and the creator gets the result", completes)
    await step("a streaming worker completes a job", lambda: completes(stream_enabled=True))
    await step("a failed job comes back with the retries that were left", fails)
    await step("a BPMN error takes the boundary event", throws)
    await step("a message correlates by its key", correlates)
    await step("an unknown process is NOT_FOUND", unknown)

    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(0 if failed == 0 else 1)


asyncio.run(main())
