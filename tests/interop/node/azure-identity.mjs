// @azure/identity against the embedded provider.
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  WorkloadIdentityCredential,
} from '@azure/identity'
import { equal, finish, rejects, step } from './check.mjs'
import { origin, tenant } from './idp.mjs'
import { verifyApp } from './verify.mjs'

const options = { authorityHost: origin, disableInstanceDiscovery: true }
const secretApp = process.env.ZEEBE_CLIENT_ID
const certificateApp = process.env.INTEROP_CERTIFICATE_CLIENT_ID

await step('ClientSecretCredential', async () => {
  const secret = process.env.ZEEBE_CLIENT_SECRET
  const credential = new ClientSecretCredential(tenant, secretApp, secret, options)
  const { token, expiresOnTimestamp } = await credential.getToken(`${secretApp}/.default`)
  const claims = await verifyApp(token, secretApp, '1')
  equal(Math.abs(expiresOnTimestamp / 1000 - claims.exp) < 60, true, 'expiry is the token’s')
})

await step('ClientCertificateCredential, with and without its chain', async () => {
  for (const sendCertificateChain of [false, true]) {
    const credential = new ClientCertificateCredential(
      tenant,
      certificateApp,
      { certificatePath: process.env.INTEROP_CERTIFICATE_PEM },
      { ...options, sendCertificateChain }
    )
    const { token } = await credential.getToken(`${certificateApp}/.default`)
    await verifyApp(token, certificateApp, '2')
  }
})

await step('WorkloadIdentityCredential, with a token of another issuer', async () => {
  const credential = new WorkloadIdentityCredential({
    ...options,
    tenantId: tenant,
    clientId: secretApp,
    tokenFilePath: process.env.INTEROP_FEDERATED_TOKEN_FILE,
  })
  const { token } = await credential.getToken(`${secretApp}/.default`)
  await verifyApp(token, secretApp, '2')
})

await step('a wrong secret is refused as Entra does', async () => {
  const credential = new ClientSecretCredential(tenant, secretApp, 'wrong', options)
  await rejects(() => credential.getToken(`${secretApp}/.default`), /AADSTS7000215/)
})

finish()
