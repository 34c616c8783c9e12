// Tokens checked with jose, and by the gateway.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { equal } from './check.mjs'
import { issuer, origin, tenant } from './idp.mjs'

const keys = createRemoteJWKSet(new URL(`${origin}/${tenant}/discovery/v2.0/keys`))

/** The claims of a token that the published keys verify. */
export async function verify(token, audience) {
  const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'] })
  equal(payload.tid, tenant, 'tid')
  return payload
}

/** The claims of an application's own token, which the gateway accepts too. */
export async function verifyApp(token, clientId, proof) {
  const claims = await verify(token, clientId)
  equal([claims.azp, claims.azpacr, claims.scp], [clientId, proof, undefined], 'azp, azpacr, scp')
  const topology = await fetch(`${process.env.ZEEBE_REST_ADDRESS}/v2/topology`, {
    headers: { authorization: `Bearer ${token}` },
  })
  equal(topology.status, 200, 'status of GET /v2/topology')
  return claims
}
