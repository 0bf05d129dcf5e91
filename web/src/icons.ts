// Line icons, drawn here so that no file or font has to be fetched. Decorative: they are
// hidden from screen readers, so whatever uses one alone needs a label of its own.

const paths = {
  ask: "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5 20.5 20.5",
  documents: "M7 3h7l5 5v11a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM14 3v5h5M8.5 13h7M8.5 16.500h5",
  me: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20.500c.8-4 3.8-5.5 7.5-5.500s6.7 1.5 7.5 5.5",
  send: "M12 20V5M5.5 11.5 12 5l6.5 6.5",
  stop: "M7 7h10v10H7z",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1zM4 15V4a1 1 0 0 1 1-1h10",
  check: "M5 12.5 10 17.5 19 7",
  retry: "M20 5v5h-5M19.5 10A8 8 0 1 0 20 14.5",
  upload: "M12 16V4M7 9l5-5 5 5M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3",
  download: "M12 4v12M7 11l5 5 5-5M4 19v0a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v0",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1l1-13M10 11v6M14 11v6",
  lock: "M6 11h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1zM8 11V8a4 4 0 0 1 8 0v3",
  people: "M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 19.500c.6-3.5 3-5 6.5-5s5.9 1.5 6.5 5M16 5.500a3.2 3.2 0 0 1 0 6M17.5 14.700c2.3.5 3.6 2 4 4.8",
  left: "M14.5 6 8.5 12l6 6",
  right: "M9.5 6l6 6-6 6",
  plus: "M12 5v14M5 12h14",
  zoom: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5 20.5 20.500M10.5 8v5M8 10.500h5",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.500V4M12 20v1.500M2.5 12H4M20 12h1.500M5.3 5.300l1 1M17.7 17.700l1 1M5.3 18.700l1-1M17.7 6.300l1-1",
  moon: "M20 14.500A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.500z",
  warning: "M12 4 2.5 20h19zM12 10v4.500M12 17.200v.3",
  down: "M6 9.500l6 6 6-6",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 7.500V12l3 2",
  edit: "M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19zM14 6.500l3.500 3.500",
  thumb_up: "M7 11v9H4v-9zM7 11l4-7.500c1.600 0 2.500 1 2.300 2.500L12.700 9H18a2 2 0 0 1 2 2.400l-1.300 6.800A2 2 0 0 1 16.700 20H7",
  thumb_down: "M7 13V4H4v9zM7 13l4 7.500c1.600 0 2.500-1 2.300-2.500L12.700 15H18a2 2 0 0 0 2-2.400l-1.300-6.800A2 2 0 0 0 16.700 4H7",
  key: "M8 11a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM11 12 19 4M16 7l3 3M13.500 9.500l2 2",
  shield: "M12 3.500 19 6v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6zM9 12l2.200 2.200L15.500 10",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM9 14.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z",
  feedback: "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM9 11l2.200 2.200L15.500 9",
  filter: "M4 6h16M7 12h10M10 18h4",
  book: "M12 6.500C10 5 7 4.5 3.5 4.500V18c3.5 0 6.5.5 8.5 2 2-1.5 5-2 8.5-2V4.500c-3.5 0-6.5.5-8.5 2zM12 6.500V20",
} as const;

export type IconName = keyof typeof paths;

export function icon(name: IconName): SVGSVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}
