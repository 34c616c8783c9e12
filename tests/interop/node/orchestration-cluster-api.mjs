// @camunda8/orchestration-cluster-api over REST. It holds every answer against the schema of the
// API of 8.9 and fails on an attribute that is missing, of another type, or too much.
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import createCamundaClient from '@camunda8/orchestration-cluster-api'
import { equal, finish, rejects, step } from './check.mjs'

const env = process.env
const model = env.INTEROP_MODEL
const decisions = join(dirname(model), 'interop.dmn')
const camunda = createCamundaClient({
  config: {
    CAMUNDA_REST_ADDRESS: env.CAMUNDA_REST_ADDRESS,
    CAMUNDA_AUTH_STRATEGY: 'OAUTH',
    CAMUNDA_CLIENT_ID: env.ZEEBE_CLIENT_ID,
    CAMUNDA_CLIENT_SECRET: env.ZEEBE_CLIENT_SECRET,
    CAMUNDA_OAUTH_URL: env.CAMUNDA_OAUTH_URL,
    CAMUNDA_OAUTH_SCOPE: env.ZEEBE_TOKEN_SCOPE,
    CAMUNDA_TOKEN_AUDIENCE: env.ZEEBE_TOKEN_AUDIENCE,
    CAMUNDA_SDK_VALIDATION: 'req:none,res:fanatical',
    CAMUNDA_SDK_LOG_LEVEL: 'error',
  },
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

await step('what is not there is a 404', async () => {
  await rejects(
    () => camunda.getProcessInstance({ processInstanceKey: '2251799813999999' }, now),
    /404|not found/i,
  )
})

finish()
