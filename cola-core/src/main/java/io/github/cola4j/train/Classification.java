package io.github.cola4j.train;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageProcessor;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.pooling.Pooling;
import java.util.HashSet;
import java.util.List;

/**
 * Learns which of some classes a text, a pair of texts or an image belongs to: adapters and a
 * linear head on an encoder.
 *
 * @param classes the labels, at least two; a label's number is its place
 * @param pooling how a text's embedding is made; null for the mean over its tokens
 */
public record Classification(List<String> classes, Pooling pooling) implements Objective<Example> {

  /** By the mean over a text's tokens. */
  public Classification(List<String> classes) {
    this(classes, null);
  }

  /** Refuses less than two classes, and one named twice. */
  public Classification {
    classes = List.copyOf(classes);
    pooling = pooling == null ? Pooling.MEAN : pooling;
    if (new HashSet<>(classes).size() != classes.size()) {
      throw new IllegalArgumentException("names a class twice: " + classes);
    }
    if (classes.size() < 2) {
      throw new IllegalArgumentException("needs at least two classes, got " + classes);
    }
  }

  /**
   * A label's number.
   *
   * @throws IllegalArgumentException if it is none of the classes
   */
  public static int number(List<String> classes, String label) {
    int number = classes.indexOf(label);
    if (number < 0) {
      throw new IllegalArgumentException(
          "an example is labelled '"
              + label
              + "', which is none of the classes "
              + classes
              + "; add the class or remove the example");
    }
    return number;
  }

  @Override
  public int label(Example example) {
    return number(classes, example.label());
  }

  /** An unlabelled example becomes a sample whose label does not count. */
  @Override
  public Encoded encode(FrozenModel base, int maxLength, Example example) {
    int label = example.label() == null ? Sample.IGNORED : label(example);
    BaseModel model = BaseModel.of(base);
    if (example.image() != null || model.seesImages()) {
      return Encoded.of(image(model, example, label).weighted(example.weight()), false);
    }
    Tokenizer.Tokens tokens =
        model.tokenizer(maxLength).encode(example.text(), example.pair(), label);
    return Encoded.of(tokens.sample().weighted(example.weight()), tokens.truncated());
  }

  private static Sample image(BaseModel model, Example example, int label) {
    ImageProcessor processor = model.images();
    if (example.image() == null) {
      throw new IllegalArgumentException(
          "the model " + model.location() + " classifies images, got a text; name their column");
    }
    Sample.Pixels pixels =
        new Sample.Pixels(
            processor.process(example.image()),
            processor.scale(),
            processor.shift(),
            processor.tokens());
    return new Sample(pixels, new int[] {label});
  }

  @Override
  public TaskModel model(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    return new TextClassifier(
        BaseModel.of(base).encoder(pooling),
        modules,
        initial,
        classes.size(),
        training.regularization(),
        training.labelSmoothing());
  }

  @Override
  public float[] start(FrozenModel base, float[] initial, long seed) {
    return TextClassifier.initialParameters(
        initial, classes.size(), BaseModel.of(base).encoder().config().hiddenSize(), seed);
  }
}
