package io.github.cola4j.nn.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Quantised matrices against those of bitsandbytes ({@code tools/make_quantized_golden.py}). */
public class QuantizedMatrixTest {
  private static final ByteBuffer GOLDEN = golden();
  private static JsonNode header;

  private static ByteBuffer golden() {
    try (InputStream in =
        QuantizedMatrixTest.class.getResourceAsStream("/goldens/quantized/expected.safetensors")) {
      ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      byte[] json = new byte[(int) file.getLong()];
      file.get(json);
      header = new ObjectMapper().readTree(new String(json, StandardCharsets.UTF_8));
      return file.slice().order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ByteBuffer bytes(String name) {
    JsonNode offsets = header.path(name).path("data_offsets");
    int begin = offsets.path(0).intValue();
    return GOLDEN.slice(begin, offsets.path(1).intValue() - begin).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static float[] floats(String name) {
    ByteBuffer bytes = bytes(name);
    float[] floats = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(floats);
    return floats;
  }

  private static Memory direct(String name) {
    ByteBuffer bytes = bytes(name);
    return Memory.of(ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip());
  }

  /** The matrix that the script quantises. */
  public static float[] matrix(int out, int in) {
    float[] elements = new float[out * in];
    for (int i = 0; i < elements.length; i++) {
      int h = (int) (i * 2654435761L + 12345);
      h ^= h >>> 15;
      h *= (int) 2246822519L;
      h ^= h >>> 13;
      elements[i] = (float) (((h >>> 8) * 0x1p-24 - 0.5) * Math.pow(2, -(i / 64 % 5)));
    }
    return elements;
  }

  private static float[] small() {
    float[] small = matrix(9, 17);
    Arrays.fill(small, 64, 128, 0);
    return small;
  }

  /** Quantised some rows at a time. */
  static StoredMatrix quantized(Quantization type, int out, int in, float[] elements, int step) {
    QuantizedCopy copy = type.copy(out, in);
    for (int first = 0; first < out; first += step) {
      int end = Math.min(out, first + step);
      copy.setRows(first, Arrays.copyOfRange(elements, first * in, end * in));
    }
    return copy.matrix();
  }

  static float[] decoded(StoredMatrix matrix, int first, int count) {
    float[] elements = new float[count * matrix.in() + 2];
    matrix.decode(first, count, elements, 1);
    return Arrays.copyOfRange(elements, 1, elements.length - 1);
  }

  @Test
  void nf4IsThatOfBitsandbytesToTheByte() {
    requireNf4("small.nf4", small(), 9, 17, 0);
    requireNf4("wide.nf4", matrix(130, 130), 130, 130, 127);
  }

  private static void requireNf4(String name, float[] elements, int out, int in, int shown) {
    Nf4Matrix made = (Nf4Matrix) quantized(Quantization.NF4, out, in, elements, 4);
    assertThat(made.codes().bytes()).isEqualTo(bytes(name + ".weight"));
    Nf4Scales.Nested scales = (Nf4Scales.Nested) made.scales();
    assertThat(scales.codes().bytes()).isEqualTo(bytes(name + ".weight.absmax"));
    assertThat(scales.map()).containsExactly(floats(name + ".weight.nested_quant_map"));
    assertThat(scales.absmax()).containsExactly(floats(name + ".weight.nested_absmax"));
    assertThat(NormalFloat.values()).containsExactly(floats(name + ".weight.quant_map"));
    String state =
        StandardCharsets.UTF_8
            .decode(bytes(name + ".weight.quant_state.bitsandbytes__nf4"))
            .toString();
    assertThat(state).contains("\"nested_offset\": " + (double) scales.offset());
    assertThat(decoded(made, shown, out - shown)).containsExactly(floats(name + ".decoded"));
  }

  @Test
  void nf4WithoutDoubleQuantisationIsRead() {
    Nf4Matrix stored =
        new Nf4Matrix(
            9,
            17,
            direct("small.plain.weight"),
            64,
            new Nf4Scales.Plain(direct("small.plain.weight.absmax")),
            MemorySource.HOST);
    assertThat(decoded(stored, 0, 9)).containsExactly(floats("small.plain.decoded"));
    assertThat(decoded(stored, 3, 2))
        .containsExactly(Arrays.copyOfRange(floats("small.plain.decoded"), 3 * 17, 5 * 17));
  }

  @Test
  void int8IsThatOfBitsandbytesToTheByte() {
    Int8Matrix made = (Int8Matrix) quantized(Quantization.INT8, 130, 130, matrix(130, 130), 7);
    assertThat(made.integers().bytes()).isEqualTo(bytes("wide.int8.weight"));
    assertThat(made.absmax()).containsExactly(floats("wide.int8.SCB"));
    float[] expected = floats("wide.int8.decoded");
    float[] decoded = decoded(made, 127, 3);
    for (int i = 0; i < expected.length; i++) {
      assertThat(decoded[i]).isCloseTo(expected[i], within(2 * Math.ulp(expected[i])));
    }
  }

  @ParameterizedTest
  @EnumSource(Quantization.class)
  void zerosStayAndErrorsAreBounded(Quantization type) {
    Random random = new Random(5);
    float[] elements = new float[256 * 100];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = i / 256 % 9 == 4 ? 0 : (float) random.nextGaussian();
    }
    StoredMatrix made = quantized(type, 100, 256, elements, 100);
    float[] decoded = decoded(made, 0, 100);
    double squares = 0;
    double errors = 0;
    for (int i = 0; i < decoded.length; i++) {
      if (elements[i] == 0) {
        assertThat(decoded[i]).isZero();
      }
      squares += elements[i] * elements[i];
      errors += (decoded[i] - elements[i]) * (decoded[i] - elements[i]);
    }
    assertThat(Math.sqrt(errors / squares)).isLessThan(type == Quantization.INT8 ? 0.01 : 0.1);
  }

  @Test
  void bytesAParameter() {
    float[] elements = matrix(320, 576);
    assertThat(quantized(Quantization.INT8, 320, 576, elements, 320).bytes() / (320.0 * 576))
        .isLessThan(1.15);
    assertThat(quantized(Quantization.NF4, 320, 576, elements, 320).bytes() / (320.0 * 576))
        .isLessThan(0.65);
  }

  @Test
  void wrongSizesAndMissingRowsAreRefused() {
    Memory codes = direct("small.nf4.weight");
    Nf4Scales plain = new Nf4Scales.Plain(direct("small.plain.weight.absmax"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Nf4Matrix(9, 18, codes, 64, plain, MemorySource.HOST))
        .withMessageContaining("expected 81 bytes of codes, got 77");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Nf4Matrix(9, 17, codes, 32, plain, MemorySource.HOST))
        .withMessageContaining("expected 5 scales");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Int8Matrix(130, 130, codes, new float[130], MemorySource.HOST))
        .withMessageContaining("expected 16900 bytes of integers");
    QuantizedCopy copy = Quantization.NF4.copy(4, 64);
    copy.setRows(0, new float[64]);
    assertThatIllegalStateException().isThrownBy(() -> copy.setRows(2, new float[64]));
    assertThatIllegalStateException().isThrownBy(copy::matrix);
  }
}
