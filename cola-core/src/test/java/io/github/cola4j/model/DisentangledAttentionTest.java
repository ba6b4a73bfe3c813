package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** What DeBERTa's attention has beyond the contract: long sequences, and distances by task. */
class DisentangledAttentionTest {
  private static final int[][] LENGTHS = {{35, 1, 3}, {5, 2}, {33}};

  private final Random random = new Random(11);

  private static Encoder encoder(String name) {
    try (HuggingFaceModel files =
        HuggingFaceModel.open(Goldens.path("encoder/" + name + "/model"))) {
      return (Encoder)
          files
              .architecture()
              .load(files.config(), new WeightLoader(files.weights(), DataType.DOUBLE));
    }
  }

  private TextClassifier task(Encoder encoder, double dropout, int seed) {
    AdapterConfig config =
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(2)
            .withPairing("heuristic")
            .withInit("pissa")
            .withDropout(dropout)
            .withTargets(seed == 2 ? List.of("value_proj", "query_proj") : null);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    float[] initial = modules.initial(seed);
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    float[] theta = TextClassifier.initialParameters(initial, Goldens.CLASSES, 24, seed);
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.05 * random.nextGaussian());
    }
    classifier.theta().set(theta);
    return classifier;
  }

  private static int[] labels(TokenBatch batch) {
    return IntStream.range(0, batch.sequences()).map(s -> s % Goldens.CLASSES).toArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"deberta-v2", "deberta-v2-separate", "deberta-v2-p2c"})
  void gradientsOfLongSequences(String name) {
    TokenBatch batch = Matrices.batch(100, random, LENGTHS[0]);
    TextClassifier classifier = task(encoder(name), 0.2, 1);
    new GradientCheck(classifier, batch, labels(batch), 1, random).run(3, 8);
  }

  /** Distances are projected with the adapters of the task whose sequence it is. */
  @ParameterizedTest
  @ValueSource(strings = {"deberta-v2", "deberta-v2-separate"})
  void tasksSideBySideAreAsEachAlone(String name) {
    Encoder encoder = encoder(name);
    List<TextClassifier> tasks =
        IntStream.rangeClosed(1, 3).mapToObj(seed -> task(encoder, 0, seed)).toList();
    List<TokenBatch> batches =
        IntStream.range(0, 3).mapToObj(t -> Matrices.batch(100, random, LENGTHS[t])).toList();
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      double[] losses = new double[3];
      double[][] alone = new double[3][];
      for (int t = 0; t < 3; t++) {
        Matrix gradient = tasks.get(t).gradient();
        pass.startTraining(0);
        tasks.get(t).refresh(pass, 0, true);
        losses[t] = tasks.get(t).loss(pass, batches.get(t), labels(batches.get(t)), 0.5);
        alone[t] = gradient.toDoubles();
        gradient.set(new float[alone[t].length]);
      }
      pass.startTraining(new long[3], new double[] {1, 1, 1});
      for (TextClassifier task : tasks) {
        task.refresh(pass, 0, true);
      }
      List<TaskModel.Part> parts =
          IntStream.range(0, 3)
              .mapToObj(
                  t ->
                      new TaskModel.Part(
                          tasks.get(t), batches.get(t), labels(batches.get(t)), null, 0.5))
              .toList();
      assertThat(tasks.get(0).losses(pass, parts)).containsExactly(losses, Offset.offset(1e-9));
      for (int t = 0; t < 3; t++) {
        assertThat(Matrices.distance(tasks.get(t).gradient().toDoubles(), alone[t]))
            .as("gradient of task " + t)
            .isLessThan(1e-10);
      }
    }
  }
}
