package io.github.cola4j.io.weights;

import io.github.cola4j.io.weights.SafetensorsWriter.Stored;
import io.github.cola4j.nn.stored.Int8Matrix;
import io.github.cola4j.nn.stored.Nf4Matrix;
import io.github.cola4j.nn.stored.Nf4Scales;
import io.github.cola4j.nn.stored.NormalFloat;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Quantised matrices as the tensors that bitsandbytes stores, and transformers reads: those of
 * {@link BitsAndBytes}.
 */
public final class BitsAndBytesLayout {
  /** Elements of a block, and blocks that have a scale together. */
  private static final int BLOCK = 64;

  private static final int GROUP = 256;

  /** Characters of a number in JSON at most: the state's size is known before the number is. */
  private static final int NUMBER = 26;

  private BitsAndBytesLayout() {}

  /**
   * The tensors of a matrix, by name.
   *
   * @param layer what comes before {@code .weight}
   * @param type what it is quantised to
   * @param dtype of the weight before, to which bitsandbytes dequantises
   * @param matrix makes the quantised matrix; it is asked by every tensor when that is written
   */
  public static Map<String, Stored> tensors(
      String layer,
      Quantization type,
      int out,
      int in,
      FloatType dtype,
      Supplier<StoredMatrix> matrix) {
    return type == Quantization.INT8
        ? int8(layer, out, in, () -> (Int8Matrix) matrix.get())
        : nf4(layer + BitsAndBytes.WEIGHT, out, in, dtype, () -> (Nf4Matrix) matrix.get());
  }

  private static Map<String, Stored> int8(
      String layer, int out, int in, Supplier<Int8Matrix> matrix) {
    Map<String, Stored> tensors = new TreeMap<>();
    tensors.put(
        layer + BitsAndBytes.WEIGHT,
        stored("I8", new long[] {out, in}, 1, () -> matrix.get().integers().bytes()));
    tensors.put(
        layer + BitsAndBytes.SCALES,
        stored("F32", new long[] {out}, 4, () -> floats(matrix.get().absmax())));
    tensors.put(layer + BitsAndBytes.FORMAT, Stored.of("U8", new long[0], ByteBuffer.allocate(1)));
    return tensors;
  }

  private static Map<String, Stored> nf4(
      String name, int out, int in, FloatType dtype, Supplier<Nf4Matrix> matrix) {
    long elements = (long) out * in;
    long blocks = (elements + BLOCK - 1) / BLOCK;
    long groups = (blocks + GROUP - 1) / GROUP;
    Map<String, Stored> tensors = new TreeMap<>();
    tensors.put(
        name,
        stored("U8", new long[] {(elements + 1) / 2, 1}, 1, () -> matrix.get().codes().bytes()));
    tensors.put(
        name + BitsAndBytes.ABSMAX,
        stored("U8", new long[] {blocks}, 1, () -> scales(matrix).codes().bytes()));
    tensors.put(
        name + BitsAndBytes.MAP,
        stored("F32", new long[] {16}, 4, () -> floats(NormalFloat.values())));
    tensors.put(
        name + BitsAndBytes.NESTED_ABSMAX,
        stored("F32", new long[] {groups}, 4, () -> floats(scales(matrix).absmax())));
    tensors.put(
        name + BitsAndBytes.NESTED_MAP,
        stored("F32", new long[] {256}, 4, () -> floats(scales(matrix).map())));
    tensors.put(
        name + BitsAndBytes.STATE + Quantization.NF4,
        stored(
            "U8",
            new long[] {state(out, in, dtype, 0).length},
            1,
            () -> ByteBuffer.wrap(state(out, in, dtype, scales(matrix).offset()))));
    return tensors;
  }

  private static Nf4Scales.Nested scales(Supplier<Nf4Matrix> matrix) {
    return (Nf4Scales.Nested) matrix.get().scales();
  }

  /** The JSON that bitsandbytes writes, filled up with spaces to a size of its own. */
  private static byte[] state(int out, int in, FloatType dtype, float offset) {
    String json =
        String.format(
            Locale.ROOT,
            "{\"quant_type\": \"nf4\", \"blocksize\": %d, \"dtype\": \"%s\", \"shape\": [%d, %d],"
                + " \"nested_blocksize\": %d, \"nested_dtype\": \"float32\", \"nested_offset\": ",
            BLOCK,
            dtype.torch(),
            out,
            in,
            GROUP);
    String number = Double.toString(offset) + "}";
    return (json + number + " ".repeat(NUMBER - number.length()))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static ByteBuffer floats(float[] numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return bytes;
  }

  private static Stored stored(String dtype, long[] shape, int width, Supplier<ByteBuffer> bytes) {
    return new Stored(
        dtype,
        shape,
        width * TensorNames.elements(shape, "a tensor to write"),
        (channel, label) -> SafetensorsWriter.writeFully(channel, bytes.get().duplicate()));
  }
}
