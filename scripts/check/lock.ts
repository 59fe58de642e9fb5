/** What must hold of package-lock.json so that `npm ci` works on every machine, as a function of its text. */

interface LockedPackage {
  readonly resolved?: string
  readonly link?: boolean
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
}

/** Faults of the lock, one line each, in its order. */
export function lockFaults(text: string): string[] {
  const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> }
  const locked = new Set(Object.keys(packages).map(nameOf))
  return Object.entries(packages).flatMap(([path, entry]) => [
    ...hostFaults(path, entry),
    ...missing(entry, locked).map(
      (name) => `${path || 'package.json'}: its dependency ${name} is not locked`,
    ),
  ])
}

/** An address ties every installation to the registry of whoever wrote the lock. */
function hostFaults(path: string, { resolved, link }: LockedPackage): string[] {
  if (resolved === undefined || link) return []
  return [`${path}: resolved ${resolved}; write the lock with --omit-lockfile-registry-resolved`]
}

/**
 * npm leaves out what its registry does not have at the time, such as builds for other systems, and `npm ci` then
 * refuses the whole lock.
 */
function missing(entry: LockedPackage, locked: ReadonlySet<string>): string[] {
  const wanted = { ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies }
  return Object.keys(wanted).filter((name) => !locked.has(name))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
