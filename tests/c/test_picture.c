/*
 * Pictures: resizing against the definition in whole numbers, at sizes that divide each other and
 * that do not; and augmentation.
 */
#include "base/random.h"
#include "check.h"
#include "layers/augment.h"
#include "layers/picture.h"

static uint8_t *random_pixels(size_t n, uint64_t seed) {
  uint8_t *pixels = malloc(n);
  CHECK(pixels != NULL);
  ink_random random;
  ink_random_seed(&random, seed, 2);
  for (size_t i = 0; i < n; i++) pixels[i] = (uint8_t)ink_random_below(&random, 256);
  return pixels;
}

/* ---- Resizing -------------------------------------------------------------------------------- */

/* The colour of a pixel over white, times 255. */
static uint64_t over_white(const uint8_t *pixel, size_t channels, size_t colour) {
  uint64_t opacity = channels == 4 ? pixel[3] : 255;
  return pixel[colour] * opacity + 255 * (255 - opacity);
}

/* By cutting every pixel in to_height * to_width parts, of which height * width make one of the
 * result. */
static float by_parts(const uint8_t *pixels, size_t height, size_t width, size_t channels,
                      size_t to_height, size_t to_width, size_t r, size_t c, size_t colour) {
  uint64_t sum = 0, white = (uint64_t)255 * 255 * height * width;
  for (size_t y = r * height; y < (r + 1) * height; y++) {
    for (size_t x = c * width; x < (c + 1) * width; x++) {
      const uint8_t *pixel = pixels + (y / to_height * width + x / to_width) * channels;
      sum += over_white(pixel, channels, colour);
    }
  }
  return (float)((2 * (double)sum - (double)white) / (double)white);
}

static void check_resized(size_t height, size_t width, size_t channels, size_t to_height,
                          size_t to_width) {
  uint8_t *pixels = random_pixels(height * width * channels, height * 31 + width);
  size_t n = to_height * to_width * 3;
  float *floats = malloc((n + 1) * sizeof *floats);
  CHECK(floats != NULL);
  floats[n] = 5;
  ink_error error;
  CHECK_OK(
      ink_picture_floats(pixels, height, width, channels, to_height, to_width, floats, &error));
  for (size_t i = 0; i < n; i++) {
    size_t colour = i % 3, c = i / 3 % to_width, r = i / 3 / to_width;
    CHECK(floats[i] >= -1 && floats[i] <= 1);
    CHECK(floats[i] ==
          by_parts(pixels, height, width, channels, to_height, to_width, r, c, colour));
  }
  CHECK(floats[n] == 5);
  free(pixels);
  free(floats);
}

static void test_resizing(void) {
  for (size_t channels = 3; channels <= 4; channels++) {
    check_resized(1, 1, channels, 1, 1);
    check_resized(1, 1, channels, 4, 3);
    check_resized(6, 8, channels, 6, 8);
    check_resized(12, 8, channels, 4, 4);
    check_resized(13, 7, channels, 5, 3);
    check_resized(5, 3, channels, 13, 7);
    check_resized(3, 50, channels, 8, 9);
    check_resized(50, 3, channels, 9, 8);
  }
  check_resized(10000, 1, 3, 2, 3);
  check_resized(1, 10000, 3, 3, 2);
}

/* What one sees at once. */
static void test_plain_pictures(void) {
  ink_error error;
  static const uint8_t same[] = {0, 51, 102, 153, 204, 255};
  float floats[12];
  CHECK_OK(ink_picture_floats(same, 1, 2, 3, 1, 2, floats, &error));
  for (size_t i = 0; i < 6; i++) CHECK(floats[i] == (float)(2.0 * same[i] / 255 - 1));

  /* Twice as large: every pixel twice. */
  CHECK_OK(ink_picture_floats(same, 1, 2, 3, 1, 4, floats, &error));
  for (size_t i = 0; i < 12; i++) {
    CHECK(floats[i] == (float)(2.0 * same[i / 6 * 3 + i % 3] / 255 - 1));
  }

  /* White stays exactly 1 and black exactly -1, at any size. */
  enum { SIDE = 37, TO = 8 };
  uint8_t plain[SIDE * SIDE * 3];
  float made[TO * TO * 3];
  for (int colour = 0; colour <= 255; colour += 255) {
    memset(plain, colour, sizeof plain);
    CHECK_OK(ink_picture_floats(plain, SIDE, SIDE, 3, TO, TO, made, &error));
    for (size_t i = 0; i < TO * TO * 3; i++) CHECK(made[i] == (colour == 0 ? -1.0f : 1.0f));
  }

  /* Nothing at all is white, whatever colour it has. */
  static const uint8_t clear[] = {10, 20, 30, 0};
  CHECK_OK(ink_picture_floats(clear, 1, 1, 4, 1, 1, floats, &error));
  for (size_t i = 0; i < 3; i++) CHECK(floats[i] == 1);
}

static void test_wrong_sizes(void) {
  ink_error error = {0};
  const uint8_t pixels[4] = {0};
  float floats[3] = {7, 7, 7};
  const ink_status wrong = INK_ERROR_ARGUMENT;
  CHECK_FAILS(ink_picture_floats(pixels, 0, 1, 3, 1, 1, floats, &error), wrong, "1 x 0");
  CHECK_FAILS(ink_picture_floats(pixels, 1, 0, 3, 1, 1, floats, &error), wrong, "0 x 1");
  CHECK_FAILS(ink_picture_floats(pixels, 10001, 1, 3, 1, 1, floats, &error), wrong, "10001");
  CHECK_FAILS(ink_picture_floats(pixels, 1, SIZE_MAX, 3, 1, 1, floats, &error), wrong, "10000");
  CHECK_FAILS(ink_picture_floats(pixels, 1, 1, 3, 0, 1, floats, &error), wrong, "resized to 1 x 0");
  CHECK_FAILS(ink_picture_floats(pixels, 1, 1, 3, 1, SIZE_MAX, floats, &error), wrong, "resized");
  CHECK_FAILS(ink_picture_floats(pixels, 1, 1, 2, 1, 1, floats, &error), wrong, "2 channels");
  CHECK_FAILS(ink_picture_floats(pixels, 1, 1, 5, 1, 1, floats, &error), wrong, "5 channels");
  CHECK(floats[0] == 7 && floats[2] == 7);
}

/* ---- Augmentation ---------------------------------------------------------------------------- */

enum { HEIGHT = 7, WIDTH = 9, FLOATS = HEIGHT * WIDTH * 3 };

/* A dot that is unlike every other. */
static void fill(float x[FLOATS]) {
  for (size_t i = 0; i < FLOATS; i++) x[i] = (float)i / FLOATS * 1.8f - 0.9f;
}

/* Where the pixel in the middle went, whether mirrored; all others must have gone along. */
static void find_move(const float *x, const float *y, long *down, long *right, bool *flipped) {
  for (int flip = 0; flip <= 1; flip++) {
    for (*down = -HEIGHT; *down <= HEIGHT; ++*down) {
      for (*right = -WIDTH; *right <= WIDTH; ++*right) {
        bool all = true;
        for (long i = 0; i < FLOATS && all; i++) {
          long c = i / 3 % WIDTH, r = i / 3 / WIDTH - *down;
          c = (flip ? WIDTH - 1 - c : c) - *right;
          bool inside = r >= 0 && r < HEIGHT && c >= 0 && c < WIDTH;
          all = y[i] == (inside ? x[(r * WIDTH + c) * 3 + i % 3] : 1.0f);
        }
        *flipped = flip;
        if (all) return;
      }
    }
  }
  check_fail(__FILE__, __LINE__, "y is x, moved");
}

static void test_moves(void) {
  enum { SHIFT = 2, KEYS = 400 };
  const ink_augmentation move = {.shift = SHIFT, .flip = true};
  const ink_augmentation no_flip = {.shift = SHIFT};
  float x[FLOATS], y[FLOATS], again[FLOATS];
  size_t counts[2][2 * SHIFT + 1][2 * SHIFT + 1] = {0};
  fill(x);
  for (uint64_t key = 0; key < KEYS; key++) {
    long down, right;
    bool flipped;
    ink_augment(&move, key, HEIGHT, WIDTH, x, y);
    ink_augment(&move, key, HEIGHT, WIDTH, x, again);
    CHECK(memcmp(y, again, sizeof y) == 0);
    find_move(x, y, &down, &right, &flipped);
    CHECK(labs(down) <= SHIFT && labs(right) <= SHIFT);
    counts[flipped][down + SHIFT][right + SHIFT]++;
    ink_augment(&no_flip, key, HEIGHT, WIDTH, x, y);
    find_move(x, y, &down, &right, &flipped);
    CHECK(!flipped);
  }
  /* Every one of the 50 moves comes about 8 times. */
  for (size_t i = 0; i < 2 * (2 * SHIFT + 1) * (2 * SHIFT + 1); i++) {
    size_t count = (&counts[0][0][0])[i];
    CHECK(count >= 1 && count <= 24);
  }
}

static void test_colours(void) {
  const ink_augmentation contrast = {.contrast = 0.25f}, brightness = {.brightness = 0.3f};
  const ink_augmentation none = {0};
  float x[FLOATS], y[FLOATS];
  fill(x);
  x[0] = 1; /* white and black */
  x[1] = -1;
  ink_augment(&none, 3, HEIGHT, WIDTH, x, y);
  CHECK(memcmp(x, y, sizeof x) == 0);
  float least = 2, most = 0, darkest = 1, lightest = -1;
  for (uint64_t key = 0; key < 200; key++) {
    ink_augment(&contrast, key, HEIGHT, WIDTH, x, y);
    CHECK(y[0] == 1);
    float scale = (1 - y[FLOATS - 1]) / (1 - x[FLOATS - 1]); /* of one that is never clamped */
    least = fminf(least, scale);
    most = fmaxf(most, scale);
    for (size_t i = 0; i < FLOATS; i++) {
      CHECK_NEAR((double)y[i], fmax(-1, 1 + (double)scale * ((double)x[i] - 1)), 1e-5);
    }
    ink_augment(&brightness, key, HEIGHT, WIDTH, x, y);
    CHECK(y[0] == 1 && y[1] == -1);
    float b = (y[FLOATS / 2] - x[FLOATS / 2]) / (1 - x[FLOATS / 2] * x[FLOATS / 2]);
    darkest = fminf(darkest, b);
    lightest = fmaxf(lightest, b);
    for (size_t i = 0; i < FLOATS; i++) {
      CHECK_NEAR((double)y[i], (double)x[i] + (double)(b * (1 - x[i] * x[i])), 1e-6);
      CHECK(i < 3 || y[i] > y[i - 1]); /* what was darker stays darker */
    }
  }
  CHECK(least >= 0.75f - 1e-5f && least < 0.8f && most <= 1.25f + 1e-5f && most > 1.2f);
  CHECK(darkest >= -0.3f - 1e-5f && darkest < -0.25f);
  CHECK(lightest <= 0.3f + 1e-5f && lightest > 0.25f);
}

int main(void) {
  test_resizing();
  test_plain_pictures();
  test_wrong_sizes();
  test_moves();
  test_colours();
  return 0;
}
