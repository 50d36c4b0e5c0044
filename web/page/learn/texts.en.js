// All texts of the lesson in English. texts.de.js has the same keys, and the same {places} in each.

export default {
  common: {
    steps: "Steps of the lesson",
    language: "Language",
    print: "Print",
    sheet: "How a small network writes: the lesson on two pages",
    onPaper: "Guess here, with a pencil. Then look: {address}",
    loading: "Loading",
    bytes: "Loading the network: {bytes} of {total}",
    number: "Step {n} of {of}",
    done: "done",
    check: "Check",
    chooseFirst: "Choose an answer first: a guess is enough.",
    notYet: "The network is not ready yet; the answer comes when it is.",
    looking: "Looking …",
    right: "Right: {answer}.",
    wrong: "Not this time; it is: {answer}.",
    character: "Character",
    word: "Word",
    probability: "Probability",
    quoted: "“{token}”",
    blanks: { " ": "space", "\n": "line break", "\t": "tab", "\r": "carriage return" },
    lacking: "This network has never seen {characters}; it is left out.",
    failed: "This figure cannot be shown now: {why}.",
    offline:
      "You are offline, and what this figure needs has not been used here before: it comes by " +
      "itself once there is a network.",
    again: "Try again",
    badLink: "The link says {field}, which is not possible; here it is {instead}.",
    noStep: "The lesson has no step “{step}”; this is the first one.",
    noFiles: "Files of your own open under {tab}, not in the lesson.",
    openUnder: "Open it under {tab}",
  },
  quiz: {
    before: "Five questions before",
    after: "Five questions after",
    why: "What do you know already? Guess where you must: the answers come at the end of the lesson.",
    again: "The same five questions again. How many are right now?",
    open: "Still unanswered: {n}.",
    score: "{n} of 5",
    notTaken: "not taken",
    scores: "Right before the lesson: {before}. Right after it: {after}.",
    questions: [
      {
        ask: "What does such a network give for the next character?",
        options: [
          "A probability for every character there is",
          "The one right character",
          "A list of sentences that fit",
        ],
        right: 0,
        because: "Every character gets a probability; choosing one of them is a step of its own.",
      },
      {
        ask: "What does it know about the text it has read?",
        options: [
          "All of it: it can read any place again",
          "Only its state, some hundreds of numbers",
          "Only the last character",
        ],
        right: 1,
        because: "What was read lives on in the state, and nowhere else.",
      },
      {
        ask: "What does a high temperature do?",
        options: [
          "It makes the network learn faster",
          "It makes the likeliest character likelier still",
          "It evens the probabilities out",
        ],
        right: 2,
        because:
          "The scores are divided by it: above 1 they come closer together, below 1 the likeliest gets further ahead.",
      },
      {
        ask: "It always takes the likeliest character: what becomes of the text?",
        options: ["It goes in circles", "It is the best text there is", "It ends at once"],
        right: 0,
        because: "The same state and the same choice come again, and with them everything after.",
      },
      {
        ask: "What are the gates of an LSTM for?",
        options: [
          "They keep wrong characters out of the text",
          "They decide what is kept, what is written and what is shown of the memory",
          "They make the file smaller",
        ],
        right: 1,
        because:
          "Forget, input and output: three valves for every cell, between 0 (shut) and 1 (open).",
      },
    ],
  },
  steps: [
    {
      title: "A text is a series of guesses",
      sentences: [
        "A network that writes does one thing only: it reads a character and says how likely each " +
          "character is to come next.",
        "Under every character is the probability that the network gave it before reading it. Choose " +
          "a character to see what else it thought likely there, or type a beginning of your own.",
      ],
      ask: "What comes in place of the question mark? Guess which character the network thinks likeliest.",
      paper: {
        ask: "It has learnt first names and reads “emma”. Which character does it think likeliest next?",
        options: ["the line break: the name ends", "l", "n", "r"],
      },
      because: "It gets {p}, and {second} comes next with {q}. Neither is a mistake.",
      which: "Network",
      models: { names: "First names", "shakespeare-int8": "Shakespeare" },
      field: "Your text",
      row: "The text, a guess at each character",
      next: "What comes next",
      nothing: "nothing",
      after: "After {before}",
      hidden: "Make your guess first; then the bars appear.",
      bars: "The likeliest characters at this place",
    },
    {
      title: "HELLO, unrolled",
      sentences: [
        "Here a network of four units learns one word while you watch. It reads h, e, l, l and should " +
          "answer e, l, l, o: two different answers to the same letter l.",
        "The same weights work in every column; only the state passes from one to the next. Choose any " +
          "number to see the formula behind it, with its values.",
      ],
      ask: "After the first l comes l, after the second comes o. How can the network tell them apart?",
      options: [
        "It counts the columns",
        "The state that it brings along is different",
        "The letter has different weights the second time",
      ],
      because:
        "The states before the two l’s differ, by up to {apart} in one unit. Input and weights are the same.",
      train: "Train again",
      pause: "Pause",
      resume: "Go on",
      training: "Step {step} of {steps}; the loss, which says how wrong it still is: {loss}",
      learnt:
        "Learnt after {steps} steps in {seconds} s: a loss of {loss}, where 0 is never wrong.",
      failedToLearn: "It says {said}, not ello; train again from another start.",
      diagram:
        "The network unrolled over h, e, l, l: inputs below, states, and probabilities above",
      input: "read",
      state: "state",
      output: "next",
      choose: "Choose a number.",
      isInput: "x is 1 for the letter that is read, {letter}, and 0 for the others.",
      isState: "h{unit} after {letter} ≈ tanh({sum}) ≈ {value}",
      stateTerms: "weight of {letter} {input}, bias {bias}, and from the state before:",
      firstState: "Before the first letter the state is zero.",
      isOutput: "p({token}) ≈ exp({logit}) ÷ {total} {value}",
      outputTerms: "its score, from the state, with bias {bias}:",
      times: "{weight} × {value}",
      lossChart: "The loss over the steps",
    },
    {
      title: "The state is all that it remembers",
      sentences: [
        "Two texts end with the same letter. The letter itself is all that the network reads now; " +
          "everything before it comes along in the state.",
        "Clear the state before that letter, and see what is left of the two histories.",
      ],
      ask: "The state is cleared before the last letter. How far apart are the two predictions then?",
      options: [
        "Not at all: they are the same",
        "Less than with the state",
        "Further than with the state",
      ],
      because:
        "To make the two predictions equal the bars would have to move by {carried} with the state, " +
        "and by {cleared} without it.",
      history: "History {n}",
      letter: "Same letter",
      stateIs: "The state",
      carried: "carried along",
      cleared: "cleared",
      bars: "The likeliest characters after history {n}",
      apart:
        "The bars would have to move by {percent} to make the two predictions equal: so far apart they are.",
      cost:
        "Each of {n} letters of names surprises the network by {carried} bits on average, and by {cleared} " +
        "when the state is cleared after every letter. One bit is the surprise of a coin’s side.",
    },
    {
      title: "Inside one cell",
      sentences: [
        "An LSTM keeps a memory beside the state, and three gates are its valves: “forget” says how much " +
          "of the old is kept, “input” how much of the new (the candidate) comes in, “output” how much is shown.",
        "Zoom in: from the text to the chain, from the chain to one cell. The valves stand where " +
          "this network has them at this letter.",
      ],
      ask: "The forget gate is at 1 and the input gate at 0. What happens to the memory?",
      options: ["It stays as it is", "It is emptied", "It doubles"],
      because:
        "1 × old + 0 × new is the old. Here the gates are at {f} and {i}, so the memory c goes from {before} to {c}.",
      field: "Text",
      zoom: "Zoom",
      zooms: { text: "Text", chain: "Chain", cell: "Cell" },
      unit: "Unit",
      place: "Letter",
      drawing: "The text, the chain of cells over it, and the inside of one cell",
      memory: "memory",
      state: "state",
      formula: "c = {f} × {before} + {i} × {g} ≈ {c};  h = {o} × tanh({c}) ≈ {h}",
      told:
        "Unit {unit} at “{letter}”: forget gate {f}, input gate {i}, candidate {g}, output gate {o}; " +
        "memory from {before} to {c}, state {h}.",
    },
    {
      title: "Turn a valve by hand",
      sentences: [
        "Now the gates of one unit are yours. Set them, and its memory and state follow; the other " +
          "units stay as they are.",
        "The bars say what the network then expects. Most units move them a little; a few change which one leads.",
      ],
      ask: "Plus becomes minus, or minus plus, in the state of the strongest unit. What happens to the next letter?",
      options: ["The likeliest stays the same", "Another one becomes the likeliest"],
      because: "Before it was {before} with {p}, after it {after} with {q}.",
      field: "Text",
      units: "The ten units that matter most here",
      unitOption: "{unit} (moves the bars by {percent})",
      gates: { i: "Input gate", f: "Forget gate", g: "Candidate", o: "Output gate" },
      state: "State h",
      memory: "memory c {c}, state h {h}",
      reset: "As the network had it",
      bars: "The likeliest next characters, with your values",
      moved: "The bars have moved by {percent}.",
      finding: "Looking for the units that matter …",
    },
    {
      title: "Softmax, and a dart",
      sentences: [
        "The network gives every character a score. Softmax makes probabilities of them: e to the power of " +
          "each, divided by the sum of all these. Laid end to end they fill a strip from 0 to 1.",
        "A random number between 0 and 1 is a dart; what it hits is written. Temperature divides the " +
          "scores first, and so moves the borders under the dart.",
      ],
      ask: "A hundred darts at temperature 0.5, the same hundred at 2. The likeliest is hit …",
      options: ["less often at 2", "more often at 2", "equally often"],
      because: "{token} was hit {low} times at 0.5 and {high} times at 2.",
      field: "Your text",
      temperature: "Temperature",
      throwOne: "Throw a dart",
      throwMany: "Throw {n}",
      fell: "Dart {n} fell on {number}: {character}.",
      none: "No dart yet.",
      table: "The likeliest characters with their parts of the strip",
      character: "Next",
      logit: "Score (best: 0)",
      from: "On the strip",
      p: "Share",
      hits: "Hits",
    },
    {
      title: "Greedy goes in circles",
      sentences: [
        "Why throw darts at all? Take the likeliest character every time (greedy), and sooner or later the " +
          "network says the same thing again, for ever: without chance the state alone decides what " +
          "follows, and once it comes again, so does all after it.",
        "A low temperature leaves little to chance. The loop is found and marked. Turn the " +
          "temperature up until the circle breaks.",
      ],
      ask: "At which temperature is there no loop any more?",
      options: [
        "There is none even at 0",
        "At 0.1 or 0.2",
        "At 0.3, 0.4 or 0.5",
        "Higher, or never",
      ],
      paper: {
        ask:
          "After “JULIET:” it writes “The seas of the seas of the seas of the sea …” at 0. At which " +
          "temperature is there no loop any more?",
      },
      because: "The lowest temperature without a loop, with this prompt: {first}.",
      field: "Prompt",
      temperature: "Temperature",
      greedy: "0, greedy",
      text: "The text, with its loop marked",
      loop: "After {from} characters a loop of {length}, {times} times so far.",
      noLoop: "No loop in {n} characters.",
      rungLoop: "{at}: loop of {length}",
      rungFree: "{at}: free",
      never: "none of them",
    },
    {
      title: "From cautious to daring",
      sentences: [
        "The same prompt and the same darts, six temperatures. A low one keeps to what the network is sure of, a " +
          "high one puts letters where hardly any word has them.",
        "The bits say how surprised the network itself is by each character that it wrote; one bit is the " +
          "surprise of a coin’s side.",
      ],
      ask: "At which temperature was the text in the frame written?",
      paper: {
        ask: "Three texts, at temperatures 0.3, 0.9 and 1.5. Which was written at which?",
        options: [
          "“For we are to her gold call him; the half son” ……",
          "“I being tuln; brad it vains, Petrecysa.” ……",
          "“I will be so heart that a part of the bark.” ……",
        ],
      },
      because: "{bits} bits of surprise a character gave it away.",
      field: "Prompt",
      another: "Write again",
      at: "Temperature {temperature}",
      bits: "{bits} bits a character",
      written: "All six are written.",
      blind: "Which temperature wrote this?",
    },
    {
      title: "How it learns, and what fades",
      sentences: [
        "Training changes every weight a little so that the right character gets likelier. Which way " +
          "is the gradient’s to tell; for what an early letter did to a late mistake it has to travel back through every step.",
        "Two networks of 16 units learn to close a bracket that was opened 4 to 20 letters before. " +
          "The second chart is their gradient before learning: how much a nudge to the state that many " +
          "letters back still moves the prediction.",
      ],
      ask: "Which of the two learns which bracket to close?",
      options: ["The plain RNN", "The LSTM", "Both", "Neither"],
      because:
        "The RNN gives the right bracket {rnn}, the LSTM {lstm}. Before learning a nudge ten letters back moved " +
        "the end by {rnnBack} of what a nudge there does in the RNN, and by {lstmBack} in the LSTM.",
      task: "(abcacb)  [cab]  [acbbacab]  (bcaab) …",
      cells: { rnn: "Plain RNN", lstm: "LSTM" },
      hidden: "Make your guess first; then its score appears.",
      closes: "{percent} for the right bracket, 20 letters later",
      train: "Train again",
      losses: "Loss over the steps",
      reach: "How far back the gradient reaches (powers of ten)",
      distance: "Letters back",
      back: "{n} back",
      running: "Both are learning: step {step} of {steps}.",
      finished: "Both have trained for {steps} steps.",
    },
    {
      title: "Counts beside the network",
      sentences: [
        "You can also just count: wherever the last four letters were these, how often did each letter " +
          "come next? Such a table knows texts by heart; a network knows their manner.",
        "The slider λ mixes them: p = (1 − λ) × network + λ × counts. How good a mixture is, names say " +
          "that were kept aside: the loss on them is how much each letter surprises it (in nats; less is better).",
      ],
      ask: "Which λ predicts names best that neither has seen?",
      options: ["0: the network alone", "In between", "1: the counts alone"],
      because:
        "The loss of the network alone is {network} nats a letter, that of the counts {counts}, and that " +
        "of the mixture at λ = {best} is {mixed}: less is better.",
      field: "Your text",
      weight: "λ, the share of the counts",
      training:
        "A small network learns 8,000 names, and their letters are counted: step {step} of {steps}.",
      trained:
        "Learnt in {seconds} s: {parameters} weights, and counts of up to {order} letters in a row.",
      network: "Network",
      counts: "Counts",
      mixture: "Mixture",
      table: "The likeliest next characters by the network, by the counts and by both",
      character: "Next",
      losses: "The loss on {n} letters of names kept aside, at this λ: {mixed} nats a letter.",
      lossChart: "The loss by λ",
      chart: "The loss by λ, lowest at {best}",
    },
    {
      title: "Four shapes, one picture",
      sentences: [
        "A state, something that fills it and something that reads it: wire them differently, and the " +
          "same parts caption a picture, name a language, or translate.",
        "Choose a shape and see the picture rewire itself; each runs with a real network.",
      ],
      ask: "A network is to say whether a film review is friendly. Which shape is that?",
      options: [
        "One to one, in step",
        "One to many",
        "Many to one",
        "Many to many, after reading all",
      ],
      because: "All of the review is read, and one answer is given at its end.",
      which: "Shape",
      shapes: {
        generator: "One to one, in step",
        captioner: "One to many",
        classifier: "Many to one",
        translator: "Many to many",
      },
      about: {
        generator: "Text: every character read gives the next one, which is read in turn (names).",
        captioner: "Captions: a picture fills the state, and words come out of it (emoji).",
        classifier:
          "Classes: all characters are read, then one answer (the language of a surname).",
        translator:
          "Translation: the source is read to its end, then another text is written (dates).",
      },
      input: "Your text",
      result: "{before} → {after}",
    },
    {
      title: "Words, and what to read next",
      sentences: [
        "The same network works with words in place of letters: one step a word. It makes no " +
          "spelling mistakes, since it takes whole words, but has to choose among a great many at every step.",
      ],
      ask: "Among how many words does this network choose at every step?",
      paper: {
        ask: "It has read Alice in Wonderland. Among how many words does it choose at every step?",
        options: ["50", "500", "5,000", "500,000"],
      },
      because: "{n} of them, each with a probability. Letters are a few dozen.",
      field: "Your text",
      temperature: "Temperature",
      write: "Write on",
      bars: "The likeliest next words",
      facts: "{words} steps for the {characters} characters of this text.",
      next: "What to read next",
      reading: [
        {
          title: "The Unreasonable Effectiveness of Recurrent Neural Networks",
          by: "A. Karpathy, 2015: what such networks learn to write, and what their units look for.",
          url: "https://karpathy.github.io/2015/05/21/rnn-effectiveness/",
        },
        {
          title: "Understanding LSTM Networks",
          by: "C. Olah, 2015: the cell, drawn gate by gate.",
          url: "https://colah.github.io/posts/2015-08-Understanding-LSTMs/",
        },
        {
          title: "Generating Sequences With Recurrent Neural Networks",
          by: "A. Graves, 2013: text and handwriting, character by character.",
          url: "https://arxiv.org/abs/1308.0850",
        },
        {
          title: "Sequence to Sequence Learning with Neural Networks",
          by: "I. Sutskever, O. Vinyals and Q. V. Le, 2014: reading all, then writing.",
          url: "https://arxiv.org/abs/1409.3215",
        },
      ],
    },
  ],
};
