// @camunda8/sdk over gRPC, configured by nothing but the environment that `skep env` prints.
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { Camunda8 } from '@camunda8/sdk'
import { deferred, equal, finish, rejects, step } from './check.mjs'

const model = process.env.INTEROP_MODEL
const decisions = join(dirname(model), 'interop.dmn')
const camunda = new Camunda8({ CAMUNDA_LOG_LEVEL: 'error' })
const client = camunda.getZeebeGrpcApiClient()
const unique = (name) => `${name}-${randomUUID()}`

await step('topology names this server as healthy leader', async () => {
  const topology = await client.topology()
  equal(topology.brokers[0].partitions[0].role, 'LEADER', 'role')
  equal(topology.brokers[0].partitions[0].health, 'HEALTHY', 'health')
})

await step('deploys a model with three processes', async () => {
  const { deployments } = await client.deployResource({ processFilename: model })
  equal(deployments.length, 3, 'processes')
})

await step('a polling worker completes a job, and the creator gets the result', async () => {
  const taskType = unique('sdk-work')
  const worker = client.createWorker({
    taskType,
    taskHandler: (job) =>
      job.complete({ seen: job.variables.orderId, desk: job.customHeaders.desk }),
  })
  const result = await client.createProcessInstanceWithResult({
    bpmnProcessId: 'interop_work',
    variables: { jobType: taskType, orderId: 4711 },
    requestTimeout: 20_000,
  })
  equal(result.variables.seen, 4711, 'seen')
  equal(result.variables.desk, 'north', 'header')
  await worker.close()
})

await step('a job is pushed to an open stream', async () => {
  const type = unique('sdk-stream')
  const pushed = deferred()
  const stream = await client.streamJobs({
    type,
    worker: 'interop',
    timeout: 30_000,
    taskHandler: async (job) => {
      pushed.resolve(job.variables.orderId)
      return job.complete({ pushed: true })
    },
  })
  const result = await client.createProcessInstanceWithResult({
    bpmnProcessId: 'interop_work',
    variables: { jobType: type, orderId: 5 },
    requestTimeout: 20_000,
  })
  equal(await pushed.promise, 5, 'orderId')
  equal(result.variables.pushed, true, 'pushed')
  stream.close()
})

await step('a failed job comes back with the retries that were left', async () => {
  const taskType = unique('sdk-fail')
  const retries = []
  const done = deferred()
  const worker = client.createWorker({
    taskType,
    taskHandler: (job) => {
      retries.push(job.retries)
      if (retries.length < 3) {
        return job.fail({ errorMessage: 'not yet', retries: job.retries - 1, retryBackOff: 100 })
      }
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
  const taskType = unique('sdk-error')
  const worker = client.createWorker({
    taskType,
    taskHandler: (job) => job.error({ errorCode: 'CARD_DECLINED', errorMessage: 'no funds' }),
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

await step('a message id is taken once while the message is kept', async () => {
  const message = {
    name: 'payment-received',
    correlationKey: unique('order'),
    messageId: unique('message'),
    timeToLive: 60_000,
    variables: {},
  }
  await client.publishMessage(message)
  await rejects(() => client.publishMessage(message), /ALREADY_EXISTS/)
})

await step('variables that are no object are refused', async () => {
  await rejects(
    () =>
      client.executeOperation('createProcessInstance', async () =>
        (await client.grpc).createProcessInstanceSync({
          bpmnProcessId: 'interop_work',
          version: -1,
          variables: '[1]',
        })
      ),
    /INVALID_ARGUMENT/
  )
})

await step('a decision is deployed, evaluated and deleted over gRPC', async () => {
  const { deployments } = await client.deployResource({ decisionFilename: decisions })
  equal(deployments[0].decision.dmnDecisionId, 'interop_carrier', 'decision')
  const evaluated = await client.evaluateDecision({
    decisionId: 'interop_carrier',
    variables: { weight: 12 },
  })
  equal(evaluated.decisionOutput, '"van"', 'output')
  const [table] = evaluated.evaluatedDecisions
  equal(table.evaluatedInputs[0].inputValue, '12', 'input')
  equal(table.matchedRules[0].ruleIndex, 2, 'rule')
  await client.deleteResource({ resourceKey: deployments[1].decisionRequirements.decisionRequirementsKey })
  await rejects(
    () => client.evaluateDecision({ decisionId: 'interop_carrier', variables: {} }),
    /no decision found for id 'interop_carrier'/
  )
})

await step('a decision is deployed, evaluated and deleted over REST', async () => {
  const rest = camunda.getCamundaRestClient()
  const deployed = await rest.deployResourcesFromFiles([decisions])
  const [decision] = deployed.decisions
  equal(decision.decisionDefinitionId, 'interop_carrier', 'decision')
  const evaluated = await rest.evaluateDecision({
    decisionDefinitionKey: decision.decisionDefinitionKey,
    variables: { weight: 3 },
  })
  equal(evaluated.output, '"bicycle"', 'output')
  equal(evaluated.evaluatedDecisions[0].matchedRules[0].ruleIndex, 1, 'rule')
  const [graph] = deployed.decisionRequirements
  await rest.deleteResource({ resourceKey: graph.decisionRequirementsKey })
  await rejects(
    () => rest.evaluateDecision({ decisionDefinitionId: 'interop_carrier', variables: {} }),
    /404|no decision found/
  )
})

await client.close()
finish()
