import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { definePlugin, type Plugin } from '../runtime/plugin.ts'
import { importFile } from './load-table.ts'

/**
 * The plug-in that a TypeScript or JavaScript file exports as `plugin` or default. The file is trusted: it is run as
 * code, with all that a program may do. Throws IO and, also where it cannot be loaded, BAD_PLUGIN; each names it.
 */
export async function loadPlugin(path: string): Promise<Plugin> {
  const module = await importFile(path, ERROR_CODES.badPlugin)
  const plugin = module.plugin ?? module.default
  if (typeof plugin !== 'object' || plugin === null)
    throw new ZvmError(
      ERROR_CODES.badPlugin,
      `${path}: exports no plug-in, neither as \`plugin\` nor as default`,
      { path },
    )
  try {
    return definePlugin(plugin as Plugin)
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    throw new ZvmError(error.code, `${path}: ${error.message}`, { path }, error)
  }
}
