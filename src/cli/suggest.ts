/** The name that a mistyped word was probably meant to be: one that it begins, or the nearest; null where none is near. */
export function nearest(word: string, names: readonly string[]): string | null {
  const begun = word.length > 1 ? names.find((name) => name.startsWith(word)) : undefined
  if (begun) return begun
  const most = Math.max(1, Math.floor(word.length / 3))
  const ranked = names.map((name) => ({ name, edits: editsBetween(word.slice(0, 40), name) }))
  const best = ranked.reduce((a, b) => (b.edits < a.edits ? b : a), { name: '', edits: most + 1 })
  return best.name === '' ? null : best.name
}

/** Letters to insert, drop or change (Levenshtein). */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1)))
    row = next
  }
  return row[to.length]
}
