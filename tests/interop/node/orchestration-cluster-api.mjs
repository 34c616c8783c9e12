// @camunda8/orchestration-cluster-api over REST. It holds every answer against the schema of the
// API of 8.9 and fails on an attribute that is missing, of another type, or too much. Configured by
// nothing but the environment that `skep env` prints.
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import createCamundaClient from '@camunda8/orchestration-cluster-api'
import { equal, finish, rejects, step } from './check.mjs'

const model = process.env.INTEROP_MODEL
const decisions = join(dirname(model), 'interop.dmn')
const camunda = createCamundaClient({
  config: { CAMUNDA_SDK_VALIDATION: 'req:none,res:fanatical', CAMUNDA_SDK_LOG_LEVEL: 'error' },
})
// What was answered is found at once: there is nothing to wait for.
const now = { consistency: { waitUpToMs: 0 } }
const file = async (path) => new File([await readFile(path)], basename(path))
const jobType = `cluster-api-${randomUUID()}`

await step('topology, status and who I am', async () => {
  const topology = await camunda.getTopology()
  equal(topology.brokers[0].partitions[0].role, 'leader', 'role')
  await camunda.getStatus()
  await camunda.getAuthentication()
})

let deployed
await step('deploys processes and decisions', async () => {
  deployed = await camunda.createDeployment({ resources: [await file(model), await file(decisions)] })
  equal(deployed.processes.length, 3, 'processes')
})

let instance
await step('an instance that was created is found at once', async () => {
  instance = await camunda.createProcessInstance({
    processDefinitionId: 'interop_work',
    variables: { jobType, orderId: 4711 },
  })
  const { processInstanceKey } = instance
  const found = await camunda.getProcessInstance({ processInstanceKey }, now)
  equal([found.state, found.processDefinitionName], ['ACTIVE', 'Do one job'], 'instance')
  const searched = await camunda.searchProcessInstances(
    {
      filter: { processInstanceKey, state: { $in: ['ACTIVE', 'COMPLETED'] } },
      sort: [{ field: 'startDate', order: 'DESC' }],
    },
    now,
  )
  equal([searched.items.length, searched.page.totalItems], [1, 1], 'searched')
  await camunda.getProcessInstanceCallHierarchy({ processInstanceKey }, now)
})

await step('element instances, flows and statistics of the instance', async () => {
  const { processInstanceKey } = instance
  const elements = await camunda.searchElementInstances(
    { filter: { processInstanceKey }, sort: [{ field: 'startDate', order: 'ASC' }] },
    now,
  )
  equal(elements.items.map((item) => item.type).sort(), ['SERVICE_TASK', 'START_EVENT'], 'types')
  const { elementInstanceKey } = elements.items[0]
  await camunda.getElementInstance({ elementInstanceKey }, now)
  const flows = await camunda.getProcessInstanceSequenceFlows({ processInstanceKey }, now)
  equal(flows.items.map((item) => item.elementId), ['to_work'], 'flows')
  const statistics = await camunda.getProcessInstanceStatistics({ processInstanceKey }, now)
  equal(statistics.items.find((item) => item.elementId === 'work').active, 1, 'active')
})

await step('pages follow each other', async () => {
  for (let n = 0; n < 4; n++) {
    await camunda.createProcessInstance({
      processDefinitionId: 'interop_work',
      variables: { jobType: `${jobType}-other` },
    })
  }
  const keys = []
  let after
  for (;;) {
    const page = await camunda.searchProcessInstances(
      {
        filter: { processDefinitionId: 'interop_work', state: 'ACTIVE' },
        page: after ? { after, limit: 2 } : { limit: 2 },
      },
      now,
    )
    keys.push(...page.items.map((item) => item.processInstanceKey))
    after = page.page.endCursor
    if (!after || page.items.length === 0) break
  }
  equal(new Set(keys).size, keys.length, 'each once')
  equal(keys.length >= 5, true, 'all of them')
})

await step('a job is completed, and the instance found as completed', async () => {
  const { jobs } = await camunda.activateJobs({
    type: jobType,
    timeout: 30_000,
    maxJobsToActivate: 1,
    worker: 'interop',
    requestTimeout: 20_000,
  })
  await jobs[0].complete({ seen: true })
  const { processInstanceKey } = instance
  const found = await camunda.getProcessInstance({ processInstanceKey }, now)
  equal(found.state, 'COMPLETED', 'state')
})

await step('variables of the instance, and instances by variable', async () => {
  const { processInstanceKey } = instance
  const variables = await camunda.searchVariables(
    { filter: { processInstanceKey, name: { $in: ['orderId', 'seen'] } }, sort: [{ field: 'name' }] },
    now,
  )
  equal(variables.items.map((item) => item.value), ['4711', 'true'], 'values')
  const { variableKey } = variables.items[0]
  equal((await camunda.getVariable({ variableKey }, now)).value, '4711', 'value')
  const found = await camunda.searchProcessInstances(
    { filter: { variables: [{ name: 'orderId', value: '4711' }], processInstanceKey } },
    now,
  )
  equal(found.items.length, 1, 'instances')
})

await step('jobs of the instance', async () => {
  const { processInstanceKey } = instance
  const jobs = await camunda.searchJobs({ filter: { processInstanceKey } }, now)
  equal(jobs.items.map((job) => [job.state, job.worker]), [['COMPLETED', 'interop']], 'jobs')
})

await step('an incident is found, and gone when it is resolved', async () => {
  const type = `${jobType}-fails`
  const { processInstanceKey } = await camunda.createProcessInstance({
    processDefinitionId: 'interop_work',
    variables: { jobType: type },
  })
  const { jobs } = await camunda.activateJobs({
    type,
    timeout: 30_000,
    maxJobsToActivate: 1,
    requestTimeout: 20_000,
  })
  const [{ jobKey }] = jobs
  await camunda.failJob({ jobKey, retries: 0, errorMessage: 'the printer is on fire' })
  const incidents = await camunda.searchProcessInstanceIncidents({ processInstanceKey }, now)
  equal(incidents.items.map((item) => item.errorType), ['JOB_NO_RETRIES'], 'incidents')
  const { incidentKey } = incidents.items[0]
  await camunda.getIncident({ incidentKey }, now)
  await camunda.searchIncidents({ filter: { state: 'ACTIVE' } }, now)
  await camunda.getProcessInstanceStatisticsByError({}, now)
  const withIncident = await camunda.searchProcessInstances(
    { filter: { hasIncident: true, errorMessage: { $like: '*on fire' } } },
    now,
  )
  equal(withIncident.items.length >= 1, true, 'instances with an incident')
  await camunda.updateJob({ jobKey, changeset: { retries: 1 } })
  await camunda.resolveIncident({ incidentKey })
  const after = await camunda.getProcessInstance({ processInstanceKey }, now)
  equal(after.hasIncident, false, 'hasIncident')
})

await step('definitions, their files and their statistics', async () => {
  const definitions = await camunda.searchProcessDefinitions(
    { filter: { processDefinitionId: 'interop_work', isLatestVersion: true } },
    now,
  )
  equal(definitions.items.length, 1, 'definitions')
  const { processDefinitionKey } = definitions.items[0]
  await camunda.getProcessDefinition({ processDefinitionKey }, now)
  const xml = await camunda.getProcessDefinitionXml({ processDefinitionKey }, now)
  equal(xml.includes('interop_work'), true, 'xml')
  const statistics = await camunda.getProcessDefinitionStatistics({ processDefinitionKey }, now)
  equal(statistics.items.some((item) => item.elementId === 'work'), true, 'statistics')
  await camunda.getProcessDefinitionInstanceStatistics({}, now)
  await camunda.getProcessDefinitionInstanceVersionStatistics(
    { filter: { processDefinitionId: 'interop_work' } },
    now,
  )
})

await step('decisions, their graphs and their evaluations', async () => {
  const evaluated = await camunda.evaluateDecision({
    decisionDefinitionId: 'interop_carrier',
    variables: { weight: 12 },
  })
  equal(evaluated.output, '"van"', 'output')
  const found = await camunda.searchDecisionDefinitions(
    { filter: { decisionDefinitionId: 'interop_carrier' } },
    now,
  )
  const { decisionDefinitionKey, decisionRequirementsKey } = found.items[0]
  await camunda.getDecisionDefinition({ decisionDefinitionKey }, now)
  await camunda.getDecisionDefinitionXml({ decisionDefinitionKey }, now)
  await camunda.searchDecisionRequirements({}, now)
  await camunda.getDecisionRequirements({ decisionRequirementsKey }, now)
  await camunda.getDecisionRequirementsXml({ decisionRequirementsKey }, now)
  const { decisionEvaluationKey } = evaluated
  const instances = await camunda.searchDecisionInstances({ filter: { decisionEvaluationKey } }, now)
  const { decisionEvaluationInstanceKey } = instances.items[0]
  const one = await camunda.getDecisionInstance({ decisionEvaluationInstanceKey }, now)
  equal(one.matchedRules[0].ruleId, 'heavy', 'matched rule')
})

await step('a user task from its creation to its completion', async () => {
  const tasks = join(dirname(model), '../../bpmn/user_task_native.bpmn')
  await camunda.createDeployment({ resources: [await file(tasks)] })
  const { processInstanceKey } = await camunda.createProcessInstance({
    processDefinitionId: 'user_task_native',
    variables: {
      order: 'A-42',
      requester: 'ada',
      urgency: 70,
      follow_up: '2026-12-30T18:00:00+01:00',
    },
  })
  const found = await camunda.searchUserTasks(
    { filter: { processInstanceKey, state: 'CREATED', candidateGroup: 'sales' } },
    now,
  )
  equal(found.items.map((task) => [task.name, task.priority]), [['Approve order', 70]], 'tasks')
  const { userTaskKey } = found.items[0]
  await camunda.searchUserTaskVariables({ userTaskKey }, now)
  await camunda.searchUserTaskEffectiveVariables({ userTaskKey }, now)
  await camunda.completeUserTask({ userTaskKey, variables: { approved: true } })
  equal((await camunda.getUserTask({ userTaskKey }, now)).state, 'COMPLETED', 'state')
})

await step('a message subscription, waiting and correlated', async () => {
  const orderId = `order-${randomUUID()}`
  const { processInstanceKey } = await camunda.createProcessInstance({
    processDefinitionId: 'interop_message',
    variables: { orderId },
  })
  const waiting = await camunda.searchMessageSubscriptions({ filter: { processInstanceKey } }, now)
  equal(waiting.items.map((item) => item.correlationKey), [orderId], 'waiting')
  await camunda.correlateMessage({ name: 'payment-received', correlationKey: orderId })
  const correlated = await camunda.searchCorrelatedMessageSubscriptions(
    { filter: { processInstanceKey } },
    now,
  )
  equal(correlated.items.length, 1, 'correlated')
})

await step('a batch operation and what it did', async () => {
  const { processInstanceKey } = await camunda.createProcessInstance({
    processDefinitionId: 'interop_work',
    variables: { jobType: `${jobType}-batch` },
  })
  const { batchOperationKey } = await camunda.cancelProcessInstancesBatchOperation({
    filter: { processInstanceKey },
  })
  let operation
  do {
    operation = await camunda.getBatchOperation({ batchOperationKey }, now)
  } while (operation.endDate === null)
  equal([operation.state, operation.operationsCompletedCount], ['COMPLETED', 1], 'operation')
  await camunda.searchBatchOperations({ filter: { batchOperationKey } }, now)
  const items = await camunda.searchBatchOperationItems({ filter: { batchOperationKey } }, now)
  equal(items.items.map((item) => item.state), ['COMPLETED'], 'items')
})

await step('what is not there is a 404', async () => {
  await rejects(
    () => camunda.getProcessInstance({ processInstanceKey: '2251799813999999' }, now),
    /404|not found/i,
  )
})

finish()
