// The other way round: a provider of another maker (oidc-provider), with Skep's client, and a
// gateway that is told its issuer and an audience, and nothing else.
import { execFile, spawn } from 'node:child_process'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Provider } from 'oidc-provider'
import { equal, finish, rejects, step } from './check.mjs'

const program = process.env.INTEROP_SKEP
const model = process.env.INTEROP_MODEL
const audience = 'https://skep.example/api'
const folder = mkdtempSync(join(tmpdir(), 'skep-oidc-provider-'))

/** The client certificate's key as the provider is told it. */
function clientKey() {
  const pem = readFileSync(process.env.INTEROP_CERTIFICATE_PEM, 'utf8')
  return { ...new X509Certificate(pem).publicKey.export({ format: 'jwk' }), use: 'sig' }
}

/** A provider on a free port that gives applications JWTs for the API that they name. */
async function startProvider() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${server.address().port}`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const application = (client_id, authentication) => ({
    client_id,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    ...authentication,
  })
  const secret = (client_secret) => ({
    client_secret,
    token_endpoint_auth_method: 'client_secret_post',
  })
  const provider = new Provider(issuer, {
    clients: [
      application('orders', secret('orders-secret')),
      application('stranger', secret('stranger-secret')),
      application('orders-by-key', {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'RS256',
        jwks: { keys: [clientKey()] },
      }),
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] },
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: 'workflows',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  })
  server.on('request', provider.callback())
  return { issuer, stop: () => server.close() }
}

/** `skep start`, configured by the environment alone; its addresses and its end. */
async function startGateway(issuer) {
  const flags = ['--grpc-port', '0', '--http-port', '0', '--data-dir', join(folder, 'data')]
  const gateway = spawn(program, ['start', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...own(),
      CAMUNDA_SECURITY_AUTHENTICATION_OIDC_ISSUERURI: issuer,
      CAMUNDA_SECURITY_AUTHENTICATION_OIDC_AUDIENCES: audience,
      SKEP_SECURITY_ALLOWEDCLIENTS: 'orders,orders-by-key',
      ZEEBE_GATEWAY_NETWORK_HOST: '127.0.0.1',
    },
  })
  for await (const line of createInterface(gateway.stdout)) {
    const ready = /^ready grpc=(\S+) http=(\S+)/.exec(line)
    if (ready) {
      // Other lines must not block it.
      gateway.stdout.resume()
      return { grpc: ready[1], http: `http://${ready[2]}`, stop: () => ended(gateway) }
    }
  }
  throw new Error('the gateway ended before it was ready')
}

/** Tells the process to stop, and waits until it has. */
function ended(process) {
  const exit = new Promise((resolve) => process.once('exit', resolve))
  process.kill()
  return exit
}

/** The environment without the settings of the server that the other clients test with. */
function own() {
  const names = Object.entries(process.env)
  return Object.fromEntries(names.filter(([name]) => !/^(ZEEBE|CAMUNDA|SKEP|SSL)_/.test(name)))
}

const provider = await startProvider()
const gateway = await startGateway(provider.issuer)

/** Runs a client command of Skep as an application, and returns what it printed. */
async function skep(settings, ...argv) {
  const env = {
    ...own(),
    ZEEBE_GRPC_ADDRESS: `http://${gateway.grpc}`,
    ZEEBE_TOKEN_AUDIENCE: audience,
    ZEEBE_TOKEN_RESOURCE: audience,
    ...settings,
  }
  try {
    return (await promisify(execFile)(program, argv, { env })).stdout
  } catch (error) {
    throw new Error(`skep ${argv.join(' ')}: exit ${error.code}: ${error.stderr}`)
  }
}

const bySecret = {
  CAMUNDA_ISSUER_URL: provider.issuer,
  ZEEBE_CLIENT_ID: 'orders',
  ZEEBE_CLIENT_SECRET: 'orders-secret',
}
const byKey = {
  ZEEBE_AUTHORIZATION_SERVER_URL: `${provider.issuer}/token`,
  ZEEBE_CLIENT_ID: 'orders-by-key',
  ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH: process.env.INTEROP_KEYSTORE_PATH,
  ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD: process.env.INTEROP_KEYSTORE_PASSWORD,
}

for (const [how, settings, client] of [
  ['secret, from the issuer’s discovery', bySecret, 'orders'],
  ['private_key_jwt, from the token URL', byKey, 'orders-by-key'],
]) {
  await step(`skep token by ${how}`, async () => {
    const { claims } = JSON.parse(await skep(settings, 'token', '--decode'))
    equal([claims.iss, claims.aud, claims.client_id], [provider.issuer, audience, client], 'claims')
  })
  await step(`skep deploy and a completed instance by ${how}`, async () => {
    await skep(settings, 'deploy', model)
    const created = JSON.parse(
      await skep(
        settings,
        'create', 'interop_work', '--variables', `{"jobType":"${client}"}`, '--output', 'json'
      )
    )
    const { jobs } = JSON.parse(await skep(settings, 'activate', client, '--output', 'json'))
    equal(String(jobs[0].processInstanceKey), String(created.processInstanceKey), 'instance')
    await skep(settings, 'complete', String(jobs[0].key ?? jobs[0].jobKey))
  })
}

await step('an application that is not on the list is told so', async () => {
  const stranger = { ZEEBE_CLIENT_ID: 'stranger', ZEEBE_CLIENT_SECRET: 'stranger-secret' }
  await rejects(() => skep({ ...bySecret, ...stranger }, 'status'), /exit 4:.*PERMISSION_DENIED/s)
})

await step('a token for another API is told apart', async () => {
  const other = { ZEEBE_TOKEN_RESOURCE: 'https://other.example' }
  await rejects(() => skep({ ...bySecret, ...other }, 'status'), /exit 4:.*SKEP-AUTH-AUDIENCE/s)
})

await step('a wrong secret shows what the provider says', async () => {
  await rejects(
    () => skep({ ...bySecret, ZEEBE_CLIENT_SECRET: 'wrong' }, 'token'),
    /exit 4:.*invalid_client/s
  )
})

await step('REST takes the same tokens, and no call without one', async () => {
  const token = (await skep(bySecret, 'token', '--show')).trim()
  const status = async (headers) =>
    (await fetch(`${gateway.http}/v2/topology`, { headers })).status
  equal(await status({ authorization: `Bearer ${token}` }), 200, 'with a token')
  equal(await status({}), 401, 'without')
})

await gateway.stop()
provider.stop()
rmSync(folder, { recursive: true, force: true })
finish()
