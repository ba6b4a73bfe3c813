package io.github.cola4j.model;

import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A stored model whose weights stay as they are, as a machine holds it once for all its threads: a
 * {@link BaseModel}, or another that {@link io.github.cola4j.train.Objective}s know to train.
 */
public interface FrozenModel {

  /** Where it was loaded from. */
  String location();

  /** SHA-256 of all that decides what it computes. */
  String fingerprint();

  /** The linear layers that can have adapters, in the model's order. */
  List<FrozenLinear> linears();

  /** FLOAT or DOUBLE. */
  DataType type();

  /** How its weights are kept and multiplied. */
  default WeightOptions weightOptions() {
    return WeightOptions.DEFAULT;
  }

  /** Working memory and the fastest kernels for it, for one thread. */
  default Pass newPass() {
    return new Pass(type(), weightOptions().compute());
  }

  /** What the weights of its linear layers are quantised to; null if they are not. */
  default Quantization quantization() {
    return null;
  }

  /** What of the model's files is not used, a line each; empty where nothing is worth a word. */
  default List<String> notices() {
    return List.of();
  }
}
