package io.github.cola4j.io.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.util.ByteBufferBackedInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The JSON header of a safetensors file, checked against the file's size. */
final class SafetensorsHeader {
  private static final int MAX_DIMENSIONS = 64;

  /** Tensors of one file; the largest model published so far has some 1,000 in each. */
  private static final int MAX_TENSORS = 200_000;

  /** Bytes of an element of the types that are no {@link FloatType}. */
  private static final Map<String, Integer> OTHER_TYPES =
      Map.ofEntries(
          Map.entry("BOOL", 1),
          Map.entry("U8", 1),
          Map.entry("I8", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("F8_E4M3", 1),
          Map.entry("U16", 2),
          Map.entry("I16", 2),
          Map.entry("U32", 4),
          Map.entry("I32", 4),
          Map.entry("U64", 8),
          Map.entry("I64", 8));

  /** Reads one value of several. */
  private static final ObjectReader VALUES =
      Safetensors.JSON.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * A tensor of the header.
   *
   * @param type null for one that is no float
   * @param begin offset of its first byte from the header's end
   * @param end and of the byte after its last
   */
  record Entry(String name, String dtype, FloatType type, long[] shape, long begin, long end) {
    long bytes() {
      return end - begin;
    }
  }

  private final Path path;
  private final Map<String, String> metadata = new TreeMap<>();
  private final Map<String, Entry> tensors = new TreeMap<>();

  /**
   * Reads a header.
   *
   * @param dataStart where it ends in the file
   * @param size of the file
   */
  SafetensorsHeader(Path path, ByteBuffer header, long dataStart, long size) {
    this.path = path;
    checkLayout(entries(header), dataStart, size - dataStart);
  }

  Map<String, String> metadata() {
    return metadata;
  }

  /** All tensors, of any type. */
  Map<String, Entry> tensors() {
    return tensors;
  }

  /** Reads the header a tensor at a time, so that a large one needs little memory. */
  private List<Entry> entries(ByteBuffer header) {
    List<Entry> entries = new ArrayList<>();
    try (JsonParser parser =
        Safetensors.JSON.createParser(
            new InputStreamReader(
                new ByteBufferBackedInputStream(header), StandardCharsets.UTF_8.newDecoder()))) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException(path + ": the header must be a JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        JsonNode value = VALUES.readTree(parser);
        if (name.equals("__metadata__")) {
          readMetadata(value);
        } else {
          entries.add(entry(name, value));
        }
        if (entries.size() > MAX_TENSORS) {
          throw new IllegalArgumentException(
              path + ": expected up to " + MAX_TENSORS + " tensors, the header has more");
        }
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(
            path + ": the header is not valid JSON: something follows the object");
      }
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(path + ": the header is not UTF-8", e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          path + ": the header is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          path + ": the header is not valid JSON: " + e.getMessage(), e);
    }
    return entries;
  }

  private void readMetadata(JsonNode node) {
    if (!node.isObject()) {
      throw new IllegalArgumentException(
          path + ": __metadata__ must be a JSON object of texts, got " + shown(node));
    }
    for (var field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw new IllegalArgumentException(
            path
                + ": metadata '"
                + field.getKey()
                + "' must be text, got "
                + shown(field.getValue()));
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
  }

  private Entry entry(String name, JsonNode node) {
    String label = TensorNames.label(name, path.toString());
    String dtype = node.path("dtype").asText();
    FloatType type = null;
    Integer width = OTHER_TYPES.get(dtype);
    for (FloatType candidate : FloatType.values()) {
      if (candidate.name().equals(dtype)) {
        type = candidate;
        width = candidate.width();
      }
    }
    if (width == null) {
      throw new IllegalArgumentException(
          label + ": expected dtype F32, F16, BF16 or F64, got " + shown(node.path("dtype")));
    }
    long[] shape = longs(node.path("shape"), label, "shape");
    long[] offsets = longs(node.path("data_offsets"), label, "data_offsets");
    if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
      throw new IllegalArgumentException(
          label + ": expected data_offsets [begin, end], got " + shown(node.path("data_offsets")));
    }
    if (shape.length > MAX_DIMENSIONS) {
      throw new IllegalArgumentException(
          label + ": expected up to " + MAX_DIMENSIONS + " dimensions, got " + shape.length);
    }
    long elements = TensorNames.elements(shape, label);
    long needed = elements > Long.MAX_VALUE / width ? Long.MAX_VALUE : elements * width;
    if (offsets[1] - offsets[0] != needed) {
      throw new IllegalArgumentException(
          label
              + ": shape "
              + shown(node.path("shape"))
              + " of "
              + dtype
              + " needs "
              + needed
              + " bytes, data_offsets "
              + shown(node.path("data_offsets"))
              + " give "
              + (offsets[1] - offsets[0]));
    }
    return new Entry(name, dtype, type, shape, offsets[0], offsets[1]);
  }

  private static long[] longs(JsonNode node, String label, String key) {
    long[] values = new long[node.size()];
    boolean valid = node.isArray();
    for (int i = 0; valid && i < values.length; i++) {
      valid = node.get(i).isIntegralNumber() && node.get(i).canConvertToLong();
      values[i] = node.get(i).longValue();
    }
    if (!valid) {
      throw new IllegalArgumentException(
          label + ": expected " + key + " to be a list of integers, got " + shown(node));
    }
    return values;
  }

  /** Tensors must follow one another from 0 to the file's end: no overlap, no hole, no rest. */
  private void checkLayout(List<Entry> entries, long dataStart, long dataSize) {
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long end = 0;
    for (Entry entry : entries) {
      if (entry.end > dataSize) {
        throw truncated(
            path,
            dataStart + entry.end + " bytes for tensor '" + entry.name + "'",
            dataStart + dataSize);
      }
      if (entry.begin != end) {
        throw new IllegalArgumentException(
            TensorNames.label(entry.name, path.toString())
                + (entry.begin < end ? " overlaps" : " leaves a hole after")
                + " the one before it: expected offset "
                + end
                + ", got "
                + entry.begin);
      }
      end = entry.end;
      tensors.put(entry.name, entry);
    }
    if (end != dataSize) {
      throw new IllegalArgumentException(
          path + ": " + (dataSize - end) + " bytes after the last tensor belong to none");
    }
  }

  private static String shown(JsonNode node) {
    return TensorNames.shown(node.toString());
  }

  static IllegalArgumentException truncated(Path path, String expected, long size) {
    return new IllegalArgumentException(
        path
            + ": expected "
            + expected
            + ", the file has "
            + size
            + "; it is truncated, copy it again");
  }
}
