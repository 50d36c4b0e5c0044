/*
 * The list of networks, and what is found in it. A new one is a file like classifier.c, a value of
 * ink_task, and a line in networks.c.
 */
#ifndef INK_NETWORKS_NETWORKS_H
#define INK_NETWORKS_NETWORKS_H

#include "networks/network.h"

extern const ink_network_kind ink_generator_kind;
#ifndef INK_GENERATE_ONLY
extern const ink_network_kind ink_classifier_kind, ink_translator_kind, ink_captioner_kind;
#endif

/* Or NULL when this build has none such. */
const ink_network_kind *ink_network_kind_find(ink_task task);

/* Lists the parameters of a network. INK_ERROR_ARGUMENT when a size does not fit. */
ink_status ink_parameters_list(const ink_shape *shape, ink_parameters *parameters,
                               ink_error *error);

/* Finds the shape of the network in a file from its tensors and its metadata's `task`, lists its
 * parameters and finds them. Tensors whose name begins with "training." are passed over.
 * INK_ERROR_FORMAT names the tensor that is missing, has no place or does not fit. */
ink_status ink_parameters_recognise(const ink_tensors *tensors, ink_parameters *parameters,
                                    ink_error *error);

#endif
