/*
 * Group normalisation and ReLU. The loops run along the channels, for the compiler to vectorise:
 * every channel has running sums of its own over the positions, and those of a group are added at
 * the end, in order, so that the width of a vector changes no sum.
 */
#include "layers/group_norm.h"

#include <math.h>

#include "kernels/simd.h"

static const float epsilon = 1e-5f;

static void add_values(size_t positions, size_t n, const float *restrict x, float *restrict sums) {
  memset(sums, 0, n * sizeof(float));
  for (size_t p = 0; p < positions; p++, x += n) {
    for (size_t c = 0; c < n; c++) sums[c] += x[c];
  }
}

static void add_squares(size_t positions, size_t n, const float *restrict x,
                        const float *restrict mean, float *restrict sums) {
  memset(sums, 0, n * sizeof(float));
  for (size_t p = 0; p < positions; p++, x += n) {
    for (size_t c = 0; c < n; c++) sums[c] += (x[c] - mean[c]) * (x[c] - mean[c]);
  }
}

/* The sum of a group's part of sums [channels] over its number of values. */
static float group_mean(const ink_group_norm *layer, size_t group, const float *sums) {
  size_t n = layer->channels / layer->groups;
  float sum = 0;
  for (size_t c = group * n; c < (group + 1) * n; c++) sum += sums[c];
  return sum / (float)(n * layer->positions);
}

/* y may be x, which tells the compiler less but costs a check at most. */
static void normalise(size_t positions, size_t n, const float *x, const float *restrict mean,
                      const float *restrict scale, const float *restrict bias, float *y) {
  for (size_t p = 0; p < positions; p++, x += n, y += n) {
    for (size_t c = 0; c < n; c++) {
      float z = (x[c] - mean[c]) * scale[c] + bias[c];
      y[c] = z > 0 ? z : 0;
    }
  }
}

void INK_ISA_NAME(ink_group_norm_forward)(const ink_group_norm *layer, size_t batch, const float *x,
                                          float *y) {
  size_t positions = layer->positions, channels = layer->channels, groups = layer->groups;
  size_t size = channels / groups;
  float *sums = layer->scratch, *mean = sums + channels, *scale = mean + channels;
  for (size_t b = 0; b < batch; b++, x += positions * channels, y += positions * channels) {
    float *means = layer->statistics + 2 * b * groups, *inverses = means + groups;
    add_values(positions, channels, x, sums);
    for (size_t g = 0; g < groups; g++) means[g] = group_mean(layer, g, sums);
    for (size_t c = 0; c < channels; c++) mean[c] = means[c / size];
    add_squares(positions, channels, x, mean, sums);
    for (size_t g = 0; g < groups; g++) {
      inverses[g] = 1.0f / sqrtf(group_mean(layer, g, sums) + epsilon);
    }
    for (size_t c = 0; c < channels; c++) scale[c] = inverses[c / size] * layer->weight[c];
    normalise(positions, channels, x, mean, scale, layer->bias, y);
  }
}

/* With dz = dy where y > 0, else 0, and z = (x - mean) / deviation: sums of dz, and of dz z. */
static void add_gradients(size_t positions, size_t n, const float *restrict x,
                          const float *restrict y, const float *restrict dy,
                          const float *restrict mean, const float *restrict inverse,
                          float *restrict dz_sums, float *restrict dzz_sums) {
  memset(dz_sums, 0, n * sizeof(float));
  memset(dzz_sums, 0, n * sizeof(float));
  for (size_t p = 0; p < positions; p++, x += n, y += n, dy += n) {
    for (size_t c = 0; c < n; c++) {
      float dz = y[c] > 0 ? dy[c] : 0;
      dz_sums[c] += dz;
      dzz_sums[c] += dz * ((x[c] - mean[c]) * inverse[c]);
    }
  }
}

/* dy becomes dz scale - (x - mean) slope - offset */
static void denormalise(size_t positions, size_t n, const float *restrict x,
                        const float *restrict y, const float *restrict mean,
                        const float *restrict scale, const float *restrict slope,
                        const float *restrict offset, float *restrict dy) {
  for (size_t p = 0; p < positions; p++, x += n, y += n, dy += n) {
    for (size_t c = 0; c < n; c++) {
      float dz = y[c] > 0 ? dy[c] : 0;
      dy[c] = dz * scale[c] - (x[c] - mean[c]) * slope[c] - offset[c];
    }
  }
}

/* dx = (w dz - mean of w dz - z * mean of w dz z) / deviation, the means over the group's values */
void INK_ISA_NAME(ink_group_norm_backward)(const ink_group_norm *layer, size_t batch,
                                           const float *x, const float *y, float *dy,
                                           float *weight_gradient, float *bias_gradient) {
  size_t positions = layer->positions, channels = layer->channels, groups = layer->groups;
  size_t size = channels / groups, picture = positions * channels;
  float *dz_sums = layer->scratch, *dzz_sums = dz_sums + channels, *mean = dzz_sums + channels;
  float *scale = mean + channels, *slope = scale + channels, *offset = slope + channels;
  for (size_t b = 0; b < batch; b++, x += picture, y += picture, dy += picture) {
    const float *means = layer->statistics + 2 * b * groups, *inverses = means + groups;
    for (size_t c = 0; c < channels; c++) {
      mean[c] = means[c / size];
      scale[c] = inverses[c / size];
    }
    add_gradients(positions, channels, x, y, dy, mean, scale, dz_sums, dzz_sums);
    for (size_t c = 0; c < channels; c++) {
      weight_gradient[c] += dzz_sums[c];
      bias_gradient[c] += dz_sums[c];
      dz_sums[c] *= layer->weight[c];
      dzz_sums[c] *= layer->weight[c];
      scale[c] *= layer->weight[c];
    }
    for (size_t g = 0; g < groups; g++) {
      float inverse = inverses[g];
      float steepness = inverse * inverse * group_mean(layer, g, dzz_sums);
      float shift = inverse * group_mean(layer, g, dz_sums);
      for (size_t c = g * size; c < (g + 1) * size; c++) slope[c] = steepness, offset[c] = shift;
    }
    denormalise(positions, channels, x, y, mean, scale, slope, offset, dy);
  }
}
