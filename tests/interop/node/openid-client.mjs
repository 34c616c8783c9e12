// openid-client and jose: what the standards say, without a word of Entra.
import { readFileSync } from 'node:fs'
import { createHash, X509Certificate } from 'node:crypto'
import { createRemoteJWKSet, importPKCS8, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { equal, finish, rejects, step } from './check.mjs'
import { issuer, redirectUri, registerApp, signIn } from './idp.mjs'
import { verifyApp } from './verify.mjs'

const secretApp = process.env.ZEEBE_CLIENT_ID
const certificateApp = process.env.INTEROP_CERTIFICATE_CLIENT_ID

/** The authentication by an assertion that names its key by the certificate's thumbprint. */
async function privateKeyJwt() {
  const pem = readFileSync(process.env.INTEROP_CERTIFICATE_PEM, 'utf8')
  const key = await importPKCS8(/-----BEGIN PRIVATE KEY[\s\S]*?END PRIVATE KEY-----/.exec(pem)[0], 'PS256')
  const der = new X509Certificate(pem).raw
  const x5t256 = createHash('sha256').update(der).digest('base64url')
  return oidc.PrivateKeyJwt(key, {
    [oidc.modifyAssertion]: (header) => {
      header['x5t#S256'] = x5t256
    },
  })
}

await step('discovery, and client credentials by secret in the body and in the header', async () => {
  const secret = process.env.ZEEBE_CLIENT_SECRET
  for (const proof of [oidc.ClientSecretPost(secret), oidc.ClientSecretBasic(secret)]) {
    const config = await oidc.discovery(new URL(issuer), secretApp, undefined, proof)
    equal(config.serverMetadata().issuer, issuer, 'issuer')
    const tokens = await oidc.clientCredentialsGrant(config, { scope: `${secretApp}/.default` })
    await verifyApp(tokens.access_token, secretApp, '1')
  }
})

await step('client credentials by private_key_jwt', async () => {
  const proof = await privateKeyJwt()
  const config = await oidc.discovery(new URL(issuer), certificateApp, undefined, proof)
  const tokens = await oidc.clientCredentialsGrant(config, { scope: `${certificateApp}/.default` })
  await verifyApp(tokens.access_token, certificateApp, '2')
})

await step('code + PKCE, both tokens verified, then refresh', async () => {
  const app = await registerApp({ web: { redirectUris: [redirectUri] } })
  const proof = oidc.ClientSecretPost(await app.addSecret())
  const config = await oidc.discovery(new URL(issuer), app.clientId, undefined, proof)
  oidc.enableNonRepudiationChecks(config)
  const verifier = oidc.randomPKCECodeVerifier()
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()]
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: `openid profile offline_access ${app.scope}`,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  const back = await signIn(url)
  const current = new URL(`${redirectUri}?${back}`)
  const tokens = await oidc.authorizationCodeGrant(config, current, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  })
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
  const check = (token) => jwtVerify(token, keys, { issuer, audience: app.clientId })
  const access = (await check(tokens.access_token)).payload
  const id = (await check(tokens.id_token)).payload
  equal([access.scp, id.nonce, id.sub], ['access_as_user', nonce, access.sub], 'scp, nonce, sub')
  equal(tokens.claims().preferred_username, process.env.SKEP_IDP_USERNAME, 'preferred_username')

  const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token)
  equal((await check(renewed.access_token)).payload.sub, access.sub, 'sub after refresh')
  await rejects(
    () =>
      oidc.authorizationCodeGrant(config, current, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
      }),
    /invalid_grant|OAUTH_RESPONSE_BODY_ERROR/
  )
})

await step('device code', async () => {
  const app = await registerApp({ isFallbackPublicClient: true })
  const config = await oidc.discovery(new URL(issuer), app.clientId, undefined, oidc.None())
  const device = await oidc.initiateDeviceAuthorization(config, { scope: app.scope })
  const pages = signIn(device.verification_uri, { typed: { user_code: device.user_code } })
  const tokens = await oidc.pollDeviceAuthorizationGrant(config, device)
  await pages
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
  const { payload } = await jwtVerify(tokens.access_token, keys, { issuer })
  equal(payload.aud, app.clientId, 'aud')
})

finish()
