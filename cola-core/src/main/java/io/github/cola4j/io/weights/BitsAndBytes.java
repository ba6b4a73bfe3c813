package io.github.cola4j.io.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.nn.stored.Int8Matrix;
import io.github.cola4j.nn.stored.Memory;
import io.github.cola4j.nn.stored.Nf4Matrix;
import io.github.cola4j.nn.stored.Nf4Scales;
import io.github.cola4j.nn.stored.NormalFloat;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A matrix {@code X.weight} that bitsandbytes quantised, in several tensors:
 *
 * <ul>
 *   <li>NF4: {@code X.weight} the codes, and under {@code X.weight.} {@code absmax}, {@code
 *       quant_map}, {@code quant_state.bitsandbytes__nf4} (JSON as bytes) and, with double
 *       quantisation, {@code nested_absmax} and {@code nested_quant_map};
 *   <li>int8: {@code X.weight} the integers, {@code X.SCB} the largest absolute values of the rows,
 *       {@code X.weight_format} 0.
 * </ul>
 *
 * @param name {@code X.weight}
 * @param parts the names of its other tensors
 */
record BitsAndBytes(
    Weights all,
    String name,
    Quantization type,
    int out,
    int in,
    JsonNode state,
    Set<String> parts) {
  static final String ABSMAX = ".absmax";
  static final String MAP = ".quant_map";
  static final String NESTED_ABSMAX = ".nested_absmax";
  static final String NESTED_MAP = ".nested_quant_map";
  static final String STATE = ".quant_state.bitsandbytes__";
  static final String WEIGHT = ".weight";
  static final String SCALES = ".SCB";
  static final String FORMAT = ".weight_format";

  /** Bytes of the JSON at most; it has some 200. */
  private static final int MAX_STATE = 10_000;

  /** Elements of a block: bitsandbytes' own values lie between. */
  private static final int MAX_BLOCK = 4096;

  /**
   * The matrix that a tensor belongs to, if it is the one by which such a matrix is known.
   *
   * @return null if it is another tensor
   * @throws IllegalArgumentException if it is quantised in a way that is not read
   */
  static BitsAndBytes of(Weights all, String tensor) {
    int state = tensor.indexOf(STATE);
    if (state >= 0) {
      String kind = tensor.substring(state + STATE.length());
      if (!kind.equals(Quantization.NF4.toString())) {
        throw new IllegalArgumentException(
            TensorNames.label(tensor.substring(0, state), all.source())
                + ": expected it to be quantised to nf4 or int8, it is "
                + TensorNames.shown(kind)
                + "; take the model's float weights");
      }
      return nf4(all, tensor.substring(0, state), tensor);
    }
    if (!tensor.endsWith(WEIGHT) || !all.unreadable().get(tensor).equals("I8")) {
      return null;
    }
    String layer = tensor.substring(0, tensor.length() - WEIGHT.length());
    return all.names().contains(layer + SCALES) ? int8(all, layer, tensor) : null;
  }

  private static BitsAndBytes int8(Weights all, String layer, String name) {
    long[] shape = all.raw(name).shape();
    String label = TensorNames.label(name, all.source());
    if (shape.length != 2 || shape[0] < 1 || shape[1] < 1) {
      throw new IllegalArgumentException(
          label + ": expected a matrix of int8, it has the shape " + Arrays.toString(shape));
    }
    Set<String> parts = new LinkedHashSet<>(Set.of(layer + SCALES));
    if (all.unreadable().containsKey(layer + FORMAT)) {
      parts.add(layer + FORMAT);
      Memory format = all.raw(layer + FORMAT).bytes();
      if (format.bytes().remaining() != 1 || format.bytes().get(0) != 0) {
        throw new IllegalArgumentException(
            label + ": expected a weight_format of 0, rows as they are; it has another");
      }
    }
    int out = Math.toIntExact(Math.min(Integer.MAX_VALUE, shape[0]));
    int in = Math.toIntExact(Math.min(Integer.MAX_VALUE, shape[1]));
    return new BitsAndBytes(all, name, Quantization.INT8, out, in, null, parts);
  }

  private static BitsAndBytes nf4(Weights all, String name, String tensor) {
    RawTensor raw = all.raw(tensor);
    String label = TensorNames.label(tensor, all.source());
    int size = raw.bytes().bytes().remaining();
    if (size > MAX_STATE) {
      throw new IllegalArgumentException(
          label + ": expected up to " + MAX_STATE + " bytes, it has " + size);
    }
    byte[] json = new byte[size];
    raw.bytes().bytes().get(0, json);
    JsonNode state;
    try {
      state = Safetensors.JSON.readTree(new String(json, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(label + ": not valid JSON: " + e.getOriginalMessage(), e);
    }
    JsonNode shape = state.path("shape");
    if (shape.size() != 2 || !isSize(shape.path(0)) || !isSize(shape.path(1))) {
      throw wrong(label, "shape", "two positive integers", shape);
    }
    if (!state.path("quant_type").asText().equals("nf4")) {
      throw wrong(label, "quant_type", "nf4", state.path("quant_type"));
    }
    JsonNode block = state.path("blocksize");
    if (!isSize(block) || block.intValue() < 32 || block.intValue() > MAX_BLOCK) {
      throw wrong(label, "blocksize", "32 to " + MAX_BLOCK, block);
    }
    Set<String> parts = new LinkedHashSet<>();
    for (String part : new String[] {ABSMAX, MAP, NESTED_ABSMAX, NESTED_MAP, STATE + "nf4"}) {
      if (all.names().contains(name + part) || all.unreadable().containsKey(name + part)) {
        parts.add(name + part);
      }
    }
    return new BitsAndBytes(
        all,
        name,
        Quantization.NF4,
        shape.path(0).intValue(),
        shape.path(1).intValue(),
        state,
        parts);
  }

  private static boolean isSize(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt() && node.intValue() > 0;
  }

  private static IllegalArgumentException wrong(
      String label, String key, String expected, JsonNode got) {
    return new IllegalArgumentException(
        label
            + ": expected "
            + key
            + " to be "
            + expected
            + ", got "
            + TensorNames.shown(got.toString()));
  }

  /**
   * The matrix in the mapped file.
   *
   * @throws IllegalArgumentException if a tensor is missing, has another type or size, or scales
   *     are not finite
   */
  StoredMatrix matrix() {
    return type == Quantization.INT8 ? int8() : nf4();
  }

  private Int8Matrix int8() {
    RawTensor integers = all.raw(name);
    String layer = name.substring(0, name.length() - WEIGHT.length());
    return new Int8Matrix(
        out, in, integers.bytes(), all.read(layer + SCALES, out), integers.source());
  }

  private Nf4Matrix nf4() {
    String label = TensorNames.label(name, all.source());
    RawTensor codes = bytes(name, ((long) out * in + 1) / 2);
    requireSame(all.read(name + MAP, 16), NormalFloat.values(), label);
    int block = state.path("blocksize").intValue();
    long blocks = ((long) out * in + block - 1) / block;
    if (!all.unreadable().containsKey(name + ABSMAX)) {
      return new Nf4Matrix(out, in, codes.bytes(), block, plain(blocks, label), codes.source());
    }
    Memory nested = bytes(name + ABSMAX, blocks).bytes();
    JsonNode group = state.path("nested_blocksize");
    if (!isSize(group)) {
      throw wrong(label, "nested_blocksize", "a positive integer", group);
    }
    float offset = state.path("nested_offset").floatValue();
    if (!state.path("nested_offset").isNumber() || !Float.isFinite(offset)) {
      throw wrong(label, "nested_offset", "a finite number", state.path("nested_offset"));
    }
    long groups = (blocks + group.intValue() - 1) / group.intValue();
    Nf4Scales scales =
        new Nf4Scales.Nested(
            nested,
            all.read(name + NESTED_MAP, 256),
            group.intValue(),
            all.read(name + NESTED_ABSMAX, groups),
            offset);
    return new Nf4Matrix(out, in, codes.bytes(), block, scales, codes.source());
  }

  private Nf4Scales plain(long blocks, String label) {
    all.read(name + ABSMAX, (first, some) -> {}, blocks); // finite
    RawTensor absmax = all.raw(name + ABSMAX);
    if (!absmax.dtype().equals("F32")) {
      throw new IllegalArgumentException(
          label + ": expected absmax of F32 or U8, it has " + absmax.dtype());
    }
    return new Nf4Scales.Plain(absmax.bytes());
  }

  private RawTensor bytes(String tensor, long size) {
    String label = TensorNames.label(tensor, all.source());
    String dtype = all.unreadable().get(tensor);
    if (!"U8".equals(dtype)) {
      throw new IllegalArgumentException(
          label
              + ": expected dtype U8, "
              + (dtype == null ? "it is missing or holds floats" : "it has " + dtype)
              + "; only bnb_4bit_quant_storage uint8 is read");
    }
    RawTensor raw = all.raw(tensor);
    if (raw.bytes().bytes().remaining() != size) {
      throw new IllegalArgumentException(
          label
              + ": expected "
              + size
              + " bytes for "
              + out
              + " × "
              + in
              + ", it has "
              + raw.bytes().bytes().remaining());
    }
    return raw;
  }

  private static void requireSame(float[] map, float[] expected, String label) {
    for (int i = 0; i < expected.length; i++) {
      if (Math.abs(map[i] - expected[i]) > 1e-6f) {
        throw new IllegalArgumentException(
            label
                + ": expected the values of NF4 in quant_map, element "
                + i
                + " is "
                + map[i]
                + " and not "
                + expected[i]);
      }
    }
  }
}
