š:—
Y"W
_tf_keras_modelD{"class_name": "OneStep", "model_config": {"class_name": "OneStep"}}
¹"¶
_tf_keras_layer¢{"class_name": "StringLookup", "config": {"vocabulary": [" ", ",", "d", "e", "h", "l", "o", "r", "w"], "num_oov_indices": 1, "mask_token": null, "invert": false}}