/** A Node peer's loop: one line of JSON in, one out. */
import { createInterface } from 'node:readline'

/**
 * @param {unknown} about told at the start
 * @param {Readonly<Record<string, (...given: unknown[]) => unknown>>} works
 */
export async function answerLines(about, works) {
  const answer = (line) => process.stdout.write(JSON.stringify(line) + '\n')
  answer({ answer: about })
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    try {
      answer({ answer: (await works[request.work](...request.arguments)) ?? null })
    } catch (error) {
      answer({ error: `${request.work}: ${error.message}` })
    }
  }
  process.exit()
}

/** Seconds of the work, as the mean of `times`. */
export async function timed(times, work) {
  const begun = performance.now()
  for (let i = 0; i < times; i++) await work()
  return (performance.now() - begun) / 1000 / times
}
