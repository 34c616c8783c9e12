// What a test needs beside the client under test: a browser without scripts, and an administrator
// who registers applications over Microsoft Graph.
import { createHash, randomBytes, randomUUID } from 'node:crypto'

export const origin = process.env.SKEP_IDP_ORIGIN
export const tenant = process.env.SKEP_IDP_TENANT
export const issuer = `${origin}/${tenant}/v2.0`
/** Nothing listens there: the browser below stops at it. */
export const redirectUri = 'http://localhost/interop-callback'

const user = { username: process.env.SKEP_IDP_USERNAME, password: process.env.SKEP_IDP_PASSWORD }
/** Microsoft Graph Command Line Tools, a public client that every tenant has. */
const graphTools = '14d82eec-204b-4c2f-b7e8-296a70dab67e'

const unescape = (text) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) =>
    ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]
  )

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)
  return found ? unescape(found[1]) : undefined
}

/** The first form of a page: where it goes, and its fields with their values. */
function formOf(html) {
  const form = /<form[^>]*>[\s\S]*?<\/form>/.exec(html)?.[0]
  if (!form) return undefined
  const fields = new URLSearchParams()
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, 'name')
    if (name) fields.set(name, attribute(input, 'value') ?? '')
  }
  const buttons = [...form.matchAll(/<button[^>]*>/g)]
  const accept = buttons.find(([button]) => attribute(button, 'value') === 'accept')?.[0]
  if (accept) fields.set(attribute(accept, 'name'), 'accept')
  return { action: attribute(form, 'action'), fields }
}

/**
 * Opens `url`, fills in every form with the sample user and what is `typed`, and returns the
 * parameters that the browser is sent to `target` with; or the last page when it has no form.
 */
export async function signIn(url, { target = redirectUri, typed = {} } = {}) {
  const cookies = new Map()
  let request = { url, method: 'GET', body: undefined }
  for (let n = 0; n < 10; n += 1) {
    const response = await fetch(request.url, {
      method: request.method,
      body: request.body,
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split(/=(.*)/s)
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location) {
      const next = new URL(location, request.url)
      if (next.href.startsWith(target)) return next.searchParams
      request = { url: next, method: 'GET' }
      continue
    }
    const html = await response.text()
    const form = formOf(html)
    if (!form) return html
    const action = new URL(form.action, request.url)
    if (action.href.startsWith(target)) return form.fields
    for (const [name, value] of Object.entries({ ...user, ...typed })) {
      if (form.fields.has(name)) form.fields.set(name, value)
    }
    request = { url: action, method: 'POST', body: form.fields }
  }
  throw new Error('the sign-in does not end')
}

async function json(response) {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`)
  return text ? JSON.parse(text) : undefined
}

/** A token for Microsoft Graph, in the sample user's name. */
async function administrator() {
  const verifier = randomBytes(32).toString('base64url')
  const redirect = 'http://localhost'
  const request = {
    client_id: graphTools,
    redirect_uri: redirect,
    scope: 'https://graph.microsoft.com/Application.ReadWrite.All',
  }
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const query = new URLSearchParams({
    ...request,
    response_type: 'code',
    response_mode: 'form_post',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const url = `${origin}/${tenant}/oauth2/v2.0`
  const back = await signIn(`${url}/authorize?${query}`, { target: redirect })
  const body = new URLSearchParams({
    ...request,
    grant_type: 'authorization_code',
    code: back.get('code'),
    code_verifier: verifier,
  })
  return (await json(await fetch(`${url}/token`, { method: 'POST', body }))).access_token
}

/** An application that users sign in to, with a secret and a scope `access_as_user`. */
export async function registerApp(platforms) {
  const authorization = `Bearer ${await administrator()}`
  const graph = async (method, path, body) =>
    json(
      await fetch(`${origin}/v1.0/${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    )
  const app = await graph('POST', 'applications', {
    displayName: `interop ${randomUUID()}`,
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: [
        {
          id: randomUUID(),
          value: 'access_as_user',
          type: 'User',
          isEnabled: true,
          adminConsentDisplayName: 'Use the application',
          userConsentDisplayName: 'Use the application',
        },
      ],
    },
    ...platforms,
  })
  await graph('POST', 'servicePrincipals', { appId: app.appId })
  await graph('PATCH', `applications/${app.id}`, { identifierUris: [`api://${app.appId}`] })
  return {
    clientId: app.appId,
    objectId: app.id,
    graph,
    scope: `api://${app.appId}/access_as_user`,
    addSecret: async () => (await graph('POST', `applications/${app.id}/addPassword`, {})).secretText,
  }
}
