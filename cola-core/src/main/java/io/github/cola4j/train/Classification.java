package io.github.cola4j.train;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.LabelList;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageProcessor;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.pooling.Pooling;
import java.util.HashSet;
import java.util.List;

/**
 * Learns which of some classes a text, a pair of texts or an image belongs to, or a number that
 * belongs to it: adapters and a linear head on an encoder.
 *
 * @param classes the labels, at least two, of a multi-label problem one; a label's number is its
 *     place. Of a regression the one name of its number
 * @param pooling how a text's embedding is made; null for the mean over its tokens
 * @param problem what labels are: a class; a {@link LabelList} of classes; or a number. Null for a
 *     class
 */
public record Classification(List<String> classes, Pooling pooling, ProblemType problem)
    implements Objective<Example> {

  /** What the head's one row of a regression is called. */
  public static final List<String> NUMBER = List.of("value");

  /** By the mean over a text's tokens. */
  public Classification(List<String> classes) {
    this(classes, null);
  }

  /** One class a text. */
  public Classification(List<String> classes, Pooling pooling) {
    this(classes, pooling, null);
  }

  /** Refuses too few classes, and one named twice. */
  public Classification {
    classes = List.copyOf(classes);
    pooling = pooling == null ? Pooling.MEAN : pooling;
    problem = problem == null ? ProblemType.SINGLE_LABEL : problem;
    if (new HashSet<>(classes).size() != classes.size()) {
      throw new IllegalArgumentException("names a class twice: " + classes);
    }
    problem.requireClasses(classes);
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

  /** 0 where an example has none or several. */
  @Override
  public int label(Example example) {
    return problem == ProblemType.SINGLE_LABEL ? number(classes, example.label()) : 0;
  }

  /** An unlabelled example becomes a sample whose label does not count. */
  @Override
  public Encoded encode(FrozenModel base, int maxLength, Example example) {
    int[] labels = labels(example.label());
    BaseModel model = BaseModel.of(base);
    if (example.image() != null || model.seesImages()) {
      return Encoded.of(new Sample(image(model, example), labels, example.weight()), false);
    }
    Tokenizer.Tokens tokens =
        model.tokenizer(maxLength).encode(example.text(), example.pair(), Sample.IGNORED);
    Sample sample = new Sample(tokens.sample().input(), labels, example.weight());
    return Encoded.of(sample, tokens.truncated());
  }

  private int[] labels(String label) {
    if (label == null) {
      return new int[] {Sample.IGNORED};
    }
    return switch (problem) {
      case SINGLE_LABEL -> new int[] {number(classes, label)};
      case MULTI_LABEL -> {
        int[] each = new int[classes.size()];
        LabelList.of(label).forEach(name -> each[number(classes, name)] = 1);
        yield each;
      }
      case REGRESSION -> new int[] {Float.floatToIntBits(value(label))};
    };
  }

  /**
   * The number that a label of a regression is.
   *
   * @throws IllegalArgumentException if it is none, or not finite
   */
  public static float value(String label) {
    float value;
    try {
      value = Float.parseFloat(label.strip());
    } catch (NumberFormatException e) {
      value = Float.NaN;
    }
    if (!Float.isFinite(value)) {
      throw new IllegalArgumentException("expected a number as label, got '" + label + "'");
    }
    return value;
  }

  private static Sample.Pixels image(BaseModel model, Example example) {
    ImageProcessor processor = model.images();
    if (example.image() == null) {
      throw new IllegalArgumentException(
          "the model " + model.location() + " classifies images, got a text; name their column");
    }
    return new Sample.Pixels(
        processor.process(example.image()),
        processor.scale(),
        processor.shift(),
        processor.tokens());
  }

  @Override
  public TaskModel model(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    return new TextClassifier(
        Encoder.of(BaseModel.of(base).transformer(), training.recompute()).withPooling(pooling),
        modules,
        initial,
        classes.size(),
        problem,
        training.regularization(),
        training.labelSmoothing());
  }

  @Override
  public float[] start(FrozenModel base, float[] initial, long seed) {
    return TextClassifier.initialParameters(
        initial, BaseModel.of(base).encoder(), classes.size(), seed);
  }
}
