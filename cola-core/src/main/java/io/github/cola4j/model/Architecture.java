package io.github.cola4j.model;

import io.github.cola4j.io.weights.Weights;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A family of transformers: all that the rest of the project must know of it. Variants of a family
 * are flags of its configuration.
 *
 * <p>A class with a public constructor without arguments that is named in {@code
 * META-INF/services/io.github.cola4j.model.Architecture} is found by {@link Architectures}. What a
 * loaded model can do is in {@link Encoder} and {@link Decoder}: the linear layers that can be
 * adapted ({@link Transformer#linears}), and how an input text becomes one embedding ({@link
 * Encoder#pooling}).
 */
public interface Architecture {

  /** What a transformer can be trained for. */
  enum Purpose {
    /** Telling classes apart by a text's embedding, of {@link Encoder#of} its transformers. */
    CLASSIFICATION,
    /** Answering in dialogues; its transformers are {@link Decoder}s. */
    DIALOGUE
  }

  /**
   * How HF PEFT names what an adapter of such a model has.
   *
   * @param classifierPrefix stands before a module's name in a model with a classifier, whose
   *     encoder has a name of its own; empty for none
   * @param head the name of the classifier's linear layer
   * @param taskType {@code task_type} of an adapter without a classifier; null where PEFT has none
   *     for such models, as for those of images
   * @param unused linear layers that transformers' model has and nothing here reads
   */
  record Peft(String classifierPrefix, String head, String taskType, Set<String> unused) {}

  /** Which {@code model_type} of {@code config.json} it reads. */
  Set<String> modelTypes();

  /**
   * Reads {@code config.json}.
   *
   * @throws IllegalArgumentException if it says something that changes the computation and is not
   *     implemented
   */
  TransformerConfig config(ConfigKeys keys);

  /**
   * Loads a model.
   *
   * @param config as {@link #config} gave it
   * @param weights reads tensors under the names that {@link #names} gave them
   * @throws IllegalArgumentException if a tensor is missing, has another shape or would not be used
   */
  Transformer load(TransformerConfig config, WeightLoader weights);

  /**
   * The name of a module that PEFT's file may call otherwise, as an older version of transformers
   * did.
   *
   * @param module as the file has it
   */
  default String module(String module) {
    return module;
  }

  /** What its models can be trained for. */
  Set<Purpose> purposes();

  /** What its models are trained for unless they are told otherwise. */
  default Purpose usual() {
    return purposes().contains(Purpose.CLASSIFICATION) ? Purpose.CLASSIFICATION : Purpose.DIALOGUE;
  }

  /** How PEFT names its modules and its classifier. */
  Peft peft();

  /**
   * Gives tensors the names that {@link #load} asks for; as they are by default.
   *
   * @param names all names of the files
   */
  default UnaryOperator<String> names(Collection<String> names) {
    return UnaryOperator.identity();
  }

  /** The file of a model's folder that says how its inputs are made of examples. */
  default String inputsFile() {
    return "tokenizer.json";
  }

  /** Tensors of heads that somebody trained and nothing here uses, which a user should know of. */
  default List<String> unusedHeads(Weights weights) {
    return List.of();
  }

  /**
   * {@code model_input_names} that transformers' generic tokenizers must be given, since their
   * default leaves out what the model takes; empty if the default does.
   */
  default List<String> inputNames() {
    return List.of();
  }
}
