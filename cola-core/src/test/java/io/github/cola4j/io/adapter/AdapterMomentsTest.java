package io.github.cola4j.io.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.io.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterMomentsTest {
  private static final ParameterLayout LAYOUT =
      new ParameterLayout.Builder()
          .add("layer/A", Kind.A, 3, 2)
          .add("layer/B", Kind.B, 2, 2)
          .add("head/bias", Kind.HEAD, 2, 1)
          .build();

  @TempDir private Path folder;

  private static AdapterMoments moments(int length) {
    float[] m = new float[length];
    float[] v = new float[length];
    for (int i = 0; i < length; i++) {
      m[i] = (i - 5) / 7f;
      v[i] = i / 11f;
    }
    return new AdapterMoments(m, v, 240);
  }

  @Test
  void comeBackToTheBit() {
    AdapterMoments moments = moments(LAYOUT.length());

    moments.save(folder, LAYOUT);

    AdapterMoments loaded = AdapterMoments.load(folder, LAYOUT);
    assertThat(loaded.m()).isEqualTo(moments.m());
    assertThat(loaded.v()).isEqualTo(moments.v());
    assertThat(loaded.steps()).isEqualTo(240);
  }

  @Test
  void mayBeMissing() {
    assertThat(AdapterMoments.load(folder, LAYOUT)).isNull();
  }

  @Test
  void refuseAnotherAdapter() {
    moments(LAYOUT.length()).save(folder, LAYOUT);
    ParameterLayout wider = new ParameterLayout.Builder().add("layer/A", Kind.A, 3, 4).build();
    ParameterLayout other = new ParameterLayout.Builder().add("other/A", Kind.A, 3, 2).build();

    assertThatThrownBy(() -> AdapterMoments.load(folder, wider))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("m.layer.A")
        .hasMessageContaining("[4, 3]");
    assertThatThrownBy(() -> AdapterMoments.load(folder, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("m.other.A");
    assertThatThrownBy(() -> moments(3).save(folder, LAYOUT))
        .hasMessage("expected moments of 12 parameters, got 3");
  }

  @Test
  void refuseADamagedFile() throws IOException {
    ParameterLayout layout = new ParameterLayout.Builder().add("x/A", Kind.A, 1, 1).build();
    SafetensorsWriter.Tensor one = new SafetensorsWriter.Tensor(new long[] {1, 1}, new float[] {1});
    SafetensorsWriter.Tensor minus =
        new SafetensorsWriter.Tensor(new long[] {1, 1}, new float[] {-1});
    Path file = folder.resolve(AdapterMoments.FILE);

    SafetensorsWriter.write(file, Map.of("m.x.A", one, "v.x.A", minus), Map.of("steps", "1"));
    assertThatThrownBy(() -> AdapterMoments.load(folder, layout))
        .hasMessageContaining("a mean of squares, got -1.0");
    SafetensorsWriter.write(file, Map.of("m.x.A", one, "v.x.A", one), Map.of("steps", "-1"));
    assertThatThrownBy(() -> AdapterMoments.load(folder, layout))
        .hasMessageContaining("a number from 0, got -1");
    Files.write(file, new byte[5]);
    assertThatThrownBy(() -> AdapterMoments.load(folder, layout))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
