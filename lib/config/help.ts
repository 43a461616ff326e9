/** The text of `--help`, made from the descriptions in the schemas. */
import { z } from 'zod'
import type { CommandName } from './command-flags'
import { commands } from './commands'
import { group } from './fields'
import { branches, optionPaths, type OptionPath } from './schema-paths'

const width = 110
const column = 34

/** Usage, presets, and every option. */
export function helpText(command: CommandName): string {
  const { summary, usage, groups, presets = {} } = commands[command]
  const options = Object.values(groups).flatMap(({ isDeniable = false, shape }) =>
    optionPaths(group(shape)).map((option) => entry(flagText(option, isDeniable), option.description)),
  )
  const lines = [summary, '', `  ${usage}`]
  const named = Object.entries(presets)
  if (named.length > 0)
    lines.push('', 'Presets (--preset NAME):', ...named.map(([name, preset]) => entry(name, preset.summary)))
  lines.push('', 'Options (nested by dots, lists by commas, --freeze as JSON):')
  lines.push(...options)
  return lines.join('\n')
}

/** Options of the API may be denied; those of a script are off unless given. */
function flagText({ path, schema }: OptionPath, deniable: boolean): string {
  const kinds = branches(schema)
  const choices = kinds.flatMap((kind) => (kind instanceof z.ZodEnum ? kind.options.map(String) : []))
  if (kinds.every((kind) => kind instanceof z.ZodBoolean)) return `--${deniable ? '[no-]' : ''}${path}`
  if (choices.length > 0 && kinds.length === 1) return `--${path} ${choices.join('|')}`
  return `--${path} ${kinds.some((kind) => kind instanceof z.ZodNumber) ? 'N' : 'X'}`
}

function entry(name: string, description: string): string {
  const lines = wrap(description, width - column)
  const head =
    name.length + 4 <= column ? [`  ${name}`.padEnd(column) + (lines.shift() ?? '')] : [`  ${name}`]
  return [...head, ...lines.map((line) => ' '.repeat(column) + line)].join('\n')
}

function wrap(text: string, limit: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= limit)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
