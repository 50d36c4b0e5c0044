// How well the page learns with what it chooses by itself, in Chromium: Alice, until it is below
// the dashed line of the best n-gram; and three classes of ten lines each, until it answers.

const WAIT = 300_000; // ms

const CLASSES = {
  weather: [
    "rain is expected all weekend",
    "a cold wind from the north",
    "the sun will shine tomorrow",
    "thick fog over the valley",
    "heavy snow closed the road",
    "clouds and some light showers",
    "a storm is moving in tonight",
    "it is warm and dry today",
    "frost in the early morning",
    "thunder and lightning in the hills",
  ],
  music: [
    "the band plays a new song",
    "she sings in the choir",
    "he practises the piano daily",
    "the drummer lost the beat",
    "an old violin with four strings",
    "the concert hall was full",
    "turn up the guitar please",
    "a quiet melody on the flute",
    "the orchestra tunes its instruments",
    "their album is out today",
  ],
  garden: [
    "water the roses in the evening",
    "plant the seeds in rows",
    "the apple tree needs pruning",
    "weeds grow between the tulips",
    "dig the soil before winter",
    "the hedge is too high",
    "pick the ripe tomatoes",
    "mow the lawn on saturday",
    "leaves cover the flower bed",
    "compost makes the plants grow",
  ],
};
const UNSEEN = [
  ["weather", "snow and wind are expected"],
  ["weather", "a warm morning with some fog"],
  ["weather", "the storm brings heavy rain"],
  ["music", "the choir sings an old melody"],
  ["music", "a new album with piano and guitar"],
  ["music", "the violin plays in the concert"],
  ["garden", "the seeds grow in the soil"],
  ["garden", "water the tomatoes and the flower bed"],
  ["garden", "prune the hedge and the rose tree"],
  ["garden", "plant tulips before winter"],
];

async function inTrain({ browser, url }, hash, work) {
  const context = await browser.newContext({ locale: "en-US" });
  try {
    const page = await context.newPage();
    await page.goto(`${url}#tab=train${hash}`);
    const start = page.locator("#train .start:enabled");
    await start.waitFor();
    return await work(page, start);
  } finally {
    await context.close();
  }
}

/** Seconds from the click until what is held out costs less than the best n-gram. */
const aliceInPage = (chromium) =>
  inTrain(chromium, "&sample=alice&workers=1", async (page, start) => {
    const from = performance.now();
    await start.click();
    const better = page.locator(".lane .verdict").filter({ hasText: "better than the" });
    await better.filter({ hasNotText: "still better" }).waitFor({ timeout: WAIT });
    return (performance.now() - from) / 1000;
  });

/** Seconds from the click until it answers, and how many of the ten unseen lines it has right. */
const classesInPage = (chromium) =>
  inTrain(chromium, "&task=classifier", async (page, start) => {
    for (const [i, [name, lines]] of Object.entries(CLASSES).entries()) {
      await page.getByLabel("Name of the class").nth(i).fill(name);
      await page.getByLabel("Its examples, one a line").nth(i).fill(lines.join("\n"));
    }
    const from = performance.now();
    await start.click();
    await page.locator('.lane[data-state="done"]').waitFor({ timeout: WAIT });
    await page.getByRole("button", { name: "Classify with it", exact: true }).click();
    const text = page.getByLabel("Text to classify", { exact: true });
    const best = page.locator("#classifying tbody tr.written th");
    await text.fill("wind");
    await best.waitFor();
    const seconds = (performance.now() - from) / 1000;
    let right = 0;
    for (const [name, line] of UNSEEN) {
      await text.fill(line);
      await page.waitForTimeout(300); // it answers while one types
      right += (await best.textContent()) === name;
    }
    return { seconds, right };
  });

/** Rows as those of learn.mjs. */
export async function taught(chromium, { say }) {
  const program = "inkling's page, one worker";
  say("the page: alice.txt");
  const seconds = await aliceInPage(chromium);
  say("the page: three classes of ten lines");
  const classes = await classesInPage(chromium);
  return [
    { text: "alice.txt", program, said: "below the n-gram", seconds, within: 90 },
    {
      text: "three classes of ten lines",
      program,
      said: `${classes.right} of ${UNSEEN.length} unseen lines`,
      seconds: classes.seconds,
      goal: `9 of ${UNSEEN.length}`,
      within: 5,
    },
  ];
}
