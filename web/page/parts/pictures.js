// Example pictures: those that a model ships with, and some painted here in the flat manner of
// emoji. All are canvases by their names. And how any picture is put in a square.

import { fetchOk } from "../files.js";

const SIDE = 144;
const INK = "#5c3b1e";

function disc(c, x, y, r, color) {
  c.fillStyle = color;
  c.beginPath();
  c.arc(x, y, r, 0, 2 * Math.PI);
  c.fill();
}

function polygon(c, color, ...points) {
  c.fillStyle = color;
  c.beginPath();
  for (const [x, y] of points) c.lineTo(x, y);
  c.closePath();
  c.fill();
}

function curve(c, color, width, ...points) {
  Object.assign(c, { strokeStyle: color, lineWidth: width, lineCap: "round" });
  c.beginPath();
  c.moveTo(...points[0]);
  c.quadraticCurveTo(...points[1], ...points[2]);
  c.stroke();
}

// Corners on a circle around the middle, by turns on a smaller one.
const star = (corners, inner, outer = 68, turn = -Math.PI / 2) =>
  Array.from({ length: 2 * corners }, (_, i) => {
    const r = i % 2 === 0 ? outer : inner;
    const angle = turn + (Math.PI * i) / corners;
    return [72 + r * Math.cos(angle), 74 + r * Math.sin(angle)];
  });

const PAINT = {
  face(c) {
    disc(c, 72, 72, 66, "#fcc21b");
    for (const x of [48, 96]) disc(c, x, 58, 9, INK);
    curve(c, INK, 8, [40, 90], [72, 126], [104, 90]);
  },
  heart(c) {
    c.fillStyle = "#e2303c";
    c.beginPath();
    c.moveTo(72, 132);
    c.bezierCurveTo(-34, 62, 26, -20, 72, 36);
    c.bezierCurveTo(118, -20, 178, 62, 72, 132);
    c.fill();
  },
  star(c) {
    polygon(c, "#fdb62f", ...star(5, 29));
  },
  sun(c) {
    polygon(c, "#f68c1e", ...star(12, 50, 70));
    disc(c, 72, 74, 44, "#fdd835");
  },
  moon(c) {
    disc(c, 68, 72, 62, "#fcc21b");
    c.globalCompositeOperation = "destination-out";
    disc(c, 98, 54, 54, "#000");
    c.globalCompositeOperation = "source-over";
  },
  tree(c) {
    polygon(c, "#6d4326", [62, 112], [82, 112], [82, 140], [62, 140]);
    for (const [y, half] of [
      [10, 32],
      [40, 44],
      [72, 54],
    ]) {
      polygon(c, "#3c8a3f", [72, y], [72 + half, y + 44], [72 - half, y + 44]);
    }
  },
  house(c) {
    polygon(c, "#f2d6a2", [24, 66], [120, 66], [120, 136], [24, 136]);
    polygon(c, "#b8442f", [72, 12], [136, 72], [8, 72]);
    polygon(c, "#7a4a28", [60, 92], [84, 92], [84, 136], [60, 136]);
  },
  apple(c) {
    disc(c, 50, 84, 42, "#d7263d");
    disc(c, 94, 84, 42, "#d7263d");
    curve(c, "#6d4326", 8, [72, 50], [72, 30], [82, 16]);
    polygon(c, "#4c9a3f", [82, 34], [100, 12], [124, 14], [108, 34]);
  },
};

/** Draws a picture into a canvas made a square of `side` pixels, over white as a network sees it. */
export function drawSquare(canvas, source, side) {
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const { width, height } = source;
  const scale = side / Math.max(width, height);
  const [w, h] = [width * scale, height * scale];
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (side - w) / 2, (side - h) / 2, w, h);
  return canvas;
}

export const PICTURES = Object.keys(PAINT);

function canvasOf(side, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  paint(canvas.getContext("2d"));
  return canvas;
}

export const paintedPictures = () =>
  new Map(PICTURES.map((name) => [name, canvasOf(SIDE, PAINT[name])]));

/** Those of a strip, a file among the models with square pictures side by side. */
export async function readPictures({ file, names }) {
  const response = await fetchOk(`models/${file}`);
  const strip = await createImageBitmap(await response.blob());
  const side = strip.height;
  const cut = (i) => canvasOf(side, (context) => context.drawImage(strip, -i * side, 0));
  return new Map(names.map((name, i) => [name, cut(i)]));
}
