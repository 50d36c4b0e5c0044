// What a teacher is told in English. teachers.de.js has the same keys.

export default {
  title: "For teachers: 45 minutes with a class",
  plan: [
    {
      minutes: "5",
      step: 0,
      what: "Each pupil alone; the answers come at the end.",
    },
    {
      minutes: "7",
      step: 1,
      what:
        "Somebody thinks of a first name and tells its letters one by one; the class bets on the " +
        "next, then looks at what the network bets.",
    },
    {
      minutes: "8",
      step: 6,
      what: "Chance chooses the letter. Throw 100 darts: does the likeliest letter get its share?",
    },
    {
      minutes: "8",
      step: 7,
      what: "Without chance it goes in circles. Who finds the lowest temperature that writes on?",
    },
    {
      minutes: "4",
      step: 8,
      what: "Which temperature wrote the text in the frame? Vote, then look.",
    },
    { minutes: "5", step: 3, what: "What does it remember? The same letter after two beginnings." },
    {
      minutes: "5",
      address: "#tab=train&sample=names&minutes=1",
      link: "Train",
      what: "Everyone trains a network of their own for a minute, and has it write.",
    },
    { minutes: "3", step: 13, what: "The same five questions again, now with answers." },
  ],
  notes: [
    "Steps 2, 4, 5, 9 and 10 reckon with numbers and suit older classes; 11 and 12 are for the quick.",
    "Nobody signs in, and nothing that is typed leaves the device. A device fetches 2 MB for this " +
      "plan, 8 MB for all steps; what it has opened once it opens without a network.",
    "Print, above, makes a sheet of two pages to be filled in with a pencil. Its answers: 1 l, " +
      "2 the state, 3 the same, 4 it stays, 5 the same one stays, 6 less often, 7 at 0.1 or 0.2, " +
      "8 0.9, 1.5 and 0.3, 9 the LSTM, 10 in between, 11 many to one, 12 5,000.",
  ],
};
