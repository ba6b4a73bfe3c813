package io.github.cola4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.Plain;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Arrays;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** What follows from CoLA's symmetry, watched over 50 steps of Adam in float64. */
class EquivalenceTest {
  private static final int STEPS = 50;
  private static final int RANK = 2;
  private static final double RATE = 1e-3;

  private final BertEncoder encoder = Goldens.encoder(DataType.DOUBLE);

  /** Parameters after training, in float64, and the sum of all losses. */
  private record Trained(TextClassifier classifier, double lossSum) {
    double[] block(String entry, int index, int blocks) {
      Entry e = classifier.layout().entry(entry);
      int size = e.length() / blocks;
      int from = e.offset() + index * size;
      return classifier.theta().rows(from, from + size).toDoubles();
    }

    /** Σ over the blocks of an entry. */
    double[] sum(String entry, int blocks) {
      double[] sum = block(entry, 0, blocks);
      for (int i = 1; i < blocks; i++) {
        double[] other = block(entry, i, blocks);
        Arrays.setAll(sum, k -> sum[k] + other[k]);
      }
      return sum;
    }
  }

  private AdaptedModules modules(int a, int b, String pairing, String init) {
    return new AdaptedModules(
        encoder.linears(),
        AdapterConfig.defaults()
            .withA(a)
            .withB(b)
            .withRank(RANK)
            .withAlpha(4.0)
            .withPairing(pairing)
            .withInit(init)
            .withDropout(0.0));
  }

  private Trained train(AdaptedModules modules, float[] initial, double rate, double bRatio) {
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    float[] theta = TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 4);
    OptimizerConfig optimizer =
        OptimizerConfig.defaults()
            .withLearningRate(rate)
            .withBRatio(bRatio)
            .withHeadLearningRate(RATE)
            .withWeightDecay(0.0)
            .withClipNorm(0.0);
    ScheduleConfig schedule = new ScheduleConfig("cosine", 5.0);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withBatchSize(6)
            .withOptimizer(optimizer)
            .withSchedule(schedule)
            .withSeed(1L);
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      LocalTrainer trainer = new LocalTrainer(classifier, pass, config);
      Shard shard = new Shard(1, 0, 1, STEPS, Goldens.samples());
      return new Trained(
          classifier, trainer.train(TaskState.initial(theta), shard, STEPS).lossSum());
    }
  }

  /** Both start from the same sums exactly: factors lose their last bits, so 3·B needs no more. */
  @Test
  void fullPairingIsOneLoraWithScaledLearningRates() {
    AdaptedModules cola = modules(2, 3, "full", "pissa");
    AdaptedModules lora = modules(1, 1, "full", "pissa");
    float[] many = cola.initial(1);
    for (int i = 0; i < many.length; i++) {
      many[i] = Float.intBitsToFloat(Float.floatToRawIntBits(many[i]) & ~0xf);
    }
    float[] one = new float[lora.layout().length()];
    for (Entry entry : lora.layout().entries()) {
      Entry source = cola.layout().entry(entry.name());
      int blocks = source.length() / entry.length();
      for (int i = 0; i < entry.length(); i++) {
        one[entry.offset() + i] = blocks * many[source.offset() + i];
      }
    }

    Trained colaTrained = train(cola, many, RATE, 1);
    Trained loraTrained = train(lora, one, 2 * RATE, 1.5);

    assertThat(colaTrained.lossSum())
        .isCloseTo(loraTrained.lossSum(), Percentage.withPercentage(1e-6));
    for (FrozenLinear linear : encoder.linears()) {
      String a = linear.name() + "/A";
      String b = linear.name() + "/B";
      assertThat(Matrices.distance(colaTrained.sum(a, 2), loraTrained.sum(a, 1)))
          .as(a)
          .isLessThan(1e-8);
      assertThat(Matrices.distance(colaTrained.sum(b, 3), loraTrained.sum(b, 1)))
          .as(b)
          .isLessThan(1e-8);
      Entry entry = lora.layout().entry(b);
      float[] start = Arrays.copyOfRange(one, entry.offset(), entry.offset() + entry.length());
      Matrix before = Matrix.of(DataType.DOUBLE, start.length, 1, start);
      assertThat(Matrices.distance(loraTrained.sum(b, 1), before.toDoubles()))
          .as("how far training went")
          .isGreaterThan(1e-2);
    }
  }

  /** Equal groups of a static pairing get equal gradients; only distinct starts use the rank. */
  @ParameterizedTest
  @CsvSource({"pissa, 2", "split-pissa, 4"})
  void heuristicPairingHasTheRankOfItsStart(String init, int expectedRank) {
    AdaptedModules modules = modules(2, 4, "heuristic", init);
    float[] initial = modules.initial(1);
    Trained trained = train(modules, initial, RATE, 1);
    for (FrozenLinear linear : encoder.linears()) {
      RealMatrix product = MatrixUtils.createRealMatrix(linear.out(), linear.in());
      for (int j = 0; j < 4; j++) {
        RealMatrix a = columns(trained.block(linear.name() + "/A", j / 2, 2)).transpose();
        RealMatrix b = columns(trained.block(linear.name() + "/B", j, 4));
        product = product.add(b.multiply(a));
      }
      double[] values = new SingularValueDecomposition(product).getSingularValues();
      assertThat(values[expectedRank - 1] / values[0]).isGreaterThan(1e-2);
      assertThat(values[expectedRank] / values[0]).isLessThan(1e-8);
    }
  }

  private static RealMatrix columns(double[] elements) {
    return Plain.of(elements.length / RANK, RANK, elements);
  }
}
