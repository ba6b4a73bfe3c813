package io.github.cola4j.io.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.io.weights.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void readsBackWhatItWrote() throws IOException {
    float[] large = new float[700_001]; // several chunks
    Random random = new Random(1);
    for (int i = 0; i < large.length; i++) {
      large[i] = (float) random.nextGaussian();
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("layer.weight", new Tensor(new long[] {2, 3}, new float[] {1, 2, 3, 4, 5, -6.5f}));
    tensors.put("größe", new Tensor(new long[] {}, new float[] {Float.MIN_VALUE}));
    tensors.put("empty", new Tensor(new long[] {0, 4}, new float[0]));
    tensors.put("large", new Tensor(new long[] {700_001}, large));
    Map<String, String> metadata = Map.of("format", "pt", "task", "sentiment \"x\"");
    Path file = folder.resolve("a.safetensors");
    SafetensorsWriter.write(file, tensors, metadata);

    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.metadata()).isEqualTo(metadata);
      assertThat(read.names()).isEqualTo(tensors.keySet());
      assertThat(read.source()).isEqualTo(file.toString());
      tensors.forEach(
          (name, tensor) -> {
            assertThat(read.shape(name)).isEqualTo(tensor.shape());
            assertThat(read.read(name, tensor.shape())).isEqualTo(tensor.data());
          });
      assertThatThrownBy(() -> read.read("layer.weight", 3, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(file.toString(), "layer.weight", "[3, 2]", "[2, 3]");
      assertThatThrownBy(() -> read.shape("layer.weigth"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(file.toString(), "'layer.weigth'", "'layer.weight'");
    }
    byte[] bytes = Files.readAllBytes(file);
    assertThat((8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong()) % 8).isZero();

    SafetensorsWriter.write(file, tensors, metadata); // replaces it, with the same bytes
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void writesNothingInvalid() {
    Path file = folder.resolve("a.safetensors");
    assertThatThrownBy(() -> new Tensor(new long[] {2, 2}, new float[3]))
        .hasMessage("shape [2, 2] has 4 elements, got 3");
    var nan = Map.of("w", new Tensor(new long[] {2}, new float[] {0, Float.NaN}));
    assertThatThrownBy(() -> SafetensorsWriter.write(file, nan, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("element 1 is NaN");
    assertThat(folder).isEmptyDirectory();
  }

  /** Values and bits as Python's struct ({@code <e}) and the upper half of float32 have them. */
  @Test
  void convertsOtherTypes() throws IOException {
    short[] halves = {0x3C00, (short) 0xC000, 0x7BFF, 0x0400, 0x0001, (short) 0x8000, 0x3555};
    ByteBuffer data = ByteBuffer.allocate(14 + 6 + 8 + 8).order(ByteOrder.LITTLE_ENDIAN);
    for (short half : halves) {
      data.putShort(half);
    }
    data.putShort((short) 0x3F80).putShort((short) 0xC049).putShort((short) 0x0001);
    data.putDouble(0.1).putLong(7);
    String header =
        """
        {"half":{"dtype":"F16","shape":[7],"data_offsets":[0,14]},
         "brain":{"dtype":"BF16","shape":[3],"data_offsets":[14,20]},
         "double":{"dtype":"F64","shape":[1],"data_offsets":[20,28]},
         "position_ids":{"dtype":"I64","shape":[1],"data_offsets":[28,36]}}\
        """;
    try (Safetensors file = Safetensors.open(write(header, data.array()))) {
      float[] expected = {1, -2, 65504, 0x1p-14f, 0x1p-24f, -0f, 0x1.554p-2f};
      assertThat(file.read("half", 7)).isEqualTo(expected);
      float[] brain = {1, -3.140625f, Float.intBitsToFloat(0x00010000)};
      assertThat(file.read("brain", 3)).isEqualTo(brain);
      assertThat(file.read("double", 1)).containsExactly(0.1f);
      assertThat(file.names()).containsExactly("brain", "double", "half");
    }
  }

  @Test
  void refusesNumbersThatAreNotFinite() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(4 + 4 + 4 + 8).order(ByteOrder.LITTLE_ENDIAN);
    data.putFloat(Float.NaN).putShort((short) 0x3C00).putShort((short) 0x7C00);
    data.putShort((short) 0x7F80).putShort((short) 0).putDouble(1e300);
    String header =
        """
        {"nan":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
         "half":{"dtype":"F16","shape":[2],"data_offsets":[4,8]},
         "brain":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},
         "double":{"dtype":"F64","shape":[1],"data_offsets":[12,20]}}\
        """;
    try (Safetensors file = Safetensors.open(write(header, data.array()))) {
      assertRefused(() -> file.read("nan", 1), "'nan'", "element 0 is NaN");
      assertRefused(() -> file.read("half", 2), "'half'", "element 1 is Infinity");
      assertRefused(() -> file.read("brain", 2), "'brain'", "element 0 is Infinity");
      assertRefused(() -> file.read("double", 1), "'double'", "element 0 is Infinity");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 100_000_001})
  void refusesHeaderLengthsBeforeAllocating(long length) throws IOException {
    Path file = folder.resolve("a.safetensors");
    Files.write(
        file, ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
    assertRefused(
        () -> Safetensors.open(file),
        "declares " + Long.toUnsignedString(length),
        "not a safetensors file");
  }

  @Test
  void saysThatAFileIsTruncated() throws IOException {
    Path file = folder.resolve("a.safetensors");
    SafetensorsWriter.write(
        file, Map.of("w", new Tensor(new long[] {4}, new float[4])), Map.of("k", "v"));
    byte[] bytes = Files.readAllBytes(file);
    for (int size : new int[] {0, 7, 8, 20, bytes.length - 16, bytes.length - 1}) {
      Files.write(file, Arrays.copyOf(bytes, size));
      assertRefused(() -> Safetensors.open(file), file.toString(), "has " + size, "truncated");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}} | 12 | overlaps
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  | 4  | overlaps
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}                                  | 8  | leaves a hole
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}                                  | 8  | 4 bytes after the last tensor
          {"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}                                 | 8  | truncated
          {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}                                 | 4  | dimensions of 0 or more
          {"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}                              | 4  | dimensions of 0 or more
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}                                  | 4  | needs 8 bytes
          {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}              | 0  | more than 2^63 elements
          {"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}                | 0  | needs 9223372036854775807 bytes
          {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,0]}}               | 0  | expected shape to be a list of integers
          {"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}                                | 4  | expected shape to be a list of integers
          {"a":{"dtype":"F32","data_offsets":[0,4]}}                                              | 4  | expected shape to be a list of integers
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}                                 | 4  | expected data_offsets [begin, end]
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}                                  | 4  | expected data_offsets [begin, end]
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}               | 4  | expected data_offsets to be a list of integers
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775803,9223372036854775807]}} | 4 | truncated
          {"a":{"dtype":"F32","shape":[9223372036854775807,2,0],"data_offsets":[0,0]}}            | 0  | more than 2^63 elements
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}                                | 4  | expected data_offsets [begin, end]
          {"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}                                   | 4  | expected dtype F32, F16, BF16 or F64
          {"a":7}                                                                                 | 0  | expected dtype
          {"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}} | 0 | Duplicate
          {"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}                    | 0  | Duplicate
          {} {}                                                                                   | 0  | not valid JSON
          {"a"                                                                                    | 0  | not valid JSON
          []                                                                                      | 0  | must be a JSON object
          {"__metadata__":{"a":1}}                                                                | 0  | must be text
          {"__metadata__":[]}                                                                     | 0  | __metadata__ must be a JSON object
          """)
  void refusesHostileHeaders(String header, int dataSize, String message) throws IOException {
    Path file = write(header, new byte[dataSize]);
    assertRefused(() -> Safetensors.open(file), file.toString(), message);
  }

  @Test
  void refusesNamesThatAreNotUtf8() throws IOException {
    String header = "{\"ü\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    Path file = write(header.getBytes(StandardCharsets.ISO_8859_1), new byte[4]);
    assertRefused(() -> Safetensors.open(file), file.toString(), "the header is not UTF-8");
  }

  @Test
  void refusesDeepHeaders() throws IOException {
    Path file = write("{\"a\":" + "[".repeat(1_000_000), new byte[0]);
    assertRefused(() -> Safetensors.open(file), file.toString(), "not valid JSON", "nesting");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[%s]", "7, \"b\": {}, \"shape\": \"%s\""})
  void refusesEndlessValuesInAFewWords(String shape) throws IOException {
    String endless = "1,".repeat(100_000) + "1";
    Path file =
        write(
            "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4],\"shape\":"
                + String.format(shape, endless)
                + "}}",
            new byte[4]);
    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000));
  }

  /** A hole of the file's size: nothing but the tensor's own pages is read. */
  @Test
  void readsATensorThatLiesAcrossTwoMappedWindows() throws IOException {
    int length = 600_000;
    long filler = (1L << 30) - 1_000_001;
    String header =
        String.format(
            "{\"filler\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                + "\"w\":{\"dtype\":\"F32\",\"shape\":[%d,4],\"data_offsets\":[%d,%d]}}",
            filler, filler, length / 4, filler, filler + 4L * length);
    Path file = write(header, new byte[0]);
    ByteBuffer data = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < length; i++) {
      data.putFloat(i);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(data.flip(), channel.size() + filler);
    }
    try (Safetensors read = Safetensors.open(file)) {
      float[] all = read.read("w", length / 4, 4);
      for (int i = 0; i < length; i++) {
        assertThat(all[i]).isEqualTo(i);
      }
      float[] rows = new float[length];
      List<Integer> firsts = new ArrayList<>();
      read.read(
          "w",
          (first, some) -> {
            firsts.add(first);
            System.arraycopy(some, 0, rows, 4 * first, some.length);
          },
          length / 4,
          4);
      assertThat(firsts).containsExactly(0, 1 << 16, 2 << 16);
      assertThat(rows).isEqualTo(all);
    }
  }

  @Test
  void saysThatAFileWasShortenedWhileItWasRead() throws IOException {
    Path file = folder.resolve("a.safetensors");
    int length = 1_000_000;
    SafetensorsWriter.write(
        file, Map.of("w", new Tensor(new long[] {length}, new float[length])), Map.of());
    try (Safetensors read = Safetensors.open(file)) {
      assertRefused(
          () -> read.read("w", (first, some) -> shorten(file), length),
          file.toString(),
          "'w'",
          "has 1000",
          "truncated");
      assertRefused(() -> read.read("w", length), "'w'", "has 1000", "truncated");
    }
  }

  private static void shorten(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(1000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void readsNothingAfterItWasClosed() throws IOException {
    Path file = folder.resolve("a.safetensors");
    SafetensorsWriter.write(file, Map.of("w", new Tensor(new long[] {4}, new float[4])), Map.of());
    Safetensors read = Safetensors.open(file);
    read.close();
    assertThatThrownBy(() -> read.read("w", 4))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContainingAll("'w'", file.toString(), "ClosedChannelException");
  }

  private Path write(String header, byte[] data) throws IOException {
    return write(header.getBytes(StandardCharsets.UTF_8), data);
  }

  private Path write(byte[] json, byte[] data) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data);
    return Files.write(folder.resolve("a.safetensors"), bytes.array());
  }

  private static void assertRefused(Runnable action, String... message) {
    assertThatThrownBy(action::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(message);
  }
}
