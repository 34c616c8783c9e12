// @azure/msal-node against the embedded provider: its documented options for an authority that it
// does not know, and nothing else.
import { readFileSync } from 'node:fs'
import { createHash, X509Certificate } from 'node:crypto'
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node'
import { equal, finish, rejects, step } from './check.mjs'
import { origin, redirectUri, registerApp, signIn, tenant } from './idp.mjs'
import { verify, verifyApp } from './verify.mjs'

const authority = { authority: `${origin}/${tenant}`, knownAuthorities: [new URL(origin).host] }
const secretApp = process.env.ZEEBE_CLIENT_ID
const certificateApp = process.env.INTEROP_CERTIFICATE_CLIENT_ID
const pem = readFileSync(process.env.INTEROP_CERTIFICATE_PEM, 'utf8')

await step('client secret', async () => {
  const client = new ConfidentialClientApplication({
    auth: { ...authority, clientId: secretApp, clientSecret: process.env.ZEEBE_CLIENT_SECRET },
  })
  const scopes = [`${secretApp}/.default`]
  const result = await client.acquireTokenByClientCredential({ scopes })
  await verifyApp(result.accessToken, secretApp, '1')
  const again = await client.acquireTokenByClientCredential({ scopes })
  equal([again.fromCache, again.accessToken === result.accessToken], [true, true], 'from its cache')
})

await step('certificate, with and without its chain', async () => {
  const certificate = new X509Certificate(pem)
  const thumbprintSha256 = createHash('sha256').update(certificate.raw).digest('hex')
  for (const x5c of [undefined, certificate.toString()]) {
    const client = new ConfidentialClientApplication({
      auth: {
        ...authority,
        clientId: certificateApp,
        clientCertificate: { thumbprintSha256, privateKey: pem, x5c },
      },
    })
    const scopes = [`api://${certificateApp}/.default`]
    const result = await client.acquireTokenByClientCredential({ scopes })
    await verifyApp(result.accessToken, certificateApp, '2')
  }
})

await step('a wrong secret is refused as Entra does', async () => {
  const client = new ConfidentialClientApplication({
    auth: { ...authority, clientId: secretApp, clientSecret: 'wrong' },
  })
  await rejects(
    () => client.acquireTokenByClientCredential({ scopes: [`${secretApp}/.default`] }),
    /invalid_client.*AADSTS7000215/s
  )
})

await step('code + PKCE, then silently by refresh token', async () => {
  const app = await registerApp({ web: { redirectUris: [redirectUri] } })
  const client = new ConfidentialClientApplication({
    auth: { ...authority, clientId: app.clientId, clientSecret: await app.addSecret() },
  })
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
  const request = { scopes: [app.scope], redirectUri, nonce: 'n-1', state: 's & t' }
  const url = await client.getAuthCodeUrl({
    ...request,
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
  })
  const back = await signIn(url)
  equal(back.get('state'), request.state, 'state')
  const result = await client.acquireTokenByCode({
    ...request,
    code: back.get('code'),
    codeVerifier: verifier,
  })
  const claims = await verify(result.accessToken, app.clientId)
  equal([claims.scp, claims.azp], ['access_as_user', app.clientId], 'scp, azp')
  const id = await verify(result.idToken, app.clientId)
  equal([id.nonce, id.sub], ['n-1', claims.sub], 'nonce, sub')
  equal(result.account.username, process.env.SKEP_IDP_USERNAME, 'account')

  const silent = await client.acquireTokenSilent({
    scopes: [app.scope],
    account: result.account,
    forceRefresh: true,
  })
  equal(silent.fromCache, false, 'from the provider')
  equal((await verify(silent.accessToken, app.clientId)).sub, claims.sub, 'sub after refresh')
})

await step('device code', async () => {
  const app = await registerApp({ isFallbackPublicClient: true })
  const client = new PublicClientApplication({ auth: { ...authority, clientId: app.clientId } })
  let pages
  const result = await client.acquireTokenByDeviceCode({
    scopes: [app.scope],
    deviceCodeCallback: ({ verificationUri, userCode }) => {
      pages = signIn(verificationUri, { typed: { user_code: userCode } })
    },
  })
  if (!/You have signed in/.test(await pages)) throw new Error('no closing page')
  const claims = await verify(result.accessToken, app.clientId)
  equal([claims.scp, claims.azpacr], ['access_as_user', '0'], 'scp, azpacr')
})

finish()
