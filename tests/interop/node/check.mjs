// A test runner of thirty lines: named steps, a time limit each, one closing line.
const LIMIT_MS = 30_000

let passed = 0
let failed = 0

/** Runs one named step; its failure is printed and counted, and the next step still runs. */
export async function step(name, work) {
  let timer
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${LIMIT_MS} ms`)), LIMIT_MS)
  })
  try {
    await Promise.race([work(), limit])
    passed += 1
    console.log(`ok   ${name}`)
  } catch (error) {
    failed += 1
    console.log(`FAIL ${name}\n     ${error?.stack ?? error}`)
  } finally {
    clearTimeout(timer)
  }
}

/** Fails the step unless both are the same JSON. */
export function equal(found, expected, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${what}: expected ${b}, found ${a}`)
}

/** Fails the step unless `work` rejects with a text that `pattern` matches. */
export async function rejects(work, pattern) {
  try {
    await work()
  } catch (error) {
    const text = `${error?.code ?? ''} ${error?.message ?? error}`
    if (!pattern.test(text)) throw new Error(`expected ${pattern}, found ${text}`)
    return
  }
  throw new Error(`expected a refusal like ${pattern}, but the call was accepted`)
}

/** A promise that is settled from outside. */
export function deferred() {
  let resolve, reject
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}

/** Prints the closing line and ends the process: open channels would keep it alive. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
