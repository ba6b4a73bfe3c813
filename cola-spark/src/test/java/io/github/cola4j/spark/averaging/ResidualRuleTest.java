package io.github.cola4j.spark.averaging;

import static io.github.cola4j.spark.averaging.Dense.best;
import static io.github.cola4j.spark.averaging.Dense.distance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** The residual pair against the mean of products, multiplied out in plain loops. */
class ResidualRuleTest {
  private static final List<String> MODULES = List.of("x", "y");
  private static final int IN = 9;
  private static final int OUT = 8;
  private static final int RANK = 2;
  private static final int HEAD = 5;

  private final SplittableRandom random = new SplittableRandom(3);

  /** Two modules of one shape. */
  private record Adapters(AdapterConfig config, AdapterStructure structure) {
    static Adapters of(String pairing, int m, int n, int residual) {
      AdapterConfig config =
          AdapterConfig.defaults()
              .withA(m)
              .withB(n)
              .withRank(RANK)
              .withPairing(pairing)
              .withInit("kaiming")
              .withResidual(residual);
      List<FrozenLinear> linears =
          MODULES.stream()
              .map(name -> new FrozenLinear(name, Matrix.zeros(DataType.FLOAT, OUT, IN), null))
              .toList();
      return new Adapters(config, AdapterStructure.of(new AdaptedModules(linears, config)));
    }

    private RealMatrix factor(float[] theta, String name) {
      Entry entry = structure.layout().entry(name);
      RealMatrix matrix = new Array2DRowRealMatrix(entry.rows(), entry.columns());
      for (int c = 0; c < entry.columns(); c++) {
        for (int row = 0; row < entry.rows(); row++) {
          matrix.setEntry(row, c, theta[entry.offset() + c * entry.rows() + row]);
        }
      }
      return matrix;
    }

    /** R_B R_A [out × in]. */
    RealMatrix residual(float[] theta, String module) {
      return factor(theta, module + "/RB").multiply(factor(theta, module + "/RA").transpose());
    }

    /** Σ_ij P_ij B_j A_i [out × in]. */
    RealMatrix product(float[] theta, String module) {
      double[][] p = Pairings.named(config.pairing()).expectation(config.a(), config.b());
      RealMatrix a = factor(theta, module + "/A");
      RealMatrix b = factor(theta, module + "/B");
      RealMatrix sum = new Array2DRowRealMatrix(OUT, IN);
      for (int i = 0; i < config.a(); i++) {
        for (int j = 0; j < config.b(); j++) {
          sum = sum.add(block(b, j).multiply(block(a, i).transpose()).scalarMultiply(p[i][j]));
        }
      }
      return sum;
    }

    private static RealMatrix block(RealMatrix factors, int index) {
      return factors.getSubMatrix(
          0, factors.getRowDimension() - 1, index * RANK, (index + 1) * RANK - 1);
    }

    /** Σ_k p_k Σ_ij P_ij B_kj A_ki. */
    RealMatrix meanProduct(List<Weighted> updates, String module) {
      RealMatrix sum = new Array2DRowRealMatrix(OUT, IN);
      double total = updates.stream().mapToDouble(Weighted::weight).sum();
      for (Weighted update : updates) {
        RealMatrix product = product(update.state().theta(), module);
        sum = sum.add(product.scalarMultiply(update.weight() / total));
      }
      return sum;
    }
  }

  private float[] vector(Adapters adapters, double scale) {
    float[] vector = new float[adapters.structure().layout().length() + HEAD];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (scale * random.nextDouble(-1, 1));
    }
    return vector;
  }

  /** What shards make of a state: all but the residual pair is another. */
  private List<Weighted> trained(Adapters adapters, float[] from, int shards, double drift) {
    List<Weighted> updates = new ArrayList<>();
    for (int k = 0; k < shards; k++) {
      float[] theta = vector(adapters, drift);
      for (int i = 0; i < theta.length; i++) {
        theta[i] += from[i];
      }
      for (Entry entry : adapters.structure().layout().entries()) {
        if (entry.kind() == Kind.FIXED) {
          System.arraycopy(from, entry.offset(), theta, entry.offset(), entry.length());
        }
      }
      updates.add(
          new Weighted(
              new TaskState(theta, vector(adapters, 1), vector(adapters, 1), 6), 10 + 7 * k));
    }
    return updates;
  }

  private static AveragingRule rule() {
    return AveragingRules.of(AveragingConfig.defaults().withRule("residual"));
  }

  @ParameterizedTest
  @CsvSource({
    "full, 1, 1, 2",
    "full, 2, 3, 5",
    "heuristic, 2, 3, 2",
    "heuristic, 3, 2, 5",
    "random, 2, 3, 2",
    "random, 2, 3, 5"
  })
  void theProductIsTheMeanProductRoundAfterRound(String pairing, int m, int n, int shards) {
    Adapters adapters = Adapters.of(pairing, m, n, OUT);
    float[] theta = vector(adapters, 1);
    for (int round = 1; round <= 4; round++) {
      List<Weighted> updates = trained(adapters, theta, shards, 0.3);

      TaskState state = rule().average(updates, adapters.structure());

      TaskState mean = FedAvg.average(updates);
      for (String module : MODULES) {
        RealMatrix expected =
            adapters.meanProduct(updates, module).add(adapters.residual(theta, module));
        RealMatrix actual =
            adapters.product(state.theta(), module).add(adapters.residual(state.theta(), module));
        double error = distance(actual, expected);
        assertThat(error).as("round " + round).isLessThan(1e-6 * expected.getFrobeniusNorm());
        RealMatrix ofMeans =
            adapters.product(mean.theta(), module).add(adapters.residual(theta, module));
        assertThat(distance(ofMeans, expected)).isGreaterThan(1e3 * error);
      }
      assertOnlyTheResidualDiffers(adapters, state, mean);
      theta = state.theta();
    }
  }

  private static void assertOnlyTheResidualDiffers(
      Adapters adapters, TaskState state, TaskState mean) {
    float[] expected = mean.theta().clone();
    for (Entry entry : adapters.structure().layout().entries()) {
      if (entry.kind() == Kind.FIXED) {
        System.arraycopy(state.theta(), entry.offset(), expected, entry.offset(), entry.length());
      }
    }
    assertThat(state.theta()).isEqualTo(expected);
    assertThat(state.m()).isEqualTo(mean.m());
    assertThat(state.v()).isEqualTo(mean.v());
    assertThat(state.step()).isEqualTo(6);
  }

  /** K shards differ from their mean in K − 1 directions, times the rank of a product. */
  @ParameterizedTest
  @CsvSource({"full, 2, 3, 2, 2", "full, 1, 1, 3, 4", "heuristic, 2, 3, 2, 4"})
  void oneRoundNeedsTheRankOfItsDifferences(
      String pairing, int m, int n, int shards, int residual) {
    for (int kept : new int[] {residual - 1, residual}) {
      Adapters adapters = Adapters.of(pairing, m, n, kept);
      float[] start = vector(adapters, 1);
      clearResidual(adapters, start);
      List<Weighted> updates = trained(adapters, start, shards, 0.5);
      float[] theta = rule().average(updates, adapters.structure()).theta();
      RealMatrix expected = adapters.meanProduct(updates, "y");
      double error =
          distance(adapters.product(theta, "y").add(adapters.residual(theta, "y")), expected);
      if (kept == residual) {
        assertThat(error).isLessThan(1e-6 * expected.getFrobeniusNorm());
      } else {
        assertThat(error).isGreaterThan(1e-4 * expected.getFrobeniusNorm());
      }
    }
  }

  private static void clearResidual(Adapters adapters, float[] theta) {
    for (Entry entry : adapters.structure().layout().entries()) {
      if (entry.kind() == Kind.FIXED) {
        Arrays.fill(theta, entry.offset(), entry.offset() + entry.length(), 0);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"full, 1, 1, 1", "full, 2, 3, 3", "heuristic, 2, 3, 3", "random, 3, 2, 5"})
  void whatIsKeptIsTheBestOfItsRank(String pairing, int m, int n, int residual) {
    Adapters adapters = Adapters.of(pairing, m, n, residual);
    float[] theta = vector(adapters, 0.5);
    for (int round = 1; round <= 3; round++) {
      List<Weighted> updates = trained(adapters, theta, 5, 0.5);

      float[] next = rule().average(updates, adapters.structure()).theta();

      for (String module : MODULES) {
        RealMatrix dense =
            adapters
                .residual(theta, module)
                .add(adapters.meanProduct(updates, module))
                .subtract(adapters.product(next, module));
        RealMatrix expected = best(dense, residual);
        assertThat(distance(adapters.residual(next, module), expected))
            .isLessThan(1e-5 * dense.getFrobeniusNorm());
        assertThat(distance(dense, expected)).isGreaterThan(1e-2 * dense.getFrobeniusNorm());
      }
      theta = next;
    }
  }

  @Test
  void oneShardThatCountsComesBackToTheBit() {
    Adapters adapters = Adapters.of("heuristic", 2, 3, 3);
    List<Weighted> two = trained(adapters, vector(adapters, 1), 2, 1);
    for (List<Weighted> updates :
        List.of(two.subList(0, 1), List.of(two.get(0), new Weighted(two.get(1).state(), 0)))) {
      TaskState state = rule().average(updates, adapters.structure());
      assertThat(state.theta()).isEqualTo(two.get(0).state().theta());
      assertThat(state.m()).isEqualTo(two.get(0).state().m());
      assertThat(state.v()).isEqualTo(two.get(0).state().v());
    }
  }

  @Test
  void whereNothingIsLostNothingIsAdded() {
    Adapters adapters = Adapters.of("full", 2, 3, OUT);
    float[] start = vector(adapters, 1);
    for (boolean kept : new boolean[] {true, false}) {
      if (!kept) {
        clearResidual(adapters, start);
      }
      List<Weighted> updates = trained(adapters, start, 3, 0.5);
      for (Weighted update : updates) {
        for (String module : MODULES) {
          Entry a = adapters.structure().layout().entry(module + "/A");
          System.arraycopy(start, a.offset(), update.state().theta(), a.offset(), a.length());
        }
      }
      float[] theta = rule().average(updates, adapters.structure()).theta();
      for (String module : MODULES) {
        assertThat(distance(adapters.residual(theta, module), adapters.residual(start, module)))
            .isLessThan(1e-6);
      }
    }
  }

  @Test
  void roundsTrainAllButTheResidual() {
    assertThat(rule().trained(1))
        .contains(Kind.A, Kind.B, Kind.OTHER, Kind.HEAD)
        .doesNotContain(Kind.FIXED)
        .isEqualTo(rule().trained(2));
    AdapterStructure structure = Adapters.of("full", 1, 1, 3).structure();
    int length = structure.layout().length() + HEAD;
    assertThat(structure.slices(length, rule().trained(1)).length())
        .isEqualTo(2 * (IN + OUT) * RANK + HEAD);
    for (Scope scope : Scope.values()) {
      assertThat(scope.shares(Kind.FIXED)).isFalse();
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    AveragingConfig config = AveragingConfig.defaults().withRule("residual");
    TrainingConfig training = TrainingConfig.defaults();
    AdapterStructure without = Adapters.of("full", 2, 3, 0).structure();
    AdapterStructure with = Adapters.of("full", 2, 3, 1).structure();
    AveragingRules.requireFit(config, Scope.TASK, training, with);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AveragingRules.requireFit(config, Scope.TASK, training, without))
        .withMessageContaining("adapter.residual: expected 1 or more, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AveragingRules.requireFit(config, Scope.SHARED, training, with))
        .withMessageContaining("is for spark.scope task");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AveragingConfig.defaults().withRule("residual").withOuter(OuterConfig.defaults()))
        .withMessageContaining("expected no outer, got OuterConfig");
  }
}
