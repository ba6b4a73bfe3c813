package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.TrainingConfig;
import java.util.List;
import org.deeplearning4j.nn.api.Model;

/**
 * Learns which of some classes features belong to: adapters in a {@link StoredNetwork} and an
 * output layer in the place of its own. No feature is cut off, whatever {@link
 * TrainingConfig#maxLength} says.
 *
 * @param classes the labels, at least two; a label's number is its place
 */
public record NetworkClassification(List<String> classes) implements Objective<FeatureExample> {

  /** Refuses less than two classes, and one named twice. */
  public NetworkClassification {
    classes = new Classification(classes).classes();
  }

  @Override
  public int label(FeatureExample example) {
    return Classification.number(classes, example.label());
  }

  /**
   * An example's features as a sample.
   *
   * @throws IllegalArgumentException if the network takes another number of features, one is not
   *     finite, or the label is none of the classes
   */
  @Override
  public Encoded encode(FrozenModel base, int maxLength, FeatureExample example) {
    float[] features = example.features();
    stored(base).requireInput(features.length);
    for (int i = 0; i < features.length; i++) {
      if (!Float.isFinite(features[i])) {
        throw new IllegalArgumentException(
            "feature "
                + i
                + " of an example is "
                + features[i]
                + "; replace it by a number or remove the example");
      }
    }
    return Encoded.of(
        new Sample(new Sample.Features(features.clone()), new int[] {label(example)}), false);
  }

  @Override
  public TaskModel model(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    if (training.regularization() != null) {
      throw new IllegalArgumentException(
          "training.regularization is for transformers; a network has its own, which its layers"
              + " are configured with");
    }
    if (training.labelSmoothing() > 0) {
      throw new IllegalArgumentException(
          "training.labelSmoothing is for transformers that classify texts, and this is a network;"
              + " leave it out");
    }
    return new NetworkClassifier(stored(base), modules, initial, classes.size());
  }

  @Override
  public float[] start(FrozenModel base, float[] initial, long seed) {
    return TextClassifier.initialParameters(
        initial, classes.size(), stored(base).outputInputs(), seed);
  }

  /**
   * The adapted network of a task, a {@code MultiLayerNetwork} or a {@code ComputationGraph} as the
   * stored one is, to use and to store as any other of Deeplearning4j.
   *
   * @param initial the factors' starting values
   * @param theta the task's parameters
   */
  public Model network(FrozenModel base, AdaptedModules modules, float[] initial, float[] theta) {
    return new NetworkClassifier(stored(base), modules, initial, classes.size()).network(theta);
  }

  private static StoredNetwork stored(FrozenModel base) {
    if (base instanceof StoredNetwork network) {
      return network;
    }
    throw new IllegalArgumentException(
        "expected the file of a Deeplearning4j network, the model "
            + base.location()
            + " is a transformer");
  }
}
