// For developing the UI only: the invented documents of fake_server.mjs, a word search over
// them, and a drawn page image.

import { deflateSync } from "node:zlib";

const lines = [
  ["Travel policy 2026", "handbook", "internal", "application/pdf", 14, "travel-policy-2026.pdf", "3 Approval › 3.2 Journeys abroad",
    "Business trips abroad are approved by the head of department, at least ten working days before departure. Trips that cost more than 2,500 euros also need the approval of the finance director. Requests are made with form R-7."],
  ["Cleaning services: framework contract", "contracts", "confidential", "application/pdf", 32, "contracts/cleaning-2024.pdf", "§ 12 Term and termination",
    "The contract may be terminated by either party with a notice period of three months to the end of a quarter. The right to terminate for good cause is not affected. Notice has to be given in writing."],
  ["What to do when a device is lost", "it", "public", "text/markdown", 0, "it/lost-device.md", "First steps",
    "Report a lost or stolen laptop to the service desk at once, day or night. The desk locks the device and ends all of its sessions. Do not wait until you are back in the office: every hour counts 🕐."],
  ["Parental leave: guide for employees and managers", "handbook", "internal", "application/pdf", 9, "parental-leave.pdf", "2 Notice",
    "Parental leave has to be announced seven weeks before it starts. The works council helps with the form. A part-time arrangement of up to 32 hours a week is possible during the leave."],
  ["Expenses: rates and receipts", "finance", "internal", "text/html", 0, "finance/expenses.html", "Daily rates",
    "The daily rate for a full day of travel within the country is 28 euros. Receipts are uploaded within thirty days of the journey. Approved expenses are paid with the next salary."],
  ["Board minutes, March", "board", "confidential", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 0, "board/2026-03.docx", "Item 4: Budget",
    "The board approved the budget for the new archive building. Work begins in the autumn. The finance director reports each quarter on what was spent."],
  ["Fire safety in the reading rooms", "facilities", "public", "application/pdf", 6, "facilities/fire.pdf", "Assembly points",
    "When the alarm sounds, leave the building by the nearest marked exit and go to the assembly point in the courtyard. Wardens in yellow vests count the people of each floor. Nobody goes back before the fire service allows it."],
];

const make = ([title, collection, label, mime_type, pages, uri, section, text], i) => ({
  document_id: "d" + (i + 1), title, uri, external_id: i === 1 ? "CT-2024-0117" : "", mime_type, collection, label, owner: i % 2 ? "ana" : "m.okafor",
  version: 1 + (i % 3), pages, chunks: 3 + i * 4, bytes: 48_000 + i * 377_000, state: "visible",
  created_at: `2026-0${1 + (i % 9)}-1${i % 9}T09:30:00Z`, updated_at: `2026-0${1 + (i % 9)}-2${i % 9}T16:05:00Z`, may_manage: i % 2 === 1,
  access: { allow: ["group:" + collection, "user:ana"], deny: [], label }, section, text: [text],
});

export const documents = [...lines, ...Array.from({ length: 9 }, (_, i) =>
  [`Service manual for reading lamp, series ${i + 1}`, "facilities", "public", "application/pdf", 20 + i, `lamps/${i + 1}.pdf`, "Maintenance",
    `The lamp of series ${i + 1} is cleaned once a year with a dry cloth. Its bulb is of type E${14 + i}.`])].map(make);

export function chunkText(document) {
  return document.text.map((text, i) => ({
    chunk_id: document.document_id + "c" + i, ordinal: i, page: document.pages > 0 ? 3 : null, section: document.section ?? "", text,
  }));
}

export function findHits(query, top) {
  const words = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}-]{3,}/gu) ?? [])].filter((w) => !/^(the|and|who|what|how|long|for|which|when|should)$/.test(w));
  const hits = [];
  for (const document of documents) {
    for (const chunk of chunkText(document)) {
      const highlights = [];
      for (const word of words) {
        for (const match of chunk.text.matchAll(new RegExp(word.replace(/[^\p{L}\p{N}-]/gu, ""), "giu"))) {
          const begin = [...chunk.text.slice(0, match.index)].length;
          highlights.push([begin, begin + [...match[0]].length]);
        }
      }
      const inTitle = words.filter((word) => document.title.toLowerCase().includes(word)).length;
      if (highlights.length + inTitle > 0) hits.push({ document, chunk, highlights, weight: highlights.length + 2 * inTitle });
    }
  }
  return hits.sort((a, b) => b.weight - a.weight).slice(0, top).map(({ document, chunk, highlights }, i) => ({
    rank: i + 1, document_id: document.document_id, chunk_id: chunk.chunk_id, title: document.title, uri: document.uri,
    external_id: document.external_id, page: chunk.page, section: chunk.section, score: 1 / (i + 1), text: chunk.text, highlights,
    mime_type: document.mime_type, collection: document.collection, label: document.label,
  }));
}

// A grey-lined page of 620 x 877 pixels, with a yellow band where a passage would lie.
export function pagePng(page, marked) {
  const width = 620;
  const height = 877;
  const rows = Buffer.alloc(height * (1 + width * 3), 255);
  for (let y = 0; y < height; y++) {
    rows[y * (1 + width * 3)] = 0;
    const line = Math.floor((y - 90) / 22);
    const text = y > 90 && y < 800 && (y - 90) % 22 < 9;
    const band = marked && line >= 9 && line < 13;
    for (let x = 70; x < 550; x++) {
      const word = text && (x * 7 + line * 131 + page * 53) % 67 > 9 && x < 550 - ((line * 37 + page * 11) % 5 === 0 ? 190 : 0);
      const colour = word ? [70, 68, 64] : band ? [251, 231, 150] : null;
      if (colour) rows.set(colour, y * (1 + width * 3) + 1 + x * 3);
    }
  }
  const chunk = (type, data) => {
    const name = Buffer.from(type);
    const length = Buffer.alloc(4);
    const check = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(Buffer.concat([name, data])));
    return Buffer.concat([length, name, data, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function crc32(bytes) {
  let c = ~0;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
  }
  return ~c >>> 0;
}
