package io.github.cola4j.spark.averaging;

import static io.github.cola4j.spark.averaging.Dense.best;
import static io.github.cola4j.spark.averaging.Dense.distance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.BoostingConfig;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules against plain loops over A_i and B_j, and against the dense mean of products. */
class AveragingRulesTest {
  private static AveragingRule rule(String name) {
    return AveragingRules.of(AveragingConfig.defaults().withRule(name));
  }

  private static List<Weighted> withEqual(
      PairedAdapters adapters, List<Weighted> updates, Kind kind) {
    float[] first = updates.get(0).state().theta();
    for (Weighted update : updates) {
      for (Entry entry : adapters.structure().layout().entries()) {
        if (entry.kind() == kind) {
          System.arraycopy(
              first, entry.offset(), update.state().theta(), entry.offset(), entry.length());
        }
      }
    }
    return updates;
  }

  @ParameterizedTest
  @CsvSource({
    "full, 1, 1, 1",
    "full, 2, 3, 1",
    "heuristic, 2, 3, 2",
    "heuristic, 3, 2, 2",
    "random, 2, 3, 1"
  })
  void productIsTheBestOfTheReachableRank(String pairing, int m, int n, int pairs) {
    PairedAdapters adapters = PairedAdapters.of(pairing, m, n);
    for (double drift : new double[] {0.02, 0.1, 2}) {
      List<Weighted> updates = adapters.drifted(3, drift);

      TaskState state = rule("product").average(updates, adapters.structure());

      TaskState mean = FedAvg.average(updates);
      for (int module = 0; module < 2; module++) {
        RealMatrix dense = adapters.meanProduct(updates, module);
        RealMatrix expected = best(dense, pairs * PairedAdapters.RANK);
        double error = distance(adapters.product(state.theta(), module), expected);
        assertThat(error).as("drift " + drift).isLessThan(1e-5 * dense.getFrobeniusNorm());
        // it has work to do
        assertThat(distance(adapters.product(mean.theta(), module), expected))
            .isGreaterThan(10 * error);
      }
      assertTheRestIsTheMean(state, mean);
      // factors go no farther than they must
      assertThat(norm(state.theta(), mean.theta())).isLessThan(20 * drift * drift + 20 * drift);
    }
  }

  private static double norm(float[] x, float[] y) {
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      squares += Math.pow((double) x[i] - y[i], 2);
    }
    return Math.sqrt(squares);
  }

  private static void assertTheRestIsTheMean(TaskState state, TaskState mean) {
    int head = mean.theta().length - PairedAdapters.HEAD;
    assertThat(Arrays.copyOfRange(state.theta(), head, head + PairedAdapters.HEAD))
        .isEqualTo(Arrays.copyOfRange(mean.theta(), head, head + PairedAdapters.HEAD));
    assertThat(state.m()).isEqualTo(mean.m());
    assertThat(state.v()).isEqualTo(mean.v());
    assertThat(state.step()).isEqualTo(6);
  }

  @Test
  void productLeavesWhatThePairingDoesNotSee() {
    // full pairing sees the sums of the A's and of the B's alone
    PairedAdapters adapters = PairedAdapters.of("full", 2, 3);
    List<Weighted> updates = adapters.drifted(3, 0.5);
    float[] theta = rule("product").average(updates, adapters.structure()).theta();
    float[] mean = FedAvg.average(updates).theta();

    RealMatrix difference = adapters.a(theta, 0, 0).subtract(adapters.a(theta, 0, 1));
    RealMatrix expected = adapters.a(mean, 0, 0).subtract(adapters.a(mean, 0, 1));
    assertThat(distance(difference, expected)).isLessThan(1e-5);
    assertThat(distance(adapters.a(theta, 0, 0), adapters.a(mean, 0, 0))).isGreaterThan(1e-2);
    difference = adapters.b(theta, 0, 2).subtract(adapters.b(theta, 0, 1));
    expected = adapters.b(mean, 0, 2).subtract(adapters.b(mean, 0, 1));
    assertThat(distance(difference, expected)).isLessThan(1e-5);
  }

  @ParameterizedTest
  @CsvSource({"full, 1, 1", "full, 2, 3", "heuristic, 2, 3"})
  void productOfMoreShardsThanWidth(String pairing, int m, int n) {
    PairedAdapters adapters = PairedAdapters.of(pairing, m, n);
    List<Weighted> updates = adapters.drifted(11, 1);
    float[] theta = rule("product").average(updates, adapters.structure()).theta();
    int rank = adapters.structure().pairs().get(0).rank();
    RealMatrix dense = adapters.meanProduct(updates, 1);
    assertThat(distance(adapters.product(theta, 1), best(dense, rank)))
        .isLessThan(1e-5 * dense.getFrobeniusNorm());
  }

  @Test
  void productOfZeroAndOfOppositesIsRight() {
    PairedAdapters adapters = PairedAdapters.of("full", 1, 1);
    List<Weighted> updates = adapters.drifted(2, 1);
    for (Weighted update : updates) { // as LoRA starts
      for (PairedFactors pair : adapters.structure().pairs()) {
        Arrays.fill(
            update.state().theta(), pair.b().offset(), pair.b().offset() + pair.b().length(), 0);
      }
    }
    float[] theta = rule("product").average(updates, adapters.structure()).theta();
    assertThat(theta).isEqualTo(FedAvg.average(updates).theta());

    float[] one = adapters.drifted(1, 1).get(0).state().theta();
    float[] other = one.clone(); // (−A, −B): one product, and means of zero
    for (int i = 0; i < adapters.structure().layout().length(); i++) {
      other[i] = -one[i];
    }
    updates =
        List.of(new Weighted(TaskState.initial(one), 3), new Weighted(TaskState.initial(other), 3));
    theta = rule("product").average(updates, adapters.structure()).theta();
    RealMatrix expected = adapters.product(one, 0);
    assertThat(distance(adapters.product(theta, 0), expected))
        .isLessThan(1e-5 * expected.getFrobeniusNorm());
  }

  @ParameterizedTest
  @CsvSource({"full, 1, 1", "full, 2, 3", "heuristic, 2, 3", "random-reversed, 2, 3"})
  void fairIsTheRidgeOfEveryB(String pairing, int m, int n) {
    PairedAdapters adapters = PairedAdapters.of(pairing, m, n);
    List<Weighted> updates = adapters.drifted(3, 0.3);
    double lambda = 0.25;

    TaskState state =
        AveragingRules.of(AveragingConfig.defaults().withRule("fair").withLambda(lambda))
            .average(updates, adapters.structure());

    TaskState mean = FedAvg.average(updates);
    for (int module = 0; module < 2; module++) {
      // argmin over B_j of ‖E − Σ_j ΔB_j H_j‖² + λ Σ ‖ΔB_j‖², H_j = Σ_i P_ij Ā_i
      RealMatrix h = new Array2DRowRealMatrix(n * PairedAdapters.RANK, PairedAdapters.IN);
      for (int j = 0; j < n; j++) {
        RealMatrix met = new Array2DRowRealMatrix(PairedAdapters.RANK, PairedAdapters.IN);
        for (int i = 0; i < m; i++) {
          met = met.add(adapters.a(mean.theta(), module, i).scalarMultiply(adapters.p()[i][j]));
        }
        h.setSubMatrix(met.getData(), j * PairedAdapters.RANK, 0);
      }
      RealMatrix e =
          adapters.meanProduct(updates, module).subtract(adapters.product(mean.theta(), module));
      RealMatrix ridge =
          h.multiply(h.transpose())
              .add(
                  MatrixUtils.createRealIdentityMatrix(n * PairedAdapters.RANK)
                      .scalarMultiply(lambda));
      RealMatrix change =
          e.multiply(h.transpose()).multiply(new LUDecomposition(ridge).getSolver().getInverse());
      for (int j = 0; j < n; j++) {
        RealMatrix expected =
            adapters
                .b(mean.theta(), module, j)
                .add(
                    change.getSubMatrix(
                        0,
                        PairedAdapters.OUT - 1,
                        j * PairedAdapters.RANK,
                        (j + 1) * PairedAdapters.RANK - 1));
        assertThat(distance(adapters.b(state.theta(), module, j), expected)).isLessThan(1e-5);
      }
      for (int i = 0; i < m; i++) {
        assertThat(adapters.a(state.theta(), module, i))
            .isEqualTo(adapters.a(mean.theta(), module, i));
      }
      assertThat(change.getFrobeniusNorm()).isGreaterThan(1e-2);
      // nearer to the mean of products than the mean of factors is
      RealMatrix dense = adapters.meanProduct(updates, module);
      assertThat(distance(adapters.product(state.theta(), module), dense))
          .isLessThan(distance(adapters.product(mean.theta(), module), dense));
    }
    assertTheRestIsTheMean(state, mean);
  }

  @ParameterizedTest
  @CsvSource({
    "frozen_a, 1, full, 1, 1",
    "frozen_a, 2, heuristic, 2, 3",
    "alternating, 1, full, 2, 3",
    "alternating, 2, full, 1, 1",
    "alternating, 2, heuristic, 2, 3"
  })
  void aRoundOfOneFactorIsExactForProducts(String name, int round, String pairing, int m, int n) {
    PairedAdapters adapters = PairedAdapters.of(pairing, m, n);
    boolean trainsB = rule(name).trained(round).contains(Kind.B);
    List<Weighted> updates = withEqual(adapters, adapters.drifted(3, 1), trainsB ? Kind.A : Kind.B);

    float[] theta = rule(name).average(updates, adapters.structure()).theta();

    for (int module = 0; module < 2; module++) {
      RealMatrix dense = adapters.meanProduct(updates, module);
      assertThat(distance(adapters.product(theta, module), dense))
          .isLessThan(1e-6 * dense.getFrobeniusNorm());
    }
    // what was not trained is the same to the bit
    float[] any = updates.get(2).state().theta();
    for (Entry entry : adapters.structure().layout().entries()) {
      if (entry.kind() == (trainsB ? Kind.A : Kind.B)) {
        assertThat(Arrays.copyOfRange(theta, entry.offset(), entry.offset() + entry.length()))
            .isEqualTo(Arrays.copyOfRange(any, entry.offset(), entry.offset() + entry.length()));
      }
    }
  }

  @Test
  void roundsTrainWhatTheirRulesSay() {
    for (int round = 1; round < 5; round++) {
      assertThat(rule("mean").trained(round)).isEqualTo(Kind.trainable());
      assertThat(rule("frozen_a").trained(round))
          .doesNotContain(Kind.A)
          .contains(Kind.B, Kind.HEAD);
      boolean odd = round % 2 == 1;
      assertThat(rule("alternating").trained(round))
          .contains(odd ? Kind.B : Kind.A, Kind.HEAD)
          .doesNotContain(odd ? Kind.A : Kind.B);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mean", "alternating", "frozen_a", "product", "fair", "gradients"})
  void oneStateThatCountsComesBackToTheBit(String name) {
    PairedAdapters adapters = PairedAdapters.of("heuristic", 2, 3);
    List<Weighted> two = adapters.drifted(2, 1);
    for (List<Weighted> updates :
        List.of(two.subList(0, 1), List.of(two.get(0), new Weighted(two.get(1).state(), 0)))) {
      TaskState state = rule(name).average(updates, adapters.structure());
      assertThat(state.theta()).isEqualTo(two.get(0).state().theta());
      assertThat(state.m()).isEqualTo(two.get(0).state().m());
      assertThat(state.v()).isEqualTo(two.get(0).state().v());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"mean", "alternating", "frozen_a", "product", "fair", "residual", "gradients"})
  void whatIsNotFiniteIsRefused(String name) {
    PairedAdapters adapters = PairedAdapters.of("full", 1, 1);
    List<Weighted> updates = adapters.drifted(2, 1);
    updates.get(1).state().theta()[3] = Float.NaN;
    assertThatExceptionOfType(InconsistentUpdatesException.class)
        .isThrownBy(() -> rule(name).average(updates, adapters.structure()))
        .withMessageContaining("parameter 3 is NaN");
  }

  @Test
  void theOuterOptimiserIsNesterovs() {
    OuterConfig config = new OuterConfig(0.5, 0.8);
    SplittableRandom random = new SplittableRandom(4);
    ParameterSlices slices =
        new ParameterSlices(
            List.of(new ParameterSlices.Slice(1, 4), new ParameterSlices.Slice(6, 8)));
    double[] theta = random.doubles(9, -1, 1).toArray();
    double[] v = new double[9];
    float[] actual = floats(theta);
    float[] velocity = null;
    for (int round = 0; round < 4; round++) {
      double[] mean = theta.clone();
      float[] sent = actual.clone();
      for (int i : new int[] {1, 2, 3, 6, 7}) {
        double drift = random.nextDouble(-0.1, 0.1);
        mean[i] += drift;
        sent[i] += (float) drift;
        double delta = theta[i] - mean[i];
        v[i] = 0.8 * v[i] + delta;
        theta[i] -= 0.5 * (delta + 0.8 * v[i]);
      }
      OuterOptimizer.Step step = OuterOptimizer.step(config, actual, sent, velocity, slices);
      actual = step.theta();
      velocity = step.velocity();
      for (int i = 0; i < 9; i++) {
        assertThat((double) actual[i]).isCloseTo(theta[i], within());
        assertThat((double) velocity[i]).isCloseTo(v[i], within());
      }
    }
    float[] mean = floats(random.doubles(9, -1, 1).toArray());
    assertThat(OuterOptimizer.step(new OuterConfig(1.0, 0.0), actual, mean, null, slices).theta())
        .containsExactly(mean, org.assertj.core.data.Offset.offset(1e-6f));
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(1e-6);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Test
  void windowsTakeOutAndPutBack() {
    AdapterStructure structure = PairedAdapters.of("full", 1, 1).structure();
    int length = structure.layout().length() + PairedAdapters.HEAD;
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = i;
    }
    ParameterSlices slices = structure.slices(length, rule("frozen_a").trained(1));
    float[] parts = slices.of(vector);
    assertThat(parts)
        .hasSize(2 * PairedAdapters.OUT * PairedAdapters.RANK + PairedAdapters.HEAD)
        .contains(length - 1)
        .doesNotContain(0);
    float[] doubled = parts.clone();
    for (int i = 0; i < doubled.length; i++) {
      doubled[i] *= -1;
    }
    float[] replaced = slices.replace(vector, doubled);
    for (int i = 0; i < length; i++) {
      boolean isA =
          i < PairedAdapters.IN * PairedAdapters.RANK
              || (i >= (PairedAdapters.IN + PairedAdapters.OUT) * PairedAdapters.RANK
                  && i < (2 * PairedAdapters.IN + PairedAdapters.OUT) * PairedAdapters.RANK);
      assertThat(replaced[i]).isEqualTo(isA ? vector[i] : -vector[i]);
    }
    assertThatExceptionOfType(InconsistentUpdatesException.class)
        .isThrownBy(() -> slices.replace(vector, new float[3]))
        .withMessageContaining("got 3");
  }

  private static void assertRefused(
      String name, Scope scope, TrainingConfig training, AdapterStructure adapters, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                AveragingRules.requireFit(
                    AveragingConfig.defaults().withRule(name), scope, training, adapters))
        .withMessageContaining(why);
  }

  @Test
  void gradientsAreSharedAtEveryStepAndHaveTheMomentsOfAll() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                RoundConfig.defaults()
                    .withLocalSteps(2)
                    .withAveraging(AveragingConfig.defaults().withRule("gradients")))
        .withMessageContaining("expected spark.localSteps 1, got 2");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AveragingConfig.defaults().withRule("gradients").withMoments(Moments.RESET))
        .withMessageContaining("got moments reset");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    AdapterStructure pairs = PairedAdapters.of("full", 1, 1).structure();
    AdapterStructure others = new AdapterStructure(pairs.layout(), List.of());
    TrainingConfig training = TrainingConfig.defaults();
    for (String name : List.of("alternating", "frozen_a", "product", "fair", "residual")) {
      assertRefused(name, Scope.TASK, training, others, "cola, lora, rslora, lora+ or pissa");
    }
    for (String name : List.of("product", "fair", "gradients")) {
      assertRefused(name, Scope.SHARED, training, pairs, "is for spark.scope task");
    }
    TrainingConfig boosted = TrainingConfig.defaults().withBoosting(new BoostingConfig(2, 1));
    assertRefused("fair", Scope.TASK, boosted, pairs, "training.boosting");
    assertRefused("residual", Scope.TASK, training, pairs, "adapter.residual");
    for (String name : List.of("mean", "gradients")) {
      AveragingRules.requireFit(
          AveragingConfig.defaults().withRule(name), Scope.TASK, training, others);
    }
    for (String name : List.of("mean", "alternating", "frozen_a")) {
      AveragingRules.requireFit(
          AveragingConfig.defaults().withRule(name), Scope.SHARED, training, pairs);
    }
    AveragingRules.requireFit(AveragingConfig.defaults(), Scope.TASK, boosted, others);
  }
}
