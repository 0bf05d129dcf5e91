// The files in what was dropped, folders walked through. Browsers hand a folder out entry by
// entry and at most a hundred names at a time.

const files_max = 2000;

export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // Entries must be taken at once: after the event the list is empty.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null).filter((e): e is FileSystemEntry => e !== null);
  if (entries.length === 0) return [...transfer.files];
  const out: File[] = [];
  for (const entry of entries) await collect(entry, out);
  return out.sort((a, b) => a.name.localeCompare(b.name));
}

async function collect(entry: FileSystemEntry, out: File[]): Promise<void> {
  if (out.length >= files_max || entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise<File | null>((resolve) => (entry as FileSystemFileEntry).file(resolve, () => resolve(null)));
    if (file) out.push(file);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return;
    for (const inner of some) await collect(inner, out);
  }
}
