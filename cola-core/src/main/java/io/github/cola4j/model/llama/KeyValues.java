package io.github.cola4j.model.llama;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * One block's keys and values of the tokens so far, of several sequences, each with room of its
 * own.
 *
 * @param keys rotated [numKeyValueHeads·dh × room of all sequences]
 * @param values [numKeyValueHeads·dh × room of all sequences]
 * @param target the columns that the next tokens' keys and values go to
 */
record KeyValues(Matrix keys, Matrix values, int[] target) {

  /** Takes the keys and values of new tokens; their columns must be zero before. */
  void put(Pass pass, Matrix k, Matrix v) {
    pass.kernels().scatterAdd(k, target, keys);
    pass.kernels().scatterAdd(v, target, values);
  }
}
