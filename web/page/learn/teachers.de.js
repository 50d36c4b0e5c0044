// Was eine Lehrkraft auf Deutsch erfährt. teachers.en.js hat dieselben Schlüssel.

export default {
  title: "Für Lehrkräfte: 45 Minuten mit einer Klasse",
  plan: [
    { minutes: "5", step: 0, what: "Jeder für sich; die Antworten kommen am Ende." },
    {
      minutes: "7",
      step: 1,
      what:
        "Jemand denkt sich einen Vornamen und verrät Buchstaben um Buchstaben; die Klasse wettet auf " +
        "den nächsten und sieht dann nach, worauf das Netz wettet.",
    },
    {
      minutes: "8",
      step: 6,
      what:
        "Der Zufall wählt den Buchstaben. 100 Pfeile werfen: bekommt der wahrscheinlichste seinen " +
        "Anteil?",
    },
    {
      minutes: "8",
      step: 7,
      what:
        "Ohne Zufall dreht es sich im Kreis. Wer findet die niedrigste Temperatur, die " +
        "weiterschreibt?",
    },
    {
      minutes: "4",
      step: 8,
      what: "Welche Temperatur schrieb den Text im Rahmen? Abstimmen, dann nachsehen.",
    },
    {
      minutes: "5",
      step: 3,
      what: "Woran erinnert es sich? Derselbe Buchstabe nach zwei Anfängen.",
    },
    {
      minutes: "5",
      address: "#tab=train&sample=names&minutes=1",
      link: "Train",
      what: "Alle trainieren eine Minute lang ein eigenes Netz und lassen es schreiben.",
    },
    { minutes: "3", step: 13, what: "Dieselben fünf Fragen noch einmal, jetzt mit Antworten." },
  ],
  notes: [
    "Die Schritte 2, 4, 5, 9 und 10 rechnen und passen zu älteren Klassen; 11 und 12 sind für die " +
      "Schnellen.",
    "Niemand meldet sich an, und nichts Getipptes verlässt das Gerät. Für diesen Plan lädt ein " +
      "Gerät 2 MB, für alle Schritte 8 MB; was es einmal geöffnet hat, geht auch ohne Netz.",
    "Drucken, oben, macht ein Blatt von zwei Seiten zum Ausfüllen. Seine Antworten: 1 l, 2 der " +
      "Zustand, 3 gleich, 4 es bleibt, 5 dasselbe bleibt, 6 seltener, 7 bei 0,1 oder 0,2, 8 0,9, " +
      "1,5 und 0,3, 9 das LSTM, 10 dazwischen, 11 viele zu eins, 12 5.000.",
  ],
};
