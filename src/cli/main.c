/*
 * The command `inkling`: finds the verb, or prints the help.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/files.h"
#include "cli/nearest.h"
#include "cli/print.h"
#include "cli/verbs.h"

static const struct {
  const char *name;
  int (*run)(int count, char **arguments);
  bool text, model; /* whether it has the options that go with one */
  const char *help;
} verbs[] = {
    {"train", ink_verb_train, true, false,
     "train --text FILE|-              trains a network to write text like FILE's\n"
     "  --out MODEL (FILE's name, .safetensors, in this folder)\n"
     "  What is not given is chosen for the text, and printed; the numbers in brackets are the\n"
     "  defaults of what does not depend on it.\n"
     "  --minutes X                   in place of steps or epochs: the size of the network and\n"
     "                                the steps are chosen by the speed of this machine\n"
     "  --replan STEP:STEPS,...       repeats a run with --minutes whose steps changed on the way\n"
     "  --epochs N | --steps N        --learning-rate X       --patience N: end after so many\n"
     "                                validations in a row without a better loss; 0 never\n"
     "  --level char|word (char)      --min-count N           --max-vocabulary N (0: no limit):\n"
     "                                rarer words, and those beyond, are read as <unk>\n"
     "  --lines | --no-lines          every line is an item of a list: shuffle them\n"
     "  --cell rnn|lstm|gru           --hidden N              --layers N\n"
     "  --embed N (0 is one-hot)      --batch N               --nchars N\n"
     "  --nchars-start N (as nchars): windows grow from it over the first half\n"
     "  --schedule cosine|constant    --final-fraction X (0.01) --warmup N (20)\n"
     "  --dropout X                   --weight-decay X (0.01) --clip X (1)\n"
     "  --variational | --no-variational: drop the same for a whole window\n"
     "  --weight-drop X: of the recurrent weights             --average X: of the weights\n"
     "  --bits 4: train for weights of four bits, and write such\n"
     "  --beta1 X (0.9)               --beta2 X (0.99)        --epsilon X (1e-8)\n"
     "  --validation FRACTION         --validate-every STEPS (0: an epoch)\n"
     "  --reset-state                 start every window from the zero state\n"
     "  --tied: the read-out's matrix is the embedding        --embed-dropout X (0): of tokens\n"
     "  --task generator|classifier|translator|captioner: lines of label<TAB>text, and of\n"
     "                                text<TAB>translation, are noticed\n"
     "  --bag N (0 to 8): beside a classifier's network naive Bayes counts runs of 1 to N tokens\n"
     "  --lower-case: of words, capitals are read as small letters\n"
     "  --pictures FILE (binary PPM, one after another, of the captions in "
     "--text)\n"
     "  --picture N (32): pixels each way that they are scaled to   --blocks N (4): convolutions\n"
     "  --channels N (32): of the first block   and, to vary the pictures in training,\n"
     "  --shift N (0)  --flip         --contrast X (0)        --brightness X (0)\n"
     "  --seed N (0)                  --threads N (one a core)\n"
     "  --from MODEL                  start from what a generator has learnt, also with another\n"
     "                                vocabulary; its cell and sizes are the default\n"
     "  --checkpoint-every SECONDS (5; 0: only on Ctrl-C)     MODEL.checkpoint, with which\n"
     "  --resume CHECKPOINT           goes on where a run was interrupted\n"
     "  --overwrite                   give up the unfinished run whose checkpoint is there\n"
     "  --order N (the best of 1 to 8; 7 for a text over 5 MB)  of the n-gram whose loss is\n"
     "                                shown for comparison\n"
     "  --counts N (0: none; to 8)    counts of the text's n-grams of up to N tokens beside a\n"
     "                                generator's network\n"
     "  --name S --license S --trained-on S   kept in the model file\n"},
    {"generate", ink_verb_generate, true, true,
     "generate MODEL                   writes text, as it comes\n"
     "inkling generate --ngram TEXT            the same from the n-gram of a text, a Markov chain\n"
     "  --order N (6): how many tokens an n-gram has, 1 to 8\n"
     "  --prompt S (empty)            --length N (200)        --seed N (0)\n"
     "  --temperature X (0.8; 0 is greedy) --top-k N          --top-p X\n"
     "  --max-copy N: never more than N tokens in a row that the text of the model's counts has\n"
     "  --counts-weight X: of its counts, 0 to 1, in place of the model's own\n"
     "  --mix MODEL[:WEIGHT] (may be repeated): with another model, which has so much of the say\n"
     "  --min-p X                     --repetition-penalty X  --repetition-window N (64)\n"
     "  --stop S (may be repeated)    --echo: the prompt first\n"
     "  --samples N: so many texts, of the seeds from --seed on, each ended by a line break\n"
     "  --beam N (1 to 16): the likeliest texts, --samples of them, in place of drawn ones, by\n"
     "      beam search; --length-penalty X (0): above 0 favours longer texts\n"
     "  --log-probabilities: with --json those of the tokens, which --beam gives anyway\n"
     "  --skip-unknown: leave out characters or words that the model has never seen\n"
     "  --dynamic: first learn from the prompt (see evaluate)\n"},
    {"classify", ink_verb_classify, true, true,
     "classify MODEL [TEXT]            the classes of TEXT, or of every line of standard input\n"
     "  --top N (3): only the likeliest\n"},
    {"translate", ink_verb_translate, true, true,
     "translate MODEL [TEXT]           the translation of TEXT, or of every line of standard "
     "input\n"
     "  --beam N (4)  --length-penalty X (0.6)  --length N (200)  --samples N (1): so many of the "
     "best\n"
     "  --skip-unknown\n"},
    {"caption", ink_verb_caption, false, true,
     "caption MODEL PICTURES           what each picture of a binary PPM file shows\n"
     "  --temperature X (0: greedy)  --seed N (0)  --length N (200)\n"
     "  --beam N (1 to 16)  --length-penalty X (0.6)  --samples N: so many captions a picture\n"},
    {"evaluate", ink_verb_evaluate, true, true,
     "evaluate MODEL --text FILE|-     nats, bits and perplexity per token\n"
     "  --reset N: zero the state every N tokens\n"
     "  --held-out: only the part of FILE that training held out, and beside the model the\n"
     "      n-gram, or of a classifier naive Bayes, of the other part\n"
     "  --ngram TEXT: beside the model the n-gram of the file TEXT\n"
     "  --order N (the best of 1 to 8) of the n-gram\n"
     "  --skip-unknown: leave out characters or words that the model has never seen\n"
     "  --counts-weight X: of the model's counts, in place of its own\n"
     "  --mix MODEL[:WEIGHT] (may be repeated): mixed with another model\n"
     "  --dynamic: the weights go on learning from the text, after each segment of it is scored\n"
     "  --dynamic-rate X (5e-5)  --dynamic-decay X (0.001)  --dynamic-segment N (20)\n"
     "inkling evaluate CLASSIFIER --text FILE  accuracy and macro-F1 on lines of label<TAB>text\n"
     "  --naive-bayes FILE: beside it naive Bayes counted from the lines of FILE\n"
     "inkling evaluate TRANSLATOR --text FILE  exact matches and BLEU on lines of\n"
     "  text<TAB>translation          --beam N (1)  --length-penalty X (0.6)\n"
     "  --references N (1): so many translations a line, with tabs between them\n"
     "inkling evaluate CAPTIONER --text FILE --pictures FILE  exact captions and their words' F1\n"
     "  --beam N (1)  --length-penalty X (0.6)\n"
     "inkling evaluate --novelty WRITTEN --text FILE|-\n"
     "  how much of the file WRITTEN is copied from FILE: the longest copy, and the share of\n"
     "  spans of 8 characters that FILE contains\n"},
    {"info", ink_verb_info, false, true, "info MODEL                       what a model is\n"},
    {"count", ink_verb_count, true, false,
     "count MODEL --text FILE --out MODEL   lets a generator write like FILE without training: "
     "puts\n"
     "  counts of FILE's n-grams beside its network\n"
     "  --order N (the best of 2 to 8)     --weight X (0 to 1; the best): of the counts\n"
     "  --held-out: FILE is the text that the model was trained on; counts are of the part that "
     "it\n"
     "      trained on, and the other part chooses\n"
     "  --prune X (0): leave out n-grams that are worth less than X nats a token\n"},
    {"columns", ink_verb_columns, true, false,
     "columns FILE                     what the columns of a table have: CSV, or lines with tabs\n"
     "inkling columns FILE COLUMN ...          those columns, by name or number, as a text to "
     "train "
     "on:\n"
     "      a label and a text, a text and its translation, or one column to write\n"
     "  --out FILE (standard output)\n"},
    {"quantize", ink_verb_quantize, false, false,
     "quantize MODEL --out MODEL       writes the model with int8 weights: smaller and faster\n"
     "  --bits 4: half of those bytes; a little worse, unless with\n"
     "  --tune TEXT: which it trains on for two passes, a generator alone, to make up for that\n"
     "  --f16: float16 weights instead, half as large and as fast as before\n"},
    {"bench", ink_verb_bench, false, false,
     "bench [MODEL]                    speed of training and generation on this machine\n"
     "  MODEL: this model only; one that does not generate goes through the examples of\n"
     "      --text FILE: a text a line, or PPM pictures\n"
     "  --task train|generate         --network NAME, as listed   --threads N, of training\n"
     "  --runs N (5), of which the median counts   --seconds X (0.6), the least that each takes\n"},
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* Verbs in JavaScript, bin/inkling.js. */
static const char *const by_npx[] = {"convert", "export", "serve"};
enum { BY_NPX = sizeof by_npx / sizeof by_npx[0] };

static void print_verb(int i) { printf("inkling %s\n", verbs[i].help); }

static void print_common(bool text, bool model) {
  printf("With every verb: --json prints JSON; --out - is standard output.\n");
  if (text) {
    printf("With a text from a file or standard input: --encoding NAME (UTF-8), or auto.\n");
  }
  if (model) {
    printf(
        "With a MODEL: --vocabulary FILE, its characters in id order, for a file without them;\n"
        "  --kernel auto|scalar|simd|avx2|avx512.\n");
  }
}

/* The first line of each verb's help, and how to begin. */
static void print_help(void) {
  printf("inkling %s: small recurrent text generators\n\n", ink_version());
  for (int i = 0; i < VERBS; i++) {
    printf("inkling %.*s\n", (int)strcspn(verbs[i].help, "\n"), verbs[i].help);
  }
  printf(
      "\nTo begin, of a text of your own:\n"
      "  inkling train --text poems.txt                  writes poems.safetensors\n"
      "  inkling generate poems.safetensors --prompt \"The \" --echo\n"
      "The options of a verb: inkling VERB --help, or inkling help VERB.\n"
      "npx inkling has three verbs more: convert, export and serve.\n");
}

/* VERBS when there is none of this name. */
static int find_verb(const char *name) {
  int i = 0;
  while (i < VERBS && strcmp(verbs[i].name, name) != 0) i++;
  return i;
}

static int fail_verb(const char *verb) {
  for (size_t i = 0; i < BY_NPX; i++) {
    if (strcmp(verb, by_npx[i]) != 0) continue;
    ink_complain(NULL, "%s is done by npx: npx inkling %s", verb, verb);
    return INK_EXIT_USAGE;
  }
  ink_nearest nearest = {0};
  for (int i = 0; i < VERBS; i++) ink_nearest_try(&nearest, verb, strlen(verb), verbs[i].name);
  for (size_t i = 0; i < BY_NPX; i++) {
    ink_nearest_try(&nearest, verb, strlen(verb), by_npx[i]);
  }
  if (nearest.name == NULL) {
    ink_complain(NULL, "unknown verb \"%s\"; see inkling --help", verb);
  } else {
    ink_complain(NULL, "unknown verb \"%s\": is it %s?", verb, nearest.name);
  }
  return INK_EXIT_USAGE;
}

static int help_verb(const char *name) {
  int i = find_verb(name);
  if (i == VERBS) return fail_verb(name);
  print_verb(i);
  print_common(verbs[i].text, verbs[i].model);
  return INK_EXIT_OK;
}

/* Whether a verb's arguments ask for its help: a -h behind others may be a text or a value. */
static bool asks_for_help(int count, char **arguments) {
  if (count > 2 && strcmp(arguments[2], "-h") == 0) return true;
  for (int i = 2; i < count; i++) {
    if (strcmp(arguments[i], "--help") == 0) return true;
  }
  return false;
}

static int run(int count, char **arguments) {
  if (count < 2) {
    print_help();
    return INK_EXIT_USAGE;
  }
  const char *verb = arguments[1];
  if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0 || strcmp(verb, "help") == 0) {
    if (count > 2) return help_verb(arguments[2]);
    print_help();
    return INK_EXIT_OK;
  }
  if (strcmp(verb, "--version") == 0) {
    printf("%s\n", ink_version());
    return INK_EXIT_OK;
  }
  if (asks_for_help(count, arguments)) return help_verb(verb);
  int i = find_verb(verb);
  return i < VERBS ? verbs[i].run(count - 1, arguments + 1) : fail_verb(verb);
}

/* What was printed counts only once it has left: a full disk is a failure whatever the verb. A
 * reader that has gone, as head does, needs no line about it. */
int main(int count, char **arguments) {
  int exit_status = run(count, arguments);
  if (ink_print_flush()) return exit_status;
  int reason = ink_print_reason();
  if (reason != EPIPE) {
    ink_complain(NULL, "cannot write standard output%s%s", reason != 0 ? ": " : "",
                 reason != 0 ? strerror(reason) : "");
  }
  return exit_status == INK_EXIT_OK ? INK_EXIT_FAILED : exit_status;
}
