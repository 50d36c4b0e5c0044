// Alle Texte der Lektion auf Deutsch, mit denselben Schlüsseln und {Stellen} wie in texts.en.js.

export default {
  common: {
    steps: "Schritte der Lektion",
    language: "Sprache",
    print: "Drucken",
    sheet: "Wie ein kleines Netz schreibt: die Lektion auf zwei Seiten",
    onPaper: "Hier raten, mit dem Bleistift. Dann nachsehen: {address}",
    loading: "Wird geladen",
    bytes: "Das Netz kommt: {bytes} von {total}",
    number: "Schritt {n} von {of}",
    done: "erledigt",
    check: "Prüfen",
    chooseFirst: "Erst eine Antwort wählen: raten genügt.",
    notYet: "Das Netz ist noch nicht so weit; dann kommt die Antwort.",
    looking: "Ich sehe nach …",
    right: "Richtig: {answer}.",
    wrong: "Diesmal nicht; es ist: {answer}.",
    character: "Zeichen",
    word: "Wort",
    probability: "Wahrscheinlichkeit",
    quoted: "„{token}“",
    blanks: { " ": "Leerzeichen", "\n": "Zeilenende", "\t": "Tabulator", "\r": "Wagenrücklauf" },
    lacking: "Dieses Netz hat {characters} nie gesehen; es wird ausgelassen.",
    failed: "Diese Abbildung geht gerade nicht: {why}.",
    offline:
      "Du bist offline, und was diese Abbildung braucht, wurde hier noch nie benutzt: sie kommt " +
      "von selbst, sobald wieder eine Verbindung da ist.",
    again: "Noch einmal",
    badLink: "Im Link steht {field}, was nicht sein kann; hier ist es {instead}.",
    noStep: "Einen Schritt „{step}“ hat die Lektion nicht; dies ist der erste.",
    noFiles: "Eigene Dateien öffnet man unter {tab}, nicht in der Lektion.",
    openUnder: "Unter {tab} öffnen",
  },
  quiz: {
    before: "Fünf Fragen vorher",
    after: "Fünf Fragen nachher",
    why: "Was weißt du schon? Rate, wo es sein muss: die Antworten kommen am Ende der Lektion.",
    again: "Noch einmal dieselben fünf Fragen. Wie viele sind jetzt richtig?",
    open: "Noch ohne Antwort: {n}.",
    score: "{n} von 5",
    notTaken: "nicht beantwortet",
    scores: "Richtig vor der Lektion: {before}. Richtig danach: {after}.",
    questions: [
      {
        ask: "Was liefert ein solches Netz für das nächste Zeichen?",
        options: [
          "Eine Wahrscheinlichkeit für jedes Zeichen, das es gibt",
          "Das eine richtige Zeichen",
          "Eine Liste passender Sätze",
        ],
        right: 0,
        because:
          "Jedes Zeichen bekommt eine Wahrscheinlichkeit; eines auszuwählen ist ein Schritt für sich.",
      },
      {
        ask: "Was weiß es von dem Text, den es gelesen hat?",
        options: [
          "Alles: es kann jede Stelle wieder lesen",
          "Nur seinen Zustand, einige hundert Zahlen",
          "Nur das letzte Zeichen",
        ],
        right: 1,
        because: "Was gelesen wurde, lebt im Zustand weiter und nirgends sonst.",
      },
      {
        ask: "Was macht eine hohe Temperatur?",
        options: [
          "Das Netz lernt schneller",
          "Das wahrscheinlichste Zeichen wird noch wahrscheinlicher",
          "Die Wahrscheinlichkeiten gleichen sich an",
        ],
        right: 2,
        because:
          "Die Punkte werden durch sie geteilt: über 1 liegen sie dann enger zusammen, unter 1 liegt das wahrscheinlichste noch weiter vorn.",
      },
      {
        ask: "Immer das wahrscheinlichste Zeichen: was wird aus dem Text?",
        options: ["Er dreht sich im Kreis", "Er wird der beste, den es gibt", "Er endet sofort"],
        right: 0,
        because: "Derselbe Zustand und dieselbe Wahl kehren wieder, und mit ihnen alles danach.",
      },
      {
        ask: "Wozu sind die Tore eines LSTM da?",
        options: [
          "Sie halten falsche Zeichen vom Text fern",
          "Sie entscheiden, was vom Gedächtnis bleibt, was hineinkommt und was gezeigt wird",
          "Sie machen die Datei kleiner",
        ],
        right: 1,
        because:
          "Vergessen, Eingang und Ausgang: drei Ventile für jede Zelle, zwischen 0 (zu) und 1 (offen).",
      },
    ],
  },
  steps: [
    {
      title: "Ein Text ist eine Reihe von Vermutungen",
      sentences: [
        "Ein Netz, das schreibt, tut nur eines: es liest ein Zeichen und sagt, wie wahrscheinlich " +
          "jedes Zeichen als nächstes ist.",
        "Unter jedem Zeichen steht die Wahrscheinlichkeit, die es hatte, bevor es gelesen wurde. Wähle " +
          "eines, um zu sehen, was dort sonst erwartet wurde, oder tippe selbst einen Anfang.",
      ],
      ask: "Was kommt an der Stelle mit dem Fragezeichen? Rate, was das Netz für das Wahrscheinlichste hält.",
      paper: {
        ask: "Es hat Vornamen gelernt und liest „emma“. Welches Zeichen hält es nun für das Wahrscheinlichste?",
        options: ["das Zeilenende: der Name ist aus", "l", "n", "r"],
      },
      because: "Es bekommt {p}; danach kommt {second} mit {q}. Keines davon ist ein Fehler.",
      which: "Netz",
      models: { names: "Vornamen", "shakespeare-int8": "Shakespeare" },
      field: "Dein Text",
      row: "Der Text, bei jedem Zeichen eine Vermutung",
      next: "Was als nächstes kommt",
      nothing: "nichts",
      after: "Nach {before}",
      hidden: "Erst raten, dann kommen die Balken.",
      bars: "Die wahrscheinlichsten Zeichen an dieser Stelle",
    },
    {
      title: "HELLO, abgerollt",
      sentences: [
        "Hier lernt ein Netz mit vier Einheiten ein Wort, während du zusiehst. Es liest h, e, l, l und " +
          "soll e, l, l, o sagen: auf denselben Buchstaben l zwei verschiedene Antworten.",
        "In jeder Spalte arbeiten dieselben Gewichte; nur der Zustand geht von einer zur nächsten. Wähle " +
          "eine Zahl, um die Formel zu sehen, aus der sie kommt, mit ihren Werten.",
      ],
      ask: "Nach dem ersten l kommt l, nach dem zweiten o. Woran kann das Netz sie unterscheiden?",
      options: [
        "Es zählt die Spalten",
        "Der mitgebrachte Zustand ist ein anderer",
        "Der Buchstabe hat beim zweiten Mal andere Gewichte",
      ],
      because:
        "Die Zustände nach den beiden l unterscheiden sich, in einer Einheit um {apart}. Eingabe und " +
        "Gewichte sind gleich.",
      train: "Neu lernen",
      pause: "Anhalten",
      resume: "Weiter",
      training: "Schritt {step} von {steps}; der Verlust sagt, wie falsch es noch liegt: {loss}",
      learnt: "Nach {steps} Schritten in {seconds} s gelernt: Verlust {loss}; 0 hieße: nie falsch.",
      failedToLearn: "Es sagt {said} und nicht ello; lass es mit einem anderen Anfang neu lernen.",
      diagram:
        "Das Netz, über h, e, l, l abgerollt: unten die Eingaben, dann die Zustände, oben die " +
        "Wahrscheinlichkeiten",
      input: "liest",
      state: "Zustand",
      output: "weiter",
      choose: "Wähle eine Zahl.",
      isInput: "x ist 1 für den gelesenen Buchstaben, {letter}, und 0 für die anderen.",
      isState: "h{unit} nach {letter} ≈ tanh({sum}) ≈ {value}",
      stateTerms: "Gewicht von {letter} {input}, Schwelle {bias}, und vom Zustand davor:",
      firstState: "Vor dem ersten Buchstaben ist der Zustand null.",
      isOutput: "p({token}) ≈ exp({logit}) ÷ {total} {value}",
      outputTerms: "seine Punkte, aus dem Zustand, mit Schwelle {bias}:",
      times: "{weight} × {value}",
      lossChart: "Der Verlust über die Schritte",
    },
    {
      title: "Der Zustand ist alles, was es behält",
      sentences: [
        "Zwei Texte enden mit demselben Buchstaben. Nur diesen liest das Netz jetzt; alles davor bringt " +
          "der Zustand mit.",
        "Lösche den Zustand vor diesem Buchstaben und sieh, was von den beiden Vorgeschichten bleibt.",
      ],
      ask: "Der Zustand wird vor dem letzten Buchstaben gelöscht. Wie weit liegen die Vorhersagen dann auseinander?",
      options: [
        "Gar nicht: sie sind gleich",
        "Weniger als mit dem Zustand",
        "Weiter als mit dem Zustand",
      ],
      because:
        "Damit beide Vorhersagen gleich sind, müssten die Balken mit dem Zustand um {carried} wandern, ohne ihn um {cleared}.",
      history: "Vorgeschichte {n}",
      letter: "Buchstabe",
      stateIs: "Der Zustand",
      carried: "mitgebracht",
      cleared: "gelöscht",
      bars: "Die wahrscheinlichsten Zeichen nach Vorgeschichte {n}",
      apart:
        "Die Balken müssten um {percent} wandern, damit beide Vorhersagen gleich sind: so weit liegen sie auseinander.",
      cost:
        "Jeder von {n} Buchstaben von Namen überrascht das Netz im Mittel um {carried} Bit, und um {cleared}, " +
        "wenn der Zustand nach jedem gelöscht wird. Ein Bit: so überraschend ist ein Münzwurf.",
    },
    {
      title: "In einer Zelle",
      sentences: [
        "Ein LSTM hat neben dem Zustand ein Gedächtnis, und drei Tore sind seine Ventile: „Vergessen“ sagt, wie viel " +
          "vom Alten bleibt, „Eingang“, wie viel vom Neuen (dem Kandidaten) hineinkommt, „Ausgang“, wie viel gezeigt wird.",
        "Geh hinein: vom Text zur Kette, von der Kette zu einer Zelle. Die Ventile stehen so, wie sie " +
          "in diesem Netz bei diesem Buchstaben stehen.",
      ],
      ask: "Das Vergessenstor steht auf 1, das Eingangstor auf 0. Was geschieht mit dem Gedächtnis?",
      options: ["Es bleibt, wie es ist", "Es wird geleert", "Es verdoppelt sich"],
      because:
        "1 × alt + 0 × neu ist das Alte. Hier stehen die Tore auf {f} und {i}, darum geht das Gedächtnis c von {before} auf {c}.",
      field: "Text",
      zoom: "Wie nah",
      zooms: { text: "Text", chain: "Kette", cell: "Zelle" },
      unit: "Einheit",
      place: "Buchstabe",
      drawing: "Der Text, darüber die Kette der Zellen, und das Innere einer Zelle",
      memory: "Gedächtnis",
      state: "Zustand",
      formula: "c = {f} × {before} + {i} × {g} ≈ {c};  h = {o} × tanh({c}) ≈ {h}",
      told:
        "Einheit {unit} bei „{letter}“: Vergessenstor {f}, Eingangstor {i}, Kandidat {g}, Ausgangstor " +
        "{o}; Gedächtnis von {before} auf {c}, Zustand {h}.",
    },
    {
      title: "Ein Ventil von Hand drehen",
      sentences: [
        "Jetzt gehören die Tore einer Einheit dir. Stell sie ein, und ihr Gedächtnis und ihr Zustand " +
          "folgen; die anderen Einheiten bleiben, wie sie sind.",
        "Die Balken sagen, was das Netz dann erwartet. Die meisten Einheiten verschieben sie ein wenig, " +
          "wenige werfen sie um.",
      ],
      ask: "Im Zustand der stärksten Einheit wird Plus zu Minus oder umgekehrt. Was wird aus dem nächsten Buchstaben?",
      options: ["Der wahrscheinlichste bleibt derselbe", "Ein anderer wird der wahrscheinlichste"],
      because: "Vorher war es {before} mit {p}, nachher {after} mit {q}.",
      field: "Text",
      units: "Die zehn Einheiten, auf die es hier ankommt",
      unitOption: "{unit} (bewegt die Balken um {percent})",
      gates: { i: "Eingangstor", f: "Vergessenstor", g: "Kandidat", o: "Ausgangstor" },
      state: "Zustand h",
      memory: "Gedächtnis c {c}, Zustand h {h}",
      reset: "Wie das Netz es hatte",
      bars: "Die wahrscheinlichsten nächsten Zeichen mit deinen Werten",
      moved: "Die Balken haben sich um {percent} bewegt.",
      finding: "Gesucht werden die Einheiten, auf die es ankommt …",
    },
    {
      title: "Soft-Max und ein Pfeil",
      sentences: [
        "Das Netz gibt jedem Zeichen Punkte. Soft-Max macht daraus Wahrscheinlichkeiten: e hoch die Punkte, geteilt " +
          "durch die Summe von alledem. Aneinandergelegt füllen sie einen Streifen von 0 bis 1.",
        "Eine Zufallszahl zwischen 0 und 1 ist ein Pfeil; was er trifft, wird geschrieben. Die " +
          "Temperatur teilt zuvor die Punkte und verschiebt so die Grenzen unter dem Pfeil.",
      ],
      ask: "Hundert Pfeile bei Temperatur 0,5, dieselben hundert bei 2. Das Wahrscheinlichste wird getroffen …",
      options: ["bei 2 seltener", "bei 2 öfter", "gleich oft"],
      because: "{token} wurde bei 0,5 {low}-mal getroffen und bei 2 {high}-mal.",
      field: "Dein Text",
      temperature: "Temperatur",
      throwOne: "Einen Pfeil werfen",
      throwMany: "{n} werfen",
      fell: "Pfeil {n} fiel auf {number}: {character}.",
      none: "Noch kein Pfeil.",
      table: "Die wahrscheinlichsten Zeichen mit ihrem Teil des Streifens",
      character: "Weiter",
      logit: "Punkte (bestes: 0)",
      from: "Auf dem Streifen",
      p: "Anteil",
      hits: "Treffer",
    },
    {
      title: "Gierig geht es im Kreis",
      sentences: [
        "Wozu überhaupt Pfeile werfen? Nimm jedes Mal das wahrscheinlichste Zeichen (gierig), und früher oder " +
          "später sagt das Netz immer wieder dasselbe: ohne Zufall entscheidet allein der Zustand, " +
          "was folgt, und kommt er wieder, so auch alles danach.",
        "Eine niedrige Temperatur überlässt dem Zufall wenig. Die Schleife wird gesucht und " +
          "markiert. Dreh die Temperatur auf, bis der Kreis zerbricht.",
      ],
      ask: "Bei welcher Temperatur gibt es keine Schleife mehr?",
      options: [
        "Schon bei 0 gibt es keine",
        "Bei 0,1 oder 0,2",
        "Bei 0,3, 0,4 oder 0,5",
        "Höher oder nie",
      ],
      paper: {
        ask:
          "Nach „JULIET:“ schreibt es bei 0 „The seas of the seas of the seas of the sea …“. Bei " +
          "welcher Temperatur gibt es keine Schleife mehr?",
      },
      because: "Bei diesem Anfang der erste Text ohne Schleife: Temperatur {first}.",
      field: "Anfang",
      temperature: "Temperatur",
      greedy: "0, gierig",
      text: "Der Text, mit markierter Schleife",
      loop: "Nach {from} Zeichen eine Schleife von {length}, bisher {times}-mal.",
      noLoop: "Keine Schleife in {n} Zeichen.",
      rungLoop: "{at}: Schleife von {length}",
      rungFree: "{at}: frei",
      never: "keine davon",
    },
    {
      title: "Von vorsichtig bis gewagt",
      sentences: [
        "Derselbe Anfang und dieselben Pfeile, sechs Temperaturen. Eine niedrige bleibt bei dem, was das Netz sicher " +
          "weiß, eine hohe setzt Buchstaben, wo kaum ein Wort sie hat.",
        "Die Bits sagen, wie überrascht das Netz selbst von jedem Zeichen ist, das es schrieb; ein Bit: so überraschend ist ein Münzwurf.",
      ],
      ask: "Bei welcher Temperatur wurde der Text im Rahmen geschrieben?",
      paper: {
        ask: "Drei Texte, bei den Temperaturen 0,3, 0,9 und 1,5. Welcher entstand bei welcher?",
        options: [
          "„For we are to her gold call him; the half son“ ……",
          "„I being tuln; brad it vains, Petrecysa.“ ……",
          "„I will be so heart that a part of the bark.“ ……",
        ],
      },
      because: "{bits} Bit Überraschung je Zeichen verraten es.",
      field: "Anfang",
      another: "Neu schreiben",
      at: "Temperatur {temperature}",
      bits: "{bits} Bit je Zeichen",
      written: "Alle sechs sind geschrieben.",
      blind: "Welche Temperatur hat das geschrieben?",
    },
    {
      title: "Wie es lernt, und was verblasst",
      sentences: [
        "Lernen ändert jedes Gewicht ein wenig, damit das richtige Zeichen wahrscheinlicher wird. Wohin, " +
          "sagt der Gradient; für das, was ein früher Buchstabe zu einem späten Fehler tat, muss er durch jeden Schritt zurück.",
        "Zwei Netze mit 16 Einheiten lernen, eine Klammer zu schließen, die 4 bis 20 Buchstaben vorher " +
          "aufging. Das zweite Bild ist ihr Gradient vor dem Lernen: wie weit ein Stoß an den Zustand, so " +
          "viele Buchstaben zurück, die Vorhersage noch bewegt.",
      ],
      ask: "Welches der beiden lernt, welche Klammer zu schließen ist?",
      options: ["Das einfache RNN", "Das LSTM", "Beide", "Keines"],
      because:
        "Das RNN gibt der richtigen Klammer {rnn}, das LSTM {lstm}. Vor dem Lernen bewegte ein Stoß zehn Buchstaben " +
        "zurück im RNN {rnnBack} dessen, was einer am Ende bewegt, und im LSTM {lstmBack}.",
      task: "(abcacb)  [cab]  [acbbacab]  (bcaab) …",
      cells: { rnn: "Einfaches RNN", lstm: "LSTM" },
      hidden: "Erst raten, dann erscheint das Ergebnis.",
      closes: "{percent} für die richtige Klammer, 20 Buchstaben später",
      train: "Neu lernen",
      losses: "Verlust über die Schritte",
      reach: "Wie weit der Gradient zurückreicht (Zehnerpotenzen)",
      distance: "Zurück",
      back: "{n} zurück",
      running: "Beide lernen: Schritt {step} von {steps}.",
      finished: "Beide haben {steps} Schritte gelernt.",
    },
    {
      title: "Zählen neben dem Netz",
      sentences: [
        "Man kann auch einfach zählen: an allen Stellen, wo die letzten vier Buchstaben diese waren, wie " +
          "oft kam welcher danach? Eine solche Tabelle weiß auswendig, ein Netz kennt die Art.",
        "Der Regler λ mischt beide: p = (1 − λ) × Netz + λ × Zählung. Wie gut eine Mischung ist, sagen " +
          "zurückgelegte Namen: der Verlust ist, wie sehr sie jeder Buchstabe überrascht (in Nat; weniger ist besser).",
      ],
      ask: "Welches λ sagt Namen am besten voraus, die keines von beiden gesehen hat?",
      options: ["0: das Netz allein", "Dazwischen", "1: die Zählung allein"],
      because:
        "Der Verlust des Netzes allein ist {network} Nat je Buchstabe, der der Zählung {counts}, der der " +
        "Mischung bei λ = {best} ist {mixed}: weniger ist besser.",
      field: "Dein Text",
      weight: "λ, der Anteil der Zählung",
      training:
        "Ein kleines Netz lernt 8000 Namen, und ihre Buchstaben werden gezählt: Schritt {step} von {steps}.",
      trained:
        "In {seconds} s gelernt: {parameters} Gewichte, und Zählungen von bis zu {order} Buchstaben in " +
        "Folge.",
      network: "Netz",
      counts: "Zählung",
      mixture: "Mischung",
      table: "Die wahrscheinlichsten nächsten Zeichen nach dem Netz, der Zählung und beiden",
      character: "Weiter",
      losses:
        "Der Verlust auf {n} Buchstaben zurückgelegter Namen, bei diesem λ: {mixed} Nat je Buchstabe.",
      lossChart: "Der Verlust nach λ",
      chart: "Der Verlust nach λ, am kleinsten bei {best}",
    },
    {
      title: "Vier Formen, ein Bild",
      sentences: [
        "Ein Zustand, etwas, das ihn füllt, und etwas, das ihn liest: anders verdrahtet beschreiben " +
          "dieselben Teile ein Bild, nennen eine Sprache oder übersetzen.",
        "Wähle eine Form und sieh, wie sich das Bild neu verdrahtet; jede läuft mit einem echten Netz.",
      ],
      ask: "Ein Netz soll sagen, ob eine Filmkritik freundlich ist. Welche Form ist das?",
      options: [
        "Eins zu eins, im Takt",
        "Eins zu vielen",
        "Viele zu eins",
        "Viele zu vielen, nach dem Lesen",
      ],
      because: "Die ganze Kritik wird gelesen, und an ihrem Ende steht eine Antwort.",
      which: "Form",
      shapes: {
        generator: "Eins zu eins, im Takt",
        captioner: "Eins zu vielen",
        classifier: "Viele zu eins",
        translator: "Viele zu vielen",
      },
      about: {
        generator: "Text: jedes gelesene Zeichen gibt das nächste, das dann gelesen wird (Namen).",
        captioner: "Bildtitel: ein Bild füllt den Zustand, und Wörter kommen heraus (Emoji).",
        classifier:
          "Klassen: alle Zeichen werden gelesen, dann eine Antwort (Sprache eines Nachnamens).",
        translator:
          "Übersetzung: erst wird alles gelesen, dann ein anderer Text geschrieben (Daten).",
      },
      input: "Dein Text",
      result: "{before} → {after}",
    },
    {
      title: "Wörter, und was man weiter lesen kann",
      sentences: [
        "Dasselbe Netz geht mit Wörtern statt Buchstaben: ein Schritt je Wort. Es macht keine " +
          "Rechtschreibfehler, weil es ganze Wörter nimmt, muss aber bei jedem Schritt unter sehr vielen wählen.",
      ],
      ask: "Unter wie vielen Wörtern wählt dieses Netz bei jedem Schritt?",
      paper: {
        ask: "Es hat „Alice im Wunderland“ gelesen. Unter wie vielen Wörtern wählt es bei jedem Schritt?",
        options: ["50", "500", "5.000", "500.000"],
      },
      because: "Unter {n}, jedes mit seiner Wahrscheinlichkeit. Buchstaben sind es einige Dutzend.",
      field: "Dein Text",
      temperature: "Temperatur",
      write: "Weiterschreiben",
      bars: "Die wahrscheinlichsten nächsten Wörter",
      facts: "{words} Schritte für die {characters} Zeichen dieses Textes.",
      next: "Was man weiter lesen kann",
      reading: [
        {
          title: "The Unreasonable Effectiveness of Recurrent Neural Networks",
          by: "A. Karpathy, 2015: was solche Netze schreiben lernen und worauf ihre Einheiten achten.",
          url: "https://karpathy.github.io/2015/05/21/rnn-effectiveness/",
        },
        {
          title: "Understanding LSTM Networks",
          by: "C. Olah, 2015: die Zelle, Tor für Tor gezeichnet.",
          url: "https://colah.github.io/posts/2015-08-Understanding-LSTMs/",
        },
        {
          title: "Generating Sequences With Recurrent Neural Networks",
          by: "A. Graves, 2013: Text und Handschrift, Zeichen für Zeichen.",
          url: "https://arxiv.org/abs/1308.0850",
        },
        {
          title: "Sequence to Sequence Learning with Neural Networks",
          by: "I. Sutskever, O. Vinyals und Q. V. Le, 2014: erst alles lesen, dann schreiben.",
          url: "https://arxiv.org/abs/1409.3215",
        },
      ],
    },
  ],
};
