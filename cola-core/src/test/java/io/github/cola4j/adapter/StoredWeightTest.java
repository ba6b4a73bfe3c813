package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.weight.Weight;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Methods see a frozen weight as a {@link Weight} alone: one that lies on the heap will do. */
class StoredWeightTest {
  private static final int OUT = 40;
  private static final int IN = 24;
  private static final int TOKENS = 7;

  private final Random random = new Random(2);
  private final Matrix plain = gaussian(OUT, IN);
  private final Matrix bias = gaussian(OUT, 1);

  /** Rows of floats on the heap, turned into a matrix for each product. */
  private static final class StoredWeight implements Weight {
    private final float[] elements;

    StoredWeight(float... elements) {
      this.elements = elements;
    }

    @Override
    public int out() {
      return OUT;
    }

    @Override
    public int in() {
      return IN;
    }

    @Override
    public DataType type() {
      return DataType.FLOAT;
    }

    @Override
    public long bytes() {
      return 4L * elements.length;
    }

    @Override
    public String place() {
      return "float32 on the heap";
    }

    @Override
    public void multiply(Pass pass, double alpha, Matrix x, double beta, Matrix y) {
      var mark = pass.arena().mark();
      pass.kernels().gemm(alpha, matrix(pass), false, x, false, beta, y);
      pass.arena().release(mark);
    }

    @Override
    public void multiplyTransposed(Pass pass, Matrix dY, double beta, Matrix dX) {
      var mark = pass.arena().mark();
      pass.kernels().gemm(1, matrix(pass), true, dY, false, beta, dX);
      pass.arena().release(mark);
    }

    @Override
    public float[] rows(int from, int to) {
      return Arrays.copyOfRange(elements, from * IN, to * IN);
    }

    @Override
    public Matrix matrix(Pass pass) {
      Matrix matrix = pass.matrix(OUT, IN);
      matrix.setRows(0, elements);
      return matrix;
    }
  }

  private Matrix gaussian(int rows, int columns) {
    return Matrices.random(DataType.FLOAT, rows, columns, random);
  }

  /** What a layer's adapter starts from, gives, learns and merges to. */
  private static List<float[]> outcome(String method, FrozenLinear linear, Matrix x, Matrix dY) {
    AdaptedModules modules =
        new AdaptedModules(List.of(linear), AdapterConfig.of(method).withRank(4));
    float[] initial = modules.initial(3);
    float[] moved = initial.clone();
    Random random = new Random(4);
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (0.1 * random.nextGaussian());
    }
    Matrix theta = Matrix.of(DataType.FLOAT, moved.length, 1, moved);
    Matrix gradient = Matrix.zeros(DataType.FLOAT, moved.length, 1);
    Adapter adapter = modules.bind(theta, gradient, initial).get(linear);
    Matrix y = Matrix.zeros(DataType.FLOAT, OUT, TOKENS);
    Matrix dX = Matrix.zeros(DataType.FLOAT, IN, TOKENS);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      long held = 0;
      for (int step = 0; step < 3; step++) {
        pass.startTraining(5);
        adapter.refresh(pass, 6, true);
        Adapter.Saved saved = adapter.forward(pass, x, y);
        adapter.backward(pass, saved, dY, 0, dX);
        if (step > 0) {
          assertThat(pass.arena().bytes()).as("in steady state").isEqualTo(held);
        }
        held = pass.arena().bytes();
      }
      pass.startEvaluation();
      adapter.refresh(pass, 6, false);
      float[] merged =
          adapter.unmergeableReason() == null
              ? Merging.merge(pass, adapter).weight().rows(0, OUT)
              : new float[0];
      return List.of(initial, y.toArray(), dX.toArray(), gradient.toArray(), merged);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cola",
        "lora",
        "pissa",
        "dora",
        "ia3",
        "miss",
        "hydralora",
        "lily",
        "spp",
        "shira",
        "hira",
        "vera",
        "gralora",
        "bat",
        "c3a",
        "oft"
      })
  void aWeightThatLiesElsewhereIsAdaptedToTheSameBits(String method) {
    float[] rows = Weight.of(plain).rows(0, OUT);
    Matrix x = gaussian(IN, TOKENS);
    Matrix dY = gaussian(OUT, TOKENS);
    List<float[]> expected = outcome(method, new FrozenLinear("layer", plain, bias), x, dY);
    List<float[]> actual =
        outcome(method, new FrozenLinear("layer", new StoredWeight(rows), bias), x, dY);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).as("%s, result %d", method, i).containsExactly(expected.get(i));
    }
  }
}
