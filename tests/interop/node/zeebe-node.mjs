// zeebe-node, configured by nothing but the environment that `skep env` prints.
import { randomUUID } from 'node:crypto'
import { ZBClient } from 'zeebe-node'
import { deferred, equal, finish, rejects, step } from './check.mjs'

const model = process.env.INTEROP_MODEL
const client = new ZBClient({ retry: false, loglevel: 'ERROR' })
const unique = (name) => `${name}-${randomUUID()}`

await step('topology names this server as healthy leader', async () => {
  const topology = await client.topology()
  equal(topology.clusterSize, 1, 'clusterSize')
  equal(topology.brokers[0].partitions[0].role, 'LEADER', 'role')
  equal(topology.brokers[0].partitions[0].health, 'HEALTHY', 'health')
})

await step('deploys, and finds an unchanged deployment unchanged', async () => {
  const first = await client.deployResource({ processFilename: model })
  equal(first.deployments.length, 3, 'processes')
  const again = await client.deployResource({ processFilename: model })
  equal(again.deployments[0].process.version, first.deployments[0].process.version, 'version')
})

await step('a worker completes a job, and the creator gets the result', async () => {
  const taskType = unique('node-work')
  const worker = client.createWorker({
    taskType,
    taskHandler: (job) =>
      job.complete({ seen: job.variables.orderId, desk: job.customHeaders.desk, float: 1.5 }),
  })
  const result = await client.createProcessInstanceWithResult({
    bpmnProcessId: 'interop_work',
    variables: { jobType: taskType, orderId: 4711 },
    requestTimeout: 20_000,
  })
  equal(result.variables.seen, 4711, 'seen')
  equal(result.variables.desk, 'north', 'header')
  equal(result.variables.float, 1.5, 'float')
  await worker.close()
})

await step('a failed job comes back with the retries that were left', async () => {
  const taskType = unique('node-fail')
  const retries = []
  const done = deferred()
  const worker = client.createWorker({
    taskType,
    taskHandler: (job) => {
      retries.push(job.retries)
      if (retries.length < 3) return job.fail('not yet', job.retries - 1)
      done.resolve()
      return job.complete()
    },
  })
  await client.createProcessInstance({
    bpmnProcessId: 'interop_work',
    variables: { jobType: taskType },
  })
  await done.promise
  equal(retries, [3, 2, 1], 'retries')
  await worker.close()
})

await step('a BPMN error takes the boundary event', async () => {
  const taskType = unique('node-error')
  const worker = client.createWorker({
    taskType,
    taskHandler: (job) => job.error('CARD_DECLINED', 'no funds'),
  })
  const result = await client.createProcessInstanceWithResult({
    bpmnProcessId: 'interop_payment',
    variables: { jobType: taskType, orderId: 7 },
    requestTimeout: 20_000,
  })
  equal(result.variables.outcome, 'declined for 7', 'outcome')
  await worker.close()
})

await step('a message correlates by its key', async () => {
  const orderId = unique('order')
  const waiting = client.createProcessInstanceWithResult({
    bpmnProcessId: 'interop_message',
    variables: { orderId },
    requestTimeout: 20_000,
  })
  await client.publishMessage({
    name: 'payment-received',
    correlationKey: orderId,
    timeToLive: 60_000,
    variables: { amount: 12 },
  })
  equal((await waiting).variables.amount, 12, 'amount')
})

await step('an instance can be cancelled, once', async () => {
  const { processInstanceKey } = await client.createProcessInstance({
    bpmnProcessId: 'interop_work',
    variables: { jobType: unique('nobody') },
  })
  await client.cancelProcessInstance(processInstanceKey)
  await rejects(() => client.cancelProcessInstance(processInstanceKey), /NOT_FOUND/)
})

await step('an unknown process is NOT_FOUND', async () => {
  await rejects(
    () => client.createProcessInstance({ bpmnProcessId: 'no_such_process', variables: {} }),
    /NOT_FOUND/
  )
})

await client.close()
finish()
