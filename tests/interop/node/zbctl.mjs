// zbctl (Go), the binary as its package ships it, configured by the environment alone.
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { equal, finish, rejects, step } from './check.mjs'

const platform = { linux: 'linux', darwin: 'darwin', win32: 'exe' }[process.platform]
const packaged = createRequire(import.meta.url).resolve('zbctl/package.json')
const program = join(dirname(packaged), 'bin', `zbctl-cli.${platform}`)
const model = process.env.INTEROP_MODEL
const unique = (name) => `${name}-${randomUUID()}`

/** Runs zbctl and returns its standard output; a refusal rejects with its standard error. */
async function zbctl(...argv) {
  try {
    const { stdout } = await promisify(execFile)(program, argv)
    return stdout
  } catch (error) {
    throw new Error(`zbctl ${argv.join(' ')}: ${error.stderr || error.message}`)
  }
}

const json = async (...argv) => JSON.parse(await zbctl(...argv))

/** Polls until a job of this type is there: each call waits in the server, not here. */
async function activate(type) {
  const jobs = await json('activate', 'jobs', type, '--maxJobsToActivate', '1')
  if (jobs.jobs.length === 0) throw new Error(`no job of type ${type}`)
  return jobs.jobs[0]
}

await step('status shows the partition led and healthy', async () => {
  const status = await zbctl('status')
  if (!/Partition 1 : Leader, Healthy/.test(status)) throw new Error(status)
})

await step('deploys a model with three processes', async () => {
  const deployment = await json('deploy', 'resource', model)
  equal(deployment.deployments.length, 3, 'processes')
})

await step('creates, activates and completes', async () => {
  const type = unique('zbctl-work')
  const variables = JSON.stringify({ jobType: type, orderId: 4711 })
  const created = await json('create', 'instance', 'interop_work', '--variables', variables)
  const job = await activate(type)
  equal(job.processInstanceKey, created.processInstanceKey, 'processInstanceKey')
  equal(JSON.parse(job.variables).orderId, 4711, 'orderId')
  equal(JSON.parse(job.customHeaders).desk, 'north', 'header')
  await zbctl('complete', 'job', job.key, '--variables', '{"done":true}')
  await rejects(() => zbctl('complete', 'job', job.key), /NotFound/)
})

await step('a worker runs a command for each job', async () => {
  const type = unique('zbctl-worker')
  const worker = spawn(program, ['create', 'worker', type, '--handler', 'cat'], { stdio: 'ignore' })
  const variables = JSON.stringify({ jobType: type, orderId: 5 })
  const result = await json(
    'create', 'instance', 'interop_work', '--variables', variables, '--withResult'
  )
  equal(JSON.parse(result.variables).orderId, 5, 'orderId')
  worker.kill()
})

await step('a failed job comes back with the retries that were left', async () => {
  const type = unique('zbctl-fail')
  const variables = JSON.stringify({ jobType: type })
  await zbctl('create', 'instance', 'interop_work', '--variables', variables)
  const first = await activate(type)
  equal(first.retries, 3, 'retries')
  await zbctl('fail', 'job', first.key, '--retries', '2', '--errorMessage', 'not yet')
  const second = await activate(type)
  equal([second.key, second.retries], [first.key, 2], 'job')
  await zbctl('complete', 'job', second.key)
})

await step('an incident is resolved after its retries were raised', async () => {
  const type = unique('zbctl-incident')
  const variables = JSON.stringify({ jobType: type })
  await zbctl('create', 'instance', 'interop_work', '--variables', variables)
  const job = await activate(type)
  await zbctl('fail', 'job', job.key, '--retries', '0')
  await rejects(() => zbctl('fail', 'job', job.key, '--retries', '1'), /FailedPrecondition/)
  await zbctl('update', 'retries', job.key, '--retries', '1')
  await rejects(() => zbctl('resolve', 'incident', job.key), /NotFound/)
})

await step('a BPMN error takes the boundary event', async () => {
  const type = unique('zbctl-error')
  const variables = JSON.stringify({ jobType: type, orderId: 7 })
  const waiting = json(
    'create', 'instance', 'interop_payment', '--variables', variables, '--withResult'
  )
  const job = await activate(type)
  await zbctl('throwError', 'job', job.key, '--errorCode', 'CARD_DECLINED')
  equal(JSON.parse((await waiting).variables).outcome, 'declined for 7', 'outcome')
})

await step('a message correlates by its key', async () => {
  const orderId = unique('order')
  const variables = JSON.stringify({ orderId })
  const waiting = json(
    'create', 'instance', 'interop_message', '--variables', variables, '--withResult'
  )
  await zbctl(
    'publish', 'message', 'payment-received',
    '--correlationKey', orderId, '--ttl', '60s', '--variables', '{"amount":12}'
  )
  equal(JSON.parse((await waiting).variables).amount, 12, 'amount')
})

await step('cancels, sets variables and broadcasts a signal', async () => {
  const variables = JSON.stringify({ jobType: unique('nobody') })
  const { processInstanceKey } = await json(
    'create', 'instance', 'interop_work', '--variables', variables
  )
  await zbctl('set', 'variables', processInstanceKey, '--variables', '{"note":"x"}')
  await zbctl('cancel', 'instance', processInstanceKey)
  await rejects(() => zbctl('cancel', 'instance', processInstanceKey), /NotFound/)
  await zbctl('broadcast', 'signal', unique('nobody-listens'))
})

await step('a wrong secret is refused with the reason', async () => {
  await rejects(
    () => zbctl('status', '--clientSecret', 'wrong', '--clientCache', `/tmp/${unique('cache')}`),
    /AADSTS7000215|invalid_client/
  )
})

finish()
