package io.github.cola4j.spark.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Damages valid files: at random bytes, and JSON also in its structure. */
final class Mutations {
  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Texts that have meaning to one of the formats, or to none. */
  private static final List<String> TOKENS =
      List.of(
          "",
          " ",
          "\n",
          "\r\n",
          "\t",
          "\"",
          "\"\"",
          "'",
          ",",
          ";",
          ":",
          "{",
          "}",
          "[",
          "]",
          "\\",
          "\\ud800",
          "\\u0000",
          "\u0000",
          "\uFFFF",
          "\uFEFF",
          "\u001b[2J",
          "null",
          "NaN",
          "-Infinity",
          "1e999999999",
          "1E-2147483648",
          "-1",
          "2147483648",
          "9223372036854775808",
          "&a",
          "*a",
          "<<: *a",
          "!!java.net.URL [x]",
          "- ",
          "# ",
          "../../etc/passwd",
          "regex:(a+)+$",
          "classpath:x",
          "table:x",
          "text,label");

  /** Stands for nested arrays, with their depth. */
  private static final String NESTED = "[nested:";

  private static final Pattern DEPTH = Pattern.compile("\"\\[nested:(\\d+)]\"");

  private final Random random;

  Mutations(long seed) {
    this.random = new Random(seed);
  }

  /** Damages bytes in a few places. */
  byte[] bytes(byte[] valid) {
    byte[] result = valid;
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      result = once(result);
    }
    return result;
  }

  private byte[] once(byte[] old) {
    int at = random.nextInt(old.length + 1);
    int length = Math.min(old.length - at, 1 + random.nextInt(1 + random.nextInt(64)));
    return switch (random.nextInt(7)) {
      case 0 -> Arrays.copyOf(old, at); // cut
      case 1 -> replaced(old, at, length, new byte[0]);
      case 2 -> replaced(old, at, 0, Arrays.copyOfRange(old, at, at + length));
      case 3 -> replaced(old, at, 0, pick(TOKENS).getBytes(StandardCharsets.UTF_8));
      case 4 -> replaced(old, at, length, pick(TOKENS).getBytes(StandardCharsets.UTF_8));
      case 5 ->
          replaced(
              old,
              at,
              0,
              pick(TOKENS).repeat(1 << random.nextInt(17)).getBytes(StandardCharsets.UTF_8));
      default -> {
        byte[] flipped = old.clone();
        for (int i = at; i < at + length; i++) {
          flipped[i] = (byte) random.nextInt(256);
        }
        yield flipped;
      }
    };
  }

  private static byte[] replaced(byte[] old, int at, int length, byte[] by) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(old.length + by.length);
    out.write(old, 0, at);
    out.writeBytes(by);
    out.write(old, at + length, old.length - at - length);
    return out.toByteArray();
  }

  /** Damages JSON: mostly values and keys, now and then bytes. */
  byte[] json(byte[] valid) {
    if (random.nextInt(6) == 0) {
      return bytes(valid);
    }
    try {
      JsonNode tree = JSON.readTree(valid);
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        change(tree);
      }
      return nested(JSON.writeValueAsString(tree)).getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the valid file is no JSON", e);
    }
  }

  /** Puts nested arrays where their depth stands, deeper than what writes JSON allows. */
  private static String nested(String json) {
    return DEPTH
        .matcher(json)
        .replaceAll(
            match -> {
              int depth = Integer.parseInt(match.group(1));
              return "[".repeat(depth) + "]".repeat(depth);
            });
  }

  /** Damages a safetensors file: mostly its header, whose length is right again. */
  byte[] safetensors(byte[] valid) {
    if (random.nextInt(4) == 0) {
      return bytes(valid);
    }
    ByteBuffer file = ByteBuffer.wrap(valid).order(ByteOrder.LITTLE_ENDIAN);
    int data = Long.BYTES + Math.toIntExact(file.getLong(0));
    byte[] header = json(Arrays.copyOfRange(valid, Long.BYTES, data));
    return ByteBuffer.allocate(Long.BYTES + header.length + valid.length - data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(valid, data, valid.length - data)
        .array();
  }

  private void change(JsonNode tree) {
    List<JsonNode> containers = new ArrayList<>();
    collect(tree, containers);
    JsonNode container = pick(containers);
    if (container instanceof ObjectNode object) {
      List<String> keys = new ArrayList<>();
      object.fieldNames().forEachRemaining(keys::add);
      String key = keys.isEmpty() ? "x" : pick(keys);
      switch (random.nextInt(4)) {
        case 0 -> object.remove(key);
        case 1 -> object.set(pick(TOKENS), value(object.get(key)));
        default -> object.set(key, value(object.get(key)));
      }
    } else if (container instanceof ArrayNode array) {
      if (array.isEmpty() || random.nextInt(3) == 0) {
        array.add(value(null));
      } else if (random.nextBoolean()) {
        array.set(random.nextInt(array.size()), value(null));
      } else {
        array.remove(random.nextInt(array.size()));
      }
    }
  }

  /** Containers of at most a thousand elements each, large ones as one choice among the others. */
  private static void collect(JsonNode node, List<JsonNode> containers) {
    if (node.isContainerNode()) {
      containers.add(node);
      int seen = 0;
      for (JsonNode child : node) {
        if (seen++ < 1000) {
          collect(child, containers);
        }
      }
    }
  }

  private JsonNode value(JsonNode old) {
    return switch (random.nextInt(12)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.booleanNode(random.nextBoolean());
      case 2 -> NODES.textNode(pick(TOKENS));
      case 3 -> NODES.textNode(pick(TOKENS).repeat(1 << random.nextInt(16)));
      case 4 -> NODES.numberNode(pick(List.of(0, -1, 1, 3, 7, 1 << 20, Integer.MAX_VALUE)));
      case 5 -> NODES.numberNode(pick(List.of(1L << 32, (1L << 32) + 5, Long.MAX_VALUE, -5L)));
      case 6 -> NODES.numberNode(pick(List.of(0.5, -0.0, 1e-300, 1e300, 32.0)));
      case 7 -> NODES.numberNode(new BigInteger("9".repeat(1 + random.nextInt(900))));
      case 8 -> NODES.numberNode(new BigDecimal("1e" + (random.nextInt(2000) - 1000)));
      case 9 -> NODES.textNode(NESTED + (1 << random.nextInt(17)) + "]");
      case 10 -> old == null ? NODES.objectNode() : old.deepCopy();
      default -> NODES.arrayNode();
    };
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
