/*
 * Every cell of the list against its formula in doubles, written from the name alone, and with the
 * same bits on every build; and what a trace tells of it.
 */
#include <math.h>
#include <string.h>

#include "layers/cell.h"
#include "network.h"

enum { HIDDEN = 21, LAYERS = 2, VOCABULARY = 7, STEPS = 9 };

typedef struct plain {
  const network *n;
  const char *name;
  double h[LAYERS][HIDDEN], c[LAYERS][HIDDEN];
  double gates[LAYERS][4][HIDDEN]; /* of the last step */
} plain;

static bool has(const plain *p, const char *word) { return strstr(p->name, word) != NULL; }

static double gate(const plain *p, double x) {
  if (has(p, "hard")) return fmin(fmax(0.2 * x + 0.5, 0), 1);
  return 1 / (1 + exp(-x));
}

static double bend(const plain *p, double x) { return has(p, "relu") ? fmax(x, 0) : tanh(x); }

/* bias + the row of the matrix at `weight` times x [n] */
static double row(const plain *p, size_t weight, size_t bias, size_t r, const double *x, size_t n) {
  double sum = (double)p->n->floats[bias + r];
  for (size_t i = 0; i < n; i++) sum += (double)p->n->floats[weight + r * n + i] * x[i];
  return sum;
}

static double rnn(const plain *p, double sum) {
  if (strcmp(p->name, "linear") == 0) return sum;
  return has(p, "sigmoid") ? gate(p, sum) : bend(p, sum);
}

/* a and b [gates][HIDDEN] of layer l; the new h of unit j. `left` is what late gates read. */
static double gru(plain *p, size_t l, size_t j, double a[][HIDDEN], double b[][HIDDEN],
                  const double *left) {
  const ink_stack_parameters *at = &p->n->parameters.stack;
  double r = gate(p, a[0][j] + b[0][j]), z = gate(p, a[1][j] + b[1][j]);
  double own = has(p, "before")
                   ? row(p, at->weight_hh[l], at->bias_hh[l], 2 * HIDDEN + j, left, HIDDEN)
                   : r * b[2][j];
  double n = bend(p, a[2][j] + own), gates[] = {r, z, n};
  for (size_t g = 0; g < 3; g++) p->gates[l][g][j] = gates[g];
  return (1 - z) * n + z * p->h[l][j];
}

static double lstm(plain *p, size_t l, size_t j, double a[][HIDDEN], double b[][HIDDEN]) {
  const float *peephole = has(p, "peephole") ? p->n->floats + p->n->parameters.stack.own[l] : NULL;
  double c = p->c[l][j], i = a[0][j] + b[0][j], f = a[1][j] + b[1][j], o = a[3][j] + b[3][j];
  if (peephole != NULL) {
    i += (double)peephole[j] * c;
    f += (double)peephole[HIDDEN + j] * c;
  }
  bool brain = has(p, "brain");
  double g = bend(p, a[2][j] + b[2][j]), before = brain ? p->h[l][j] : c;
  c = gate(p, f) * before + gate(p, i) * g;
  if (!brain) p->c[l][j] = c;
  if (peephole != NULL) o += (double)peephole[2 * HIDDEN + j] * c;
  double gates[] = {gate(p, i), gate(p, f), g, gate(p, o)};
  for (size_t k = 0; k < 4; k++) p->gates[l][k][j] = gates[k];
  return gates[3] * bend(p, c);
}

static void step_layer(plain *p, size_t l, double *x, size_t inputs) {
  const ink_parameters *all = &p->n->parameters;
  const ink_stack_parameters *at = &all->stack;
  double a[4][HIDDEN], b[4][HIDDEN], left[HIDDEN], next[HIDDEN];
  for (size_t g = 0; g < all->shape.gates; g++) {
    for (size_t j = 0; j < HIDDEN; j++) {
      a[g][j] = row(p, at->weight_ih[l], at->bias_ih[l], g * HIDDEN + j, x, inputs);
      b[g][j] = row(p, at->weight_hh[l], at->bias_hh[l], g * HIDDEN + j, p->h[l], HIDDEN);
    }
  }
  for (size_t j = 0; j < HIDDEN; j++) left[j] = gate(p, a[0][j] + b[0][j]) * p->h[l][j];
  for (size_t j = 0; j < HIDDEN; j++) {
    next[j] = all->shape.gates == 1   ? rnn(p, a[0][j] + b[0][j])
              : all->shape.gates == 3 ? gru(p, l, j, a, b, left)
                                      : lstm(p, l, j, a, b);
  }
  memcpy(p->h[l], next, sizeof next);
  memcpy(x, next, sizeof next);
}

static void check_token(plain *p, uint32_t id, const float *logits) {
  const ink_parameters *all = &p->n->parameters;
  double x[HIDDEN] = {0};
  x[id] = 1;
  for (size_t l = 0; l < LAYERS; l++) step_layer(p, l, x, l > 0 ? HIDDEN : VOCABULARY);
  for (size_t v = 0; v < VOCABULARY; v++) {
    double wanted = row(p, all->read_out.weight, all->read_out.bias, v, x, HIDDEN);
    CHECK_NEAR((double)logits[v], wanted, 2e-5);
  }
}

static uint32_t token(uint32_t t) { return (t * t + 2) % VOCABULARY; }

static ink_trace trace(const ink_model *model) {
  char text[4 * STEPS + 1] = "";
  for (uint32_t t = 0; t < STEPS; t++) strcat(text, ink_model_token(model, token(t)));
  ink_session *session;
  ink_trace made;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  CHECK_OK(ink_session_trace(session, text, strlen(text), 0, INK_TRACE_GATES | INK_TRACE_LOGITS,
                             &made, &error));
  ink_session_free(session);
  CHECK(made.tokens == STEPS && made.layers == LAYERS && made.units == HIDDEN);
  CHECK(made.outputs == VOCABULARY);
  return made;
}

/* One kind of state, of which the trace has [STEPS][LAYERS][HIDDEN], where it carries it. */
static void check_state(const ink_session *session, ink_state_kind kind, const float *traced,
                        uint32_t t) {
  for (uint32_t l = 0; l < LAYERS; l++) {
    for (uint32_t j = 0; j < HIDDEN; j++) {
      float value;
      ink_error error;
      if (traced == NULL) {
        CHECK_FAILS(ink_session_state(session, kind, l, j, &value, &error), INK_ERROR_ARGUMENT,
                    "no cell state");
      } else {
        CHECK_OK(ink_session_state(session, kind, l, j, &value, &error));
        CHECK(memcmp(&value, &traced[(t * LAYERS + l) * HIDDEN + j], sizeof value) == 0);
      }
    }
  }
}

/* Token t of the trace against a session that has read it, and against the plain one. */
static void check_trace(const ink_trace *made, const plain *p, uint32_t t, ink_session *session) {
  CHECK(made->ids[t] == token(t));
  CHECK(memcmp(made->logits + t * VOCABULARY, ink_session_logits(session),
               VOCABULARY * sizeof(float)) == 0);
  CHECK((made->cell != NULL) == (strncmp(p->name, "lstm", 4) == 0));
  check_state(session, INK_STATE_HIDDEN, made->hidden, t);
  check_state(session, INK_STATE_CELL, made->cell, t);
  size_t gates = p->n->parameters.shape.gates;
  CHECK(made->gate_count == (gates == 1 ? 0 : gates) && (made->gates == NULL) == (gates == 1));
  for (size_t l = 0; l < LAYERS; l++) {
    for (size_t g = 0; g < made->gate_count; g++) {
      const float *traced = made->gates + ((t * LAYERS + l) * gates + g) * HIDDEN;
      for (size_t j = 0; j < HIDDEN; j++) {
        CHECK_NEAR((double)traced[j], p->gates[l][g][j], 2e-6);
      }
    }
  }
}

static void check_gate_names(const ink_model *model, const char *name) {
  static const char *const gru[] = {"reset", "update", "candidate", NULL};
  static const char *const lstm[] = {"input", "forget", "candidate", "output", NULL};
  static const char *const none[] = {NULL};
  const char *const *wanted = strstr(name, "lstm") ? lstm : strstr(name, "gru") ? gru : none;
  for (uint32_t g = 0;; g++) {
    const char *gate_name = ink_model_gate(model, g);
    CHECK((gate_name == NULL) == (wanted[g] == NULL));
    if (gate_name == NULL) return;
    CHECK_TEXT(gate_name, wanted[g]);
  }
}

static void check_cell(ink_cell_kind kind) {
  const char *name = ink_cell_find(kind, "scalar")->name;
  network n = network_new(kind, VOCABULARY, HIDDEN, LAYERS, 0, 0.3f, kind);
  const char *metadata[] = {"cell", name};
  float first[STEPS][VOCABULARY];
  ink_error error;
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    if (ink_kernels_find((ink_kernel)kernel) == NULL) continue;
    ink_model *model = network_load_as(&n, (ink_kernel)kernel, metadata, 1);
    ink_info info;
    ink_model_info(model, &info);
    CHECK_TEXT(info.cell, name);
    ink_session *session;
    CHECK_OK(ink_session_new(model, &session, &error));
    plain p = {.n = &n, .name = name};
    check_gate_names(model, name);
    ink_trace traced = trace(model);
    for (uint32_t t = 0; t < STEPS; t++) {
      CHECK_OK(ink_session_feed_token(session, token(t), &error));
      const float *logits = ink_session_logits(session);
      check_token(&p, token(t), logits);
      check_trace(&traced, &p, t, session);
      if (kernel == INK_KERNEL_SCALAR) memcpy(first[t], logits, sizeof first[t]);
      CHECK(memcmp(first[t], logits, sizeof first[t]) == 0);
    }
    ink_release(traced.memory);
    ink_session_free(session);
    ink_model_free(model);
  }
  network_free(&n);
}

static void test_names(void) {
  ink_cell_kind kind;
  CHECK(ink_cell_kind_of_name("lstm", &kind) && kind == INK_CELL_LSTM);
  CHECK(!ink_cell_kind_of_name("tree", &kind));
  network n = network_new(INK_CELL_RNN, 3, 2, 1, 0, 0.3f, 1);
  const char *unknown[] = {"cell", "tree"}, *other[] = {"cell", "gru"};
  ink_model *model;
  ink_error error;
  ink_buffer file = network_file(&n, unknown, 1);
  CHECK_FAILS(ink_model_load((const uint8_t *)file.bytes, file.size, NULL, 0, INK_KERNEL_AUTO,
                             &model, &error),
              INK_ERROR_FORMAT, "tree");
  ink_buffer_free(&file);
  file = network_file(&n, other, 1);
  CHECK_FAILS(ink_model_load((const uint8_t *)file.bytes, file.size, NULL, 0, INK_KERNEL_AUTO,
                             &model, &error),
              INK_ERROR_FORMAT, "weight_hh_l0");
  ink_buffer_free(&file);
  network_free(&n);
}

int main(void) {
  for (int kind = 0; kind < INK_CELLS; kind++) check_cell((ink_cell_kind)kind);
  test_names();
  return 0;
}
