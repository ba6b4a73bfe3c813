package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.SafetensorsWriter.Tensor;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

class WeightLoaderTest {
  @TempDir Path folder;
  private Weights weights;

  @BeforeEach
  void write() {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of(
            "table.weight", tensor(3, 2),
            "norm.weight", tensor(2),
            "layer.weight", tensor(3, 2),
            "layer.bias", tensor(3),
            "rotary_emb.inv_freq", tensor(1)),
        Map.of("format", "pt"));
    weights = Safetensors.open(file);
  }

  @AfterEach
  void release() {
    weights.close();
  }

  /** Elements 1, 2, 3, … row by row. */
  private static Tensor tensor(long... shape) {
    int length = 1;
    for (long dimension : shape) {
      length *= (int) dimension;
    }
    float[] elements = new float[length];
    for (int i = 0; i < length; i++) {
      elements[i] = i + 1;
    }
    return new Tensor(shape, elements);
  }

  @Test
  void rowsOfATableAreColumnsAndThoseOfALayerStayRows() {
    WeightLoader load = new WeightLoader(weights, DataType.DOUBLE);
    Matrix table = load.table("table.weight", 2, 3);
    assertThat(table.rows()).isEqualTo(2);
    assertThat(table.toArray()).containsExactly(1, 2, 3, 4, 5, 6);
    FrozenLinear layer = load.linear("layer", 3, 2, true);
    assertThat(layer.name()).isEqualTo("layer");
    assertThat(layer.weight().out()).isEqualTo(3);
    assertThat(Matrices.weight(layer).toArray()).containsExactly(1, 3, 5, 2, 4, 6);
    assertThat(layer.bias().toArray()).containsExactly(1, 2, 3);
    assertThat(load.rmsNorm("norm", 2, 1e-5).gain().toArray()).containsExactly(1, 2);
    assertThat(load.parameters()).isEqualTo(6 + 6 + 3 + 2);
    load.requireAllRead(name -> name.endsWith("inv_freq"));
    assertThat(load.linear("layer", 3, 2, false).bias()).isNull();
  }

  /** Rows come from the file some at a time, and are transposed some at a time. */
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void aLayerOfManyPiecesIsThatOfOne(DataType type) {
    Tensor large = tensor(330, 1200);
    Path file = folder.resolve("large.safetensors");
    SafetensorsWriter.write(file, Map.of("layer.weight", large), Map.of());
    try (Safetensors read = Safetensors.open(file)) {
      Matrix weight =
          Matrices.weight(new WeightLoader(read, type).linear("layer", 330, 1200, false));
      float[] elements = weight.toArray();
      for (int i = 0; i < 330; i++) {
        for (int j = 0; j < 1200; j++) {
          assertThat(elements[j * 330 + i]).isEqualTo(large.data()[i * 1200 + j]);
        }
      }
      Matrix table = new WeightLoader(read, type).table("layer.weight", 1200, 330);
      assertThat(table.toArray()).isEqualTo(large.data());
    }
  }

  @Test
  void whatIsLeftOverIsNamed() {
    WeightLoader load = new WeightLoader(weights, DataType.FLOAT);
    load.table("table.weight", 2, 3);
    load.rmsNorm("norm", 2, 1e-5);
    load.linear("layer", 3, 2, false);
    assertThatThrownBy(() -> load.requireAllRead(name -> name.endsWith("inv_freq")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            folder.toString(), "1 tensors", "such as layer.bias", "do not belong together");
  }

  @Test
  void anotherShapeIsRefused() {
    WeightLoader load = new WeightLoader(weights, DataType.FLOAT);
    assertThatThrownBy(() -> load.linear("layer", 2, 3, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("layer.weight", "expected shape [2, 3], it has [3, 2]");
  }

  @Test
  void aTensorThatIsNotThereIsNamedWithTheNearest() {
    WeightLoader load = new WeightLoader(weights, DataType.FLOAT);
    assertThatThrownBy(() -> load.rmsNorm("morn", 2, 1e-5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("no tensor 'morn.weight'", "'norm.weight'");
  }
}
