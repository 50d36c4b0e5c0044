/*
 * The list of networks. See networks.h.
 */
#include "networks/networks.h"

#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "file/quantize.h"

static const ink_network_kind *const kinds[] = {&ink_generator_kind,
#ifndef INK_GENERATE_ONLY
                                                &ink_classifier_kind, &ink_translator_kind,
                                                &ink_captioner_kind
#endif
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const ink_network_kind *ink_network_kind_find(ink_task task) {
  for (size_t i = 0; i < KINDS; i++) {
    if (kinds[i]->task == task) return kinds[i];
  }
  return NULL;
}

/* ---- Listing --------------------------------------------------------------------------------- */

static bool small(size_t n) { return n >= 1 && n <= UINT32_MAX / 4; }

static ink_status check_shape(const ink_shape *shape, ink_error *error) {
  if (shape->layers < 1 || shape->layers > INK_LAYERS_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "%zu layers are not 1 to %d", shape->layers,
                    INK_LAYERS_MAX);
  }
  bool sized = small(shape->vocabulary) && small(shape->hidden) && shape->gates >= 1 &&
               small(shape->outputs) && shape->embed <= UINT32_MAX / 4 &&
               shape->source_vocabulary <= UINT32_MAX / 4 && shape->blocks <= INK_BLOCKS_MAX;
  for (size_t i = 0; sized && i < shape->blocks; i++) sized = small(shape->channels[i]);
  if (!sized)
    return ink_fail(error, INK_ERROR_ARGUMENT, "a network with a size that is not 1 or more");
  if (!shape->tied || shape->embed == shape->hidden) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT,
                  "embed is %zu; a tied read-out needs as many as hidden, which is %zu",
                  shape->embed, shape->hidden);
}

ink_status ink_parameters_list(const ink_shape *shape, ink_parameters *parameters,
                               ink_error *error) {
  *parameters = (ink_parameters){.shape = *shape};
  ink_status status = check_shape(shape, error);
  if (status != INK_OK) return status;
  ink_lister lister = {parameters, true, 0};
  status = ink_network_kind_find(shape->task)->list(&lister, error);
  if (status != INK_OK) return status;
  if (parameters->trained == 0) parameters->trained = parameters->size;
  size_t bytes;
  if (lister.fits && ink_size_multiply(parameters->size, sizeof(float), &bytes)) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT,
                  "a network of %zu layers, %zu units and %zu tokens is too large", shape->layers,
                  shape->hidden, shape->vocabulary);
}

/* ---- Recognising ----------------------------------------------------------------------------- */

static ink_status recognise_kind(const ink_tensors *tensors, const ink_network_kind **kind,
                                 ink_error *error) {
  const char *name = ink_tensors_metadata(tensors, "task");
  for (size_t i = 0; i < KINDS; i++) {
    *kind = kinds[i];
    if (name == NULL || strcmp(name, kinds[i]->name) == 0) return INK_OK;
  }
  return ink_fail(error, INK_ERROR_FORMAT,
                  "the model's task is %.40s, which this build does not have", name);
}

static ink_status recognise_shape(const ink_tensors *tensors, const ink_network_kind *kind,
                                  ink_shape *shape, ink_error *error) {
  *shape = (ink_shape){.task = kind->task};
  ink_status status = ink_stack_recognise(tensors, kind->prefix, shape, error);
  if (status != INK_OK) return status;
  shape->tied = kind->writes && shape->embed == shape->hidden &&
                ink_tensors_find(tensors, "fc.weight") == NULL;
  shape->outputs = shape->vocabulary;
  if (!shape->tied) {
    const ink_tensor *read_out;
    status = ink_find_shaped(tensors, "fc.weight", 2, &read_out, error);
    if (status != INK_OK) return status;
    shape->outputs = read_out->shape[0];
  }
  if (kind->recognise != NULL) status = kind->recognise(tensors, shape, error);
  /* What is written is read in turn. */
  if (kind->writes) shape->vocabulary = shape->outputs;
  return status;
}

ink_status ink_parameters_recognise(const ink_tensors *tensors, ink_parameters *parameters,
                                    ink_error *error) {
  ink_shape shape;
  const ink_network_kind *kind;
  ink_status status = recognise_kind(tensors, &kind, error);
  if (status == INK_OK) status = recognise_shape(tensors, kind, &shape, error);
  if (status != INK_OK) return status;
  if (ink_parameters_list(&shape, parameters, error) != INK_OK) {
    if (error != NULL) error->status = INK_ERROR_FORMAT;
    return INK_ERROR_FORMAT;
  }
  status = ink_parameters_find(tensors, parameters, error);
  if (status != INK_OK) return status;
  for (size_t i = 0; i < tensors->count; i++) {
    const ink_tensor *tensor = &tensors->list[i];
    if (ink_tensor_is_tokens(tensor) || ink_tensor_is_training(tensor)) continue;
    if (INK_HAS_COUNTS && kind->writes && ink_tensor_is_counts(tensor)) continue;
    if (ink_parameters_have(parameters, tensor)) continue;
    return ink_fail(error, INK_ERROR_FORMAT, "%.100s has no place in a %s of %zu layer%s%s",
                    tensor->name, kind->name, shape.layers, shape.layers > 1 ? "s" : "",
                    shape.embed > 0 ? "" : " with one-hot input");
  }
  return INK_OK;
}

/* ---- Quantising ------------------------------------------------------------------------------ */

ink_status ink_quantize(const uint8_t *bytes, size_t size, ink_weights weights, uint8_t **file,
                        size_t *file_size, ink_error *error) {
  *file = NULL;
  *file_size = 0;
  if (weights != INK_WEIGHTS_INT8 && weights != INK_WEIGHTS_F16 && weights != INK_WEIGHTS_INT4) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "there are no weights of kind %d", (int)weights);
  }
  ink_tensors *tensors;
  ink_parameters parameters;
  ink_status status = ink_tensors_parse(bytes, size, &tensors, error);
  if (status == INK_OK) status = ink_parameters_recognise(tensors, &parameters, error);
  if (status == INK_OK) status = ink_tensors_quantize(tensors, weights, file, file_size, error);
  ink_tensors_free(tensors);
  return status;
}
