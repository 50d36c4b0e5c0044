/*
 * A run for a time, on a machine that becomes slower or faster on the way: the number of its steps
 * changes. What falls or grows in a run, the learning rate and the windows, goes by the share of
 * the run that is done; after a change the rest of the share is spread over the steps that are
 * left, so that it goes on from where it is and ends where it should.
 */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/print.h"
#include "base/status.h"
#include "train/trainer.h"

double ink_trainer_share(const ink_trainer *trainer, uint32_t first, uint32_t less) {
  double share = 0;
  uint32_t from = first, steps = trainer->planned, i = 0;
  for (;; i++) {
    bool last = i == trainer->replans || trainer->replan[i].step > trainer->step;
    uint32_t to = last ? trainer->step : trainer->replan[i].step;
    if (to > from && steps > less + from) {
      share += (1 - share) * ((double)(to - from) / (double)(steps - less - from));
      from = to;
    }
    if (last) return share;
    steps = trainer->replan[i].steps;
  }
}

ink_status ink_trainer_replan(ink_trainer *t, uint32_t steps, ink_error *error) {
  if (t->step == 0 || steps <= t->step) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a run that has made %u steps cannot become one of %u", (unsigned)t->step,
                    (unsigned)steps);
  }
  if (t->replans > 0 && t->replan[t->replans - 1].step == t->step) t->replans--;
  if (t->replans == INK_REPLANS_MAX ||
      (t->replans > 0 && t->replan[t->replans - 1].step > t->step)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the steps of the run change at other places");
  }
  t->replan[t->replans++] = (ink_replan){t->step, steps};
  ink_trainer_replan_due(t);
  return INK_OK;
}

void ink_trainer_replan_due(ink_trainer *trainer) {
  for (uint32_t i = 0; i < trainer->replans; i++) {
    if (trainer->replan[i].step <= trainer->step) trainer->steps = trainer->replan[i].steps;
  }
}

/* One of the changes, "STEP:STEPS", and *at behind it. */
static bool read_replan(const char **at, ink_replan *replan) {
  const char *colon, *end;
  if (**at < '0' || **at > '9') return false;
  uint64_t step = ink_number_whole(*at, &colon);
  if (colon[0] != ':' || colon[1] < '0' || colon[1] > '9') return false;
  uint64_t steps = ink_number_whole(colon + 1, &end);
  if ((*end != ',' && *end != '\0') || step >= steps || steps >= UINT32_MAX) return false;
  *replan = (ink_replan){(uint32_t)step, (uint32_t)steps};
  *at = end;
  return true;
}

ink_status ink_trainer_follow(ink_trainer *trainer, const char *plan, ink_error *error) {
  ink_replan list[INK_REPLANS_MAX];
  ink_replan before = {0, trainer->planned};
  uint32_t count = 0;
  const char *at = plan;
  bool good = true, more = true;
  for (; good && more; count++) {
    good = count < INK_REPLANS_MAX && read_replan(&at, &list[count]) &&
           list[count].step > before.step && list[count].step < before.steps;
    more = good && *at++ == ',';
    if (good) before = list[count];
  }
  if (!good) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "replan is \"%s\"; it must be STEP:STEPS, or several after commas, of steps "
                    "that the run makes",
                    plan);
  }
  memcpy(trainer->replan, list, sizeof list);
  trainer->replans = count;
  ink_trainer_replan_due(trainer);
  return INK_OK;
}

void ink_trainer_plan_text(const ink_trainer *trainer, char text[INK_PLAN_TEXT]) {
  text[0] = '\0';
  for (uint32_t i = 0; i < trainer->replans; i++) {
    size_t length = strlen(text);
    ink_snprintf(text + length, INK_PLAN_TEXT - length, "%s%u:%u", i > 0 ? "," : "",
                 (unsigned)trainer->replan[i].step, (unsigned)trainer->replan[i].steps);
  }
}

/* ---- By the clock ---------------------------------------------------------------------------- */

uint32_t ink_trainer_keep_time(ink_trainer *t, double passed, double whole, uint32_t most) {
  ink_mark *marks = t->marks;
  if (marks[1].step == 0) marks[0] = marks[1] = (ink_mark){passed, t->step};
  if (passed - marks[1].passed < fmax(whole / 20, 1) || t->step >= t->steps) return t->steps;
  double step_seconds = (passed - marks[0].passed) / (t->step - marks[0].step);
  marks[0] = marks[1];
  marks[1] = (ink_mark){passed, t->step};
  double missed = passed + (t->steps - t->step) * step_seconds - whole;
  double fit = t->step + floor(fmax(whole - passed, 0) / step_seconds);
  uint32_t steps = (uint32_t)fmin(fmax(fit, t->step + 1.0), most);
  bool wanted = missed > whole / 10 || (missed < -whole / 10 && steps > t->steps);
  if (wanted && steps > t->step) (void)ink_trainer_replan(t, steps, NULL);
  return t->steps;
}
