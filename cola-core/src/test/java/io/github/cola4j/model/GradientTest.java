package io.github.cola4j.model;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Encoder, adapters and head together: dL/dθ against central differences in float64. */
class GradientTest {
  private static final int[] LABELS = {0, 2, 1};

  private final Random random = new Random(11);
  private final TokenBatch batch = Matrices.batch(200, random, 5, 1, 9);

  static List<PairingStrategy> strategies() {
    return Pairings.all();
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void everyParameterOfTheWholeModel(PairingStrategy strategy) {
    check(
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(2)
            .withPairing(strategy.name())
            .withInit("split-pissa")
            .withDropout(0.0));
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void moreAThanBDropoutAndSomeLayersOnly(PairingStrategy strategy) {
    List<String> targets =
        List.of("query", "value", "intermediate.dense", "regex:.*1.output.dense");
    check(
        AdapterConfig.defaults()
            .withA(3)
            .withB(2)
            .withRank(2)
            .withPairing(strategy.name())
            .withInit("pissa")
            .withDropout(0.2)
            .withTargets(targets));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.2})
  void aResidualPairThatIsNotTrained(double dropout) {
    check(
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(2)
            .withPairing("heuristic")
            .withInit("pissa")
            .withDropout(dropout)
            .withResidual(3));
  }

  private void check(AdapterConfig config) {
    BertEncoder encoder = Goldens.encoder(DataType.DOUBLE);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    float[] initial = modules.initial(3);
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    float[] start = TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 5);
    for (int i = 0; i < start.length; i++) {
      start[i] += (float) (0.05 * random.nextGaussian());
    }
    classifier.theta().set(start);
    new GradientCheck(classifier, batch, LABELS, 1, random).run(10, 40);
  }
}
