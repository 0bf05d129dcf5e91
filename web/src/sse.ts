// Reads a text/event-stream as it arrives. `SseParser` is pure: it is fed decoded text in
// pieces of any size and hands back the events that became complete. `readEvents` joins it
// to a response body. A line longer than `line_chars_max` ends the stream with an error.

export interface SseEvent { event: string; data: string }

const line_chars_max = 4 * 1024 * 1024;

export class SseParser {
  private rest = "";
  private event = "";
  private data: string[] = [];
  private started = false;

  // Events end at a blank line; lines end with LF, CRLF or CR.
  push(text: string): SseEvent[] {
    if (!this.started && text.length > 0) {
      this.started = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    this.rest += text;
    const events: SseEvent[] = [];
    let begin = 0;
    for (;;) {
      const end = lineEnd(this.rest, begin);
      if (end === null) break;
      this.line(this.rest.slice(begin, end.at), events);
      begin = end.next;
    }
    this.rest = this.rest.slice(begin);
    if (this.rest.length > line_chars_max) throw new Error("event stream: line too long");
    return events;
  }

  private line(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (this.data.length > 0) events.push({ event: this.event || "message", data: this.data.join("\n") });
      this.event = "";
      this.data = [];
      return;
    }
    if (line.startsWith(":")) return;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "event") this.event = value;
    else if (field === "data") this.data.push(value);
  }
}

// A CR at the very end may be half of a CRLF, so it waits for the next piece.
function lineEnd(text: string, from: number): { at: number; next: number } | null {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10) return { at: i, next: i + 1 };
    if (c === 13) {
      if (i + 1 === text.length) return null;
      return { at: i, next: text.charCodeAt(i + 1) === 10 ? i + 2 : i + 1 };
    }
  }
  return null;
}

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8");
  const parser = new SseParser();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      for (const event of parser.push(decoder.decode(value, { stream: true }))) yield event;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
